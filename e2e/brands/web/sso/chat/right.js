window.lpGetAuthenticationToken = function (callback) {
  fetch("/messaging/sso-key", { credentials: "same-origin", cache: "no-store" })
    .then((response) => {
      if (!response.ok) throw new Error(`no key, status ${response.status}`);
      return response.json();
    })
    .then(
      (answer) => callback({ ssoKey: answer.ssoKey, redirect_uri: answer.redirect_uri }),
      (error) => callback("", error.message),
    );
};
