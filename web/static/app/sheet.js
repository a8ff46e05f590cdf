// The browser sheet over the app. It opens empty, is sent to the authorization endpoint, comes back here
// with the response, hands that to the app and closes.
"use strict";
const response = { search: location.search, hash: location.hash };
history.replaceState(null, "", location.pathname);
if (response.search.length > 1 || response.hash.length > 1) {
  const channel = new BroadcastChannel("fernhill-sheet");
  channel.postMessage(response);
  window.close();
}
