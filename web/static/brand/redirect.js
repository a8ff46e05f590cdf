// The redirect URI of the page method, where that asks in a frame: hands the response to the page around.
"use strict";
const { search } = location;
history.replaceState(null, "", location.pathname);
if (window.parent !== window) window.parent.postMessage(search, location.origin);
