// A page method that asks for the code in a hidden frame, without any page to show (prompt=none). It works for as
// long as the browser sends the login's cookies into frames: beside the shop, but not from another site.
"use strict";
{
  const { flow, idp } = document.currentScript.dataset;
  const REDIRECT_URI = `${location.origin}/chat/redirect`;

  const request = (state, codeChallenge) => {
    const url = new URL("/authorize", idp);
    const challenge = codeChallenge ? { code_challenge: codeChallenge, code_challenge_method: "S256" } : {};
    url.search = new URLSearchParams({
      response_type: "code", client_id: `platform-${flow}`, redirect_uri: REDIRECT_URI, scope: "openid", prompt: "none",
      state, ...challenge,
    });
    return url.href;
  };

  window.lpGetAuthenticationToken = (callback, codeChallenge) => {
    const state = crypto.randomUUID();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = request(state, codeChallenge);
    window.addEventListener("message", function hear({ source, origin, data }) {
      if (source !== frame.contentWindow || typeof data !== "string" || origin !== location.origin) return;
      const response = new URLSearchParams(data);
      if (response.get("state") !== state) return;
      window.removeEventListener("message", hear);
      frame.remove();
      if (response.has("error")) callback("", response.get("error"));
      else callback({ ssoKey: response.get("code"), redirect_uri: REDIRECT_URI });
    });
    document.body.append(frame);
  };
}
