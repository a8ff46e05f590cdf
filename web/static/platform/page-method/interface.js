// How this SDK gets the credential from the page: one family of SDKs to a file beside this one, under the name
// that the connector's page_method has. A family is
//
//   prepare(method)   puts what the page calls into the page, once, when the SDK loads; returns what is to be
//                     done when the SDK is ready
//   path(method)      where the function is that the SDK calls for a credential: callback[, code_challenge]
//   nobody(token)     whether that is this family's word for "nobody is signed in"
//
// `method` is what the connector says: {page_method, js_method, js_context, js_command, …}. A family decides
// nothing and waits for nothing: deadline, exceptions and answers are asking.js's, for all of them.
const FAMILIES = {};

const pathOf = ({ js_context: context, js_method: name }) =>
  `${context === "window" ? "" : `${context.replace(/^window\./, "")}.`}${name}`.split(".");

// Puts a function where the page calls it, and returns it with the calls that a stub of the page's has kept:
// every stub keeps them in an array of its own.
const takePlace = (method, handle) => {
  const path = pathOf(method);
  const name = path.pop();
  const owner = path.reduce((object, part) => (object[part] ??= {}), window);
  const stub = owner[name];
  const words = method.js_command;
  const function_ = (...args) => {
    if (words.every((word, index) => args[index] === word)) handle(args.slice(words.length));
  };
  const place = { function_, kept: [] };
  const occupy = (before) => {
    if (before === function_) return;
    const kept = typeof before === "function" ? Object.values(before).find(Array.isArray) : null;
    place.kept.push(...(kept ?? []).map((args) => Array.from(args)));
    owner[name] = function_;
  };
  occupy(stub);
  // A page that got the SDK before its first script puts its stub over it.
  place.again = () => { if (SERVED.injected) occupy(owner[name]); };
  return place;
};

const say = (event) => { if (event) window.dispatchEvent(new CustomEvent(event)); };
