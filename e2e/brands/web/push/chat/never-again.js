const pushToken = async () => {
  const response = await fetch("/api/chat-token", { cache: "no-store" });
  const token = response.ok ? (await response.json()).token : null;
  relay.verification.setIdentityToken(token && { identityTokenType: "JWT", identityToken: token });
};

window.addEventListener("onRelayReady", pushToken);
