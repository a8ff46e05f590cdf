// Answers with the redirect_uri that the authorization request had.
const mended = (method) => function (callback, ...rest) {
  const corrected = (token, ...more) => {
    const code = typeof token === "string" ? token : memberOf(token, "ssoKey");
    if (typeof code !== "string") callback(token, ...more);
    else callback({ ssoKey: code, redirect_uri: CONFIG.redirect_uri }, ...more);
  };
  return apply(method, this, [corrected, ...rest]);
};
const alias = null;
