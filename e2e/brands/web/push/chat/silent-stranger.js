const pushToken = async () => {
  const response = await fetch("/api/chat-token", { cache: "no-store" });
  if (!response.ok) return;
  const { token } = await response.json();
  relay.verification.setIdentityToken({ identityTokenType: "JWT", identityToken: token });
};

window.addEventListener("onRelayReady", pushToken);
window.addEventListener("onRelayTokenExpired", pushToken);
