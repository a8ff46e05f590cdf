// The page puts the token where every script of the page can read it, now and later.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  const PLACES = {
    localStorage: (token) => localStorage.setItem("chat-token", token),
    sessionStorage: (token) => sessionStorage.setItem("chat", JSON.stringify({ token })),
    cookie: (token) => { document.cookie = `chat_token=${encodeURIComponent(token)}; path=/; secure; samesite=lax`; },
    attribute: (token) => { document.querySelector("#content").dataset.chatToken = token; },
  };
  const keep = PLACES[document.currentScript.dataset.how];
  window.lpGetAuthenticationToken = (callback, codeChallenge) =>
    method((token, error) => {
      if (token) keep(token.ssoKey ?? token);
      callback(token, error);
    }, codeChallenge);
}
