// The page method returns the token and leaves the callback alone.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  const { flow, how } = document.currentScript.dataset;
  const METHODS = {
    promise: (_, codeChallenge) =>
      new Promise((resolve, reject) => {
        method((token, error) => (error ? reject(error) : resolve(token)), codeChallenge);
      }),
    value: (_, codeChallenge) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/chat/credential", false);
      request.setRequestHeader("Content-Type", "application/json");
      request.send(JSON.stringify({ flow, code_challenge: codeChallenge ?? null }));
      return JSON.parse(request.responseText).credential;
    },
  };
  window.lpGetAuthenticationToken = METHODS[how];
}
