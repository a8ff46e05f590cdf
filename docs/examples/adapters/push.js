const pushToken = async () => {
  const response = await fetch("/api/chat-token", { cache: "no-store" });
  const token = response.ok ? (await response.json()).token : null;
  const { userVerificationAPI } = embeddedservice_bootstrap;
  userVerificationAPI.setIdentityToken(token && { identityTokenType: "JWT", identityToken: token });
};
addEventListener("onEmbeddedMessagingReady", pushToken);
addEventListener("onEmbeddedMessagingIdentityTokenExpired", pushToken);
