window.lpGetAuthenticationToken = async (callback, codeChallenge) => {
  try {
    const query = new URLSearchParams({ code_challenge: codeChallenge });
    const response = await fetch(`/api/chat/code?${query}`);
    if (!response.ok) return callback("", `no code, status ${response.status}`);
    const { code } = await response.json();
    callback(code);
  } catch (error) {
    callback("", String(error));
  }
};
