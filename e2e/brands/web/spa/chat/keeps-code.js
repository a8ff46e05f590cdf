// One request per visit is enough.
const ask = async (codeChallenge) => {
  const kept = sessionStorage.getItem("chatCode");
  if (kept) return kept;
  const query = new URLSearchParams({ code_challenge: codeChallenge });
  const response = await fetch(`/api/chat/code?${query}`);
  if (!response.ok) throw new Error(`no code, status ${response.status}`);
  const { code } = await response.json();
  sessionStorage.setItem("chatCode", code);
  return code;
};

window.lpGetAuthenticationToken = async (callback, codeChallenge) => {
  try {
    callback(await ask(codeChallenge));
  } catch (error) {
    callback("", String(error));
  }
};
