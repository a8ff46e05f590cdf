// One call for a credential, whatever the family: report what happened, interpret nothing.
const resolveMethod = (config) => {
  const path = FAMILIES[config.page_method].path(config);
  let owner = window;
  for (const [index, name] of path.entries()) {
    const value = owner?.[name];
    if (value === undefined || value === null) return { happened: "missing", detail: name };
    if (index === path.length - 1) {
      return typeof value === "function" ? { call: value.bind(owner) } : { happened: "not_callable", detail: name };
    }
    owner = value;
  }
  return { happened: "missing", detail: "" };
};

const plain = (value) => {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null;
  }
};

const typeOf = (value) => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (value instanceof Promise) return "promise";
  return value instanceof Node ? "element" : typeof value;
};

let stopWaiting = () => {};

const callPageMethod = (config, codeChallenge) =>
  new Promise((resolve) => {
    const started = performance.now();
    const end = (answer) => {
      clearTimeout(deadline);
      resolve({ ...answer, waited_ms: performance.now() - started });
    };
    const deadline = setTimeout(() => {
      // The page may still answer: too late to be used, but worth to be told apart from no answer at all.
      marked().setAttribute("data-overdue", "true");
      end({ happened: "timeout" });
    }, config.deadline_ms);
    stopWaiting = () => clearTimeout(deadline);
    const method = resolveMethod(config);
    if (!method.call) return end(method);
    const callback = (token, error) => {
      if (marked().dataset.overdue) marked().dataset.overdue = "called";
      const type = typeOf(token);
      const known = type === "string" || type === "object" || type === "array";
      const wrong = error !== null && error !== undefined;
      const errorGiven = wrong || FAMILIES[config.page_method].nobody(token);
      end({
        happened: "answered",
        // Beside an error a token is a placeholder, which nobody needs to see.
        token: known && !errorGiven ? plain(token) : null,
        token_type: type,
        error_given: errorGiven,
        error_falsy: wrong && !error,
      });
    };
    try {
      const returned = codeChallenge ? method.call(callback, codeChallenge) : method.call(callback);
      // Only the callback counts; a promise is watched for its rejection alone.
      if (returned instanceof Promise) {
        returned.catch((error) => end({ happened: "rejected", detail: String(error?.name ?? "").slice(0, 200) }));
      }
    } catch (error) {
      end({ happened: "threw", detail: String(error?.name ?? "").slice(0, 200) });
    }
  });
