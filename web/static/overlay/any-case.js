// Offers a method that is there under another case under its configured name too.
const mended = (method) => method;
const alias = (owner, name) => {
  const wanted = name.toLowerCase();
  for (const found of ownKeys(owner)) {
    if (typeof found !== "string" || found === name || found.toLowerCase() !== wanted) continue;
    if (typeof owner[found] === "function") return owner[found];
  }
  return null;
};
