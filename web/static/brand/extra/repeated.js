// The page method answers twice, as when a sample was pasted whole below what was there already.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  const METHODS = {
    same: (callback, codeChallenge) =>
      method((token, error) => {
        callback(token, error);
        callback(token, error);
      }, codeChallenge),
    different: (callback, codeChallenge) => {
      const answers = [];
      const one = (token) => {
        answers.push(token);
        if (answers.length === 2) answers.forEach((answer) => callback(answer));
      };
      method(one, codeChallenge);
      method(one, codeChallenge);
    },
  };
  window.lpGetAuthenticationToken = METHODS[document.currentScript.dataset.how];
}
