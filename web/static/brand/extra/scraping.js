// The page plays the browser: it fetches the authorization endpoint and cuts the token out of the form.
"use strict";
{
  const { flow, idp, how } = document.currentScript.dataset;
  const NONCES = { random: () => crypto.randomUUID(), literal: () => "na" };

  const ask = async () => {
    const url = new URL("/authorize", idp);
    const asked = {
      response_type: "id_token",
      response_mode: "form_post",
      client_id: `platform-${flow}`,
      redirect_uri: `${location.origin}/chat/redirect`,
      scope: "openid",
      state: crypto.randomUUID(),
      nonce: NONCES[how](),
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const response = await fetch(url, { credentials: "include" });
    return /name="id_token" value="([^"]+)"/.exec(await response.text())[1];
  };

  window.lpGetAuthenticationToken = (callback) => {
    ask().then((token) => callback(token), (error) => callback("", error.message));
  };
}
