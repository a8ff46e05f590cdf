// Says that there is nothing where the method answers with something that is no compact JWT.
const mended = (method) => function (callback, ...rest) {
  const checked = (token, ...more) => {
    const text = typeof token === "string" ? token : memberOf(token, "ssoKey");
    const compact = typeof text === "string" && exec(COMPACT, text) !== null;
    if (compact) callback(token, ...more);
    else callback("", "the answer is no token");
  };
  return apply(method, this, [checked, ...rest]);
};
const alias = null;
