// Answers with a credential in which one character is another, so that it has to be refused.
const altered = (text) => {
  const at = text.length - 6;
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
};
const mended = (method) => function (callback, ...rest) {
  const wrong = (token, ...more) => {
    if (typeof token === "string") callback(token.length > 8 ? altered(token) : token, ...more);
    else if (typeof memberOf(token, "ssoKey") === "string") callback({ ...token, ssoKey: altered(token.ssoKey) }, ...more);
    else callback(token, ...more);
  };
  return apply(method, this, [wrong, ...rest]);
};
const alias = null;
