let identity;

const pushToken = async () => {
  if (identity === undefined) {
    const response = await fetch("/api/chat-token", { cache: "no-store" });
    identity = response.ok ? { identityTokenType: "JWT", identityToken: (await response.json()).token } : null;
  }
  relay.verification.setIdentityToken(identity);
};

window.addEventListener("onRelayReady", pushToken);
window.addEventListener("onRelayTokenExpired", pushToken);
