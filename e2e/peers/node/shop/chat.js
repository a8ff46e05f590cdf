// What the chat asks the shop's pages for. The provider knows the consumer: a hidden frame asks it, without a
// word to the consumer, and comes back to an address of the shop.
(() => {
  const ENDPOINT = "$issuer/auth";
  const BACK = `${location.origin}/chat/back`;
  const SECONDS = 8;

  const authorize = (asked) =>
    new Promise((resolve, reject) => {
      const state = crypto.randomUUID();
      const frame = document.createElement("iframe");
      const finish = (settle, value) => {
        removeEventListener("message", heard);
        clearTimeout(late);
        frame.remove();
        settle(value);
      };
      const heard = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== location.origin) return;
        const answer = new URLSearchParams(data);
        if (answer.get("state") !== state) return;
        if (answer.has("error")) finish(reject, new Error(answer.get("error")));
        else finish(resolve, answer);
      };
      const late = setTimeout(() => finish(reject, new Error("the provider is silent")), SECONDS * 1000);
      const common = { redirect_uri: BACK, scope: "openid profile email", prompt: "none", state };
      addEventListener("message", heard);
      frame.hidden = true;
      frame.src = `${ENDPOINT}?${new URLSearchParams({ ...common, ...asked })}`;
      document.body.append(frame);
    });

  const method = (request) => async (callback, challenge) => {
    let answer;
    try {
      answer = await authorize(request(challenge));
    } catch (error) {
      return callback("", error.message);
    }
    callback(answer.get("id_token") ?? { ssoKey: answer.get("code"), redirect_uri: BACK });
  };

  // The platform's clients at the provider, one for each way to set the chat up.
  window.hollinChat = {
    code: method(() => ({ client_id: "chat-code", response_type: "code" })),
    codePkce: method((challenge) => ({
      client_id: "chat-code-pkce",
      response_type: "code",
      code_challenge: challenge,
      code_challenge_method: "S256",
    })),
    implicit: method(() => ({
      client_id: "chat-implicit",
      response_type: "id_token",
      nonce: crypto.randomUUID(),
    })),
    implicitJwe: method(() => ({
      client_id: "chat-implicit-jwe",
      response_type: "id_token",
      nonce: crypto.randomUUID(),
    })),
  };
})();
