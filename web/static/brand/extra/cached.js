// The page fetches a token once and answers with it for ever.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  let inMemory = null;
  const CACHES = {
    memory: { get: () => inMemory, set: (token) => { inMemory = token; } },
    session: { get: () => sessionStorage.getItem("chat-token"), set: (token) => sessionStorage.setItem("chat-token", token) },
  };
  const cache = CACHES[document.currentScript.dataset.how];
  window.lpGetAuthenticationToken = (callback, codeChallenge) => {
    const kept = cache.get();
    if (kept) return callback(kept);
    method((token, error) => {
      if (token) cache.set(token);
      callback(token, error);
    }, codeChallenge);
  };
}
