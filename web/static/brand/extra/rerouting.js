// The router shows another view while the chat waits, and clears away whatever it has not put there itself.
"use strict";
{
  const method = window.lpGetAuthenticationToken;
  window.lpGetAuthenticationToken = (callback, codeChallenge) => {
    const own = [...document.body.children].filter((one) => one.matches("header, main, footer, a"));
    document.body.replaceChildren(...own);
    method(callback, codeChallenge);
  };
}
