(function () {
  async function askProvider() {
    const response = await fetch("{{ provider }}/session/token", { credentials: "include" });
    if (!response.ok) throw new Error(`Concordia says ${response.status}`);
    return (await response.json()).id_token;
  }

  window.lpGetAuthenticationToken = async function (callback) {
    let token;
    try {
      token = await askProvider();
    } catch (error) {
      return callback("", error.message);
    }
    callback(token);
  };
})();
