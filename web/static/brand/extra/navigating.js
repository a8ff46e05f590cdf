// The page method leaves the page to log the consumer in, and the chat with it.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  const METHODS = {
    "to the login": () => location.assign("/login"),
    // The code comes back in the address; by then the platform has a new challenge.
    "and back with a code": (callback, codeChallenge) => {
      const address = new URL(location.href);
      const code = address.searchParams.get("code");
      if (code) return callback({ ssoKey: code, redirect_uri: `${location.origin}/chat/redirect` });
      method(({ ssoKey }) => {
        address.searchParams.set("code", ssoKey);
        location.assign(address);
      }, codeChallenge);
    },
  };
  window.lpGetAuthenticationToken = METHODS[document.currentScript.dataset.how];
}
