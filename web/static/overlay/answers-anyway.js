// Calls the callback with what the method returns, or resolves to; and says that there is nothing where the
// method has not answered before the caller gives up.
const MOST_OF_IT = 0.6;
const mended = (method) => function (callback, ...rest) {
  let done = false;
  const once = (...answer) => {
    if (done) return;
    done = true;
    callback(...answer);
  };
  const take = (value) => { if (typeof value === "string" ? value !== "" : memberOf(value, "ssoKey")) once(value); };
  setTimeout(() => once("", "the method did not answer"), 1000 * MOST_OF_IT * CONFIG.patience);
  const returned = apply(method, this, [once, ...rest]);
  if (typeOf(returned) === "promise") then(returned, take, (error) => once("", errorName(error)));
  else take(returned);
};
const alias = null;
