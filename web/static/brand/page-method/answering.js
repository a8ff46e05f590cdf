// The page method, but for what it answers: data-answers says what the callback gets instead.
"use strict";
{
  const { flow, answers } = document.currentScript.dataset;
  const { token, edit, odd, errors } = JSON.parse(answers);

  const EDITS = {
    "": (text) => text,
    bearer: (text) => `Bearer ${text}`,
    quoted: (text) => JSON.stringify(text),
    newline: (text) => `${text}\n`,
    percent: (text) => encodeURIComponent(text).replaceAll(".", "%2E"),
    base64: (text) => btoa(text),
  };
  const ODD = {
    undefined: () => undefined,
    promise: (text) => Promise.resolve(text),
    element: () => document.body,
  };

  const filled = (value, given) => {
    if (typeof value === "string") {
      return value.replace("{credential}", given.credential).replace("{redirect_uri}", given.redirect_uri ?? "");
    }
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((one) => filled(one, given));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, given)]));
  };

  const ask = async (codeChallenge) => {
    const response = await fetch("/chat/credential", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ flow, code_challenge: codeChallenge ?? null }),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error);
    return { ...body, credential: EDITS[edit](body.credential) };
  };

  const correct = ({ credential, redirect_uri }) =>
    redirect_uri ? { ssoKey: credential, redirect_uri } : credential;

  window.lpGetAuthenticationToken = (callback, codeChallenge) => {
    ask(codeChallenge).then(
      (given) => {
        const answer = odd ? ODD[odd](given.credential) : token === null ? correct(given) : filled(token, given);
        callback(answer, ...errors);
      },
      (error) => callback("", error.message),
    );
  };
}
