// Lets the first call of the callback through, and no other.
const mended = (method) => function (callback, ...rest) {
  let done = false;
  const once = (...answer) => {
    if (done) return;
    done = true;
    callback(...answer);
  };
  return apply(method, this, [once, ...rest]);
};
const alias = null;
