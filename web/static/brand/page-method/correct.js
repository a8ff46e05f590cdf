// The page method: the platform's SDK calls it when it needs a credential.
// The brand's own backend issues what the flow needs; the callback is called exactly once on every path.
"use strict";
{
  const { flow } = document.currentScript.dataset;

  const ask = async (codeChallenge) => {
    const response = await fetch("/chat/credential", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ flow, code_challenge: codeChallenge ?? null }),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error);
    return body;
  };

  window.lpGetAuthenticationToken = (callback, codeChallenge) => {
    ask(codeChallenge).then(
      ({ credential, redirect_uri }) =>
        callback(redirect_uri ? { ssoKey: credential, redirect_uri } : credential),
      (error) => callback("", error.message),
    );
  };
}
