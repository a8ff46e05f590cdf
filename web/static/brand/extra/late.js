// The backend behind the page method takes its time: longer than anybody waits.
"use strict";
{
  const TAKES_MS = 3_000;
  const method = window.lpGetAuthenticationToken;
  window.lpGetAuthenticationToken = (callback, codeChallenge) =>
    method((token, error) => setTimeout(() => callback(token, error), TAKES_MS), codeChallenge);
}
