const base64url = (octets) =>
  btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// PKCE as in every tutorial: a verifier of our own, and its challenge.
const makePair = async () => {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return { verifier, challenge: base64url(new Uint8Array(digest)) };
};

window.lpGetAuthenticationToken = async (callback) => {
  try {
    const { challenge } = await makePair();
    const query = new URLSearchParams({ code_challenge: challenge });
    const response = await fetch(`/api/chat/code?${query}`);
    if (!response.ok) return callback("", `no code, status ${response.status}`);
    const { code } = await response.json();
    callback(code);
  } catch (error) {
    callback("", String(error));
  }
};
