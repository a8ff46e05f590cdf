var auth = auth || {};

auth.endpoint = "/messaging/token";

auth.getAuthenticationToken = async function () {
  const response = await fetch(this.endpoint, {
    method: "POST",
    headers: { "X-Requested-With": "XMLHttpRequest" },
  });
  if (!response.ok) {
    return null;
  }
  const { jwt } = await response.json();
  return jwt;
};
