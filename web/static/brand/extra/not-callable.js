// Something else than a function stands under the configured name.
"use strict";
{
  class TokenProvider {
    getToken = window.lpGetAuthenticationToken;
  }
  const THINGS = {
    object: { getToken: window.lpGetAuthenticationToken },
    string: "getToken()",
    instance: new TokenProvider(),
  };
  window.lpGetAuthenticationToken = THINGS[document.currentScript.dataset.how];
}
