// The page method: found where the configuration says, called by whatever SDK calls it, answered through its
// callback. Both functions are replaced by proxies just before somebody can look them up, so the page and the
// SDK need to know nothing of it.
const wrapped = new WeakSet();
const then = uncurried(Promise.prototype.then);
const NativePromise = Promise;
const NativeNode = Node;
const fromBase64 = bound(window, "atob");
const isList = Array.isArray;
const hasInstance = uncurried(Function.prototype[Symbol.hasInstance]);
const isA = (kind, value) => hasInstance(kind, value);
// The member under which an object has the credential.
const CREDENTIAL = CONFIG.token_member === "" ? "ssoKey" : CONFIG.token_member;
let calls = 0;
let status = null;

const holderOf = (owner, property) => {
  for (let holder = owner, steps = 0; holder !== null && steps < 10; holder = getPrototypeOf(holder), steps++) {
    const found = getOwnPropertyDescriptor(holder, property);
    if (found !== undefined) return { __proto__: null, holder, found };
  }
  return null;
};

// Follows a dotted name without calling a getter; says how far it leads.
const follow = (path) => {
  let owner = window;
  for (let index = 0; index < path.length; index++) {
    const segment = path[index];
    const place = typeof owner === "object" || typeof owner === "function" ? holderOf(owner, segment) : null;
    if (place?.found.get) return { __proto__: null, status: "accessor", segment, place };
    const value = place?.found.value;
    if (value === undefined || value === null) {
      const last = index === path.length - 1;
      return { __proto__: null, status: "missing", segment, place, owner: last ? owner : undefined };
    }
    if (index === path.length - 1)
      return { __proto__: null, status: typeof value === "function" ? "function" : "not_callable", segment, place };
    owner = value;
  }
  return { __proto__: null, status: "missing", segment: "", place: null };
};

const lookUp = () => follow(CONFIG.method);

// What the configured name leads to, with the overlay's help where there is one.
const found = () => {
  const seen = lookUp();
  if (seen.status !== "missing" || seen.owner === undefined || alias === null) return seen;
  const other = alias(seen.owner, seen.segment);
  if (other === null) return seen;
  defineProperty(seen.owner, seen.segment, { value: other, writable: true, configurable: true, enumerable: true });
  return lookUp();
};

// Runs before anybody can call the method: ahead of every message, click and script's end.
const look = () => {
  const seen = found();
  const method = seen.place?.found.value;
  let seeing = seen.status === "function" && has(wrapped, method);
  if (seen.status === "function" && !seeing) seeing = replace(seen.place, seen.segment, method, called);
  lookForPushes();
  const news = `${seen.status} ${seen.segment} ${seeing}`;
  if (news === status) return;
  status = news;
  record("page_method.found", () => ({
    __proto__: null,
    status: seen.status,
    segment: name(seen.segment),
    type: method === undefined ? null : typeOf(method),
    watched: seeing,
  }));
};

const replace = (place, segment, method, trap) => {
  const { holder, found } = place;
  if (!found.configurable && !found.writable) return false;
  const stand_in = new Proxy(method, { __proto__: null, apply: trap });
  add(wrapped, stand_in);
  try {
    return defineProperty(holder, segment, { ...found, value: stand_in });
  } catch {
    return false;
  }
};

const called = (method, self, args) => {
  const call = ++calls;
  record("page_method.called", () => calling(call, args));
  const since = now();
  if (typeof args[0] === "function") args[0] = listening(args[0], call, since);
  let returned;
  try {
    returned = apply(mended(method), self, args);
  } catch (error) {
    record("page_method.threw", () => ({ __proto__: null, call, error: errorName(error) }));
    throw error;
  }
  record("page_method.returned", () => ({ __proto__: null, call, value: describe(returned) }));
  if (typeOf(returned) === "promise") watchPromise(call, returned);
  return returned;
};

const calling = (call, args) => ({
  __proto__: null,
  call,
  arguments: args.length,
  callback: typeOf(args[0]),
  code_challenge: typeof args[1] === "string" && args[1] !== "" ? fingerprint(args[1]) : null,
});

const listening = (callback, call, since) => {
  let nth = 0;
  return new Proxy(callback, {
    __proto__: null,
    apply: (target, owner, answer) => {
      nth += 1;
      const times = nth;
      record("page_method.answered", () => answering(call, times, now() - since, answer));
      return apply(target, owner, answer);
    },
  });
};

const watchPromise = (call, promise) => {
  try {
    then(
      promise,
      (value) => record("page_method.resolved", () => ({ __proto__: null, call, value: describe(value) })),
      (error) => record("page_method.rejected", () => ({ __proto__: null, call, error: errorName(error) })),
    );
  } catch {
    // A look-alike: nothing to watch.
  }
};

const memberOf = (value, member) =>
  typeof value === "object" && value !== null ? getOwnPropertyDescriptor(value, member)?.value : undefined;

const answering = (call, nth, after, answer) => {
  const token = answer[0];
  const error = answer[1];
  const secret = typeof token === "string" ? token : memberOf(token, CREDENTIAL);
  if (typeof secret === "string") remember(secret);
  return {
    __proto__: null,
    call,
    nth,
    after_ms: after,
    arguments: answer.length,
    token: describe(token),
    error_type: typeOf(error),
    error_given: error !== null && error !== undefined,
    error_falsy: !error,
  };
};

const typeOf = (value) => {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  if (isList(value)) return "array";
  if (isA(NativePromise, value)) return "promise";
  return isA(NativeNode, value) ? "node" : "object";
};

// A value in words: what it is, never what it says.
const describe = (value) => {
  const type = typeOf(value);
  const facts = { __proto__: null, type };
  if (type === "string") return { ...facts, ...inWords(value), __proto__: null };
  if (type !== "object") return facts;
  facts.members = memberNames(value);
  const secret = memberOf(value, CREDENTIAL);
  const uri = memberOf(value, "redirect_uri");
  if (typeof secret === "string") facts.credential = inWords(secret);
  if (typeof uri === "string") facts.redirect_uri = masked(uri);
  return facts;
};

const inWords = (text) => ({
  __proto__: null,
  characters: text.length,
  shape: shapeOf(text),
  decoration: decorationOf(text),
  fingerprint: text.length < 8 || text.length > LONGEST ? null : fingerprint(text),
});

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)?$/;

const shapeOf = (text) => {
  if (text === "") return "empty";
  const compact = text.length <= 65536 ? exec(COMPACT, text) : null;
  if (compact) return compact[1] === undefined ? "jws" : "jwe";
  if (exec(/^[a-z][a-z0-9+.-]*:\/\//i, text)) return "url";
  if (exec(/^\s*[[{]/, text)) return "json";
  return exec(/^[A-Za-z0-9._~+/=-]{8,}$/, text) && exec(/[0-9]/, text) ? "opaque" : "words";
};

const decorationOf = (text) => {
  if (text.length > 65536) return null;
  if (exec(/^(?:bearer|jwt)\s/i, text)) return "scheme";
  if (exec(/^["'].*["']$/s, text)) return "quotes";
  if (exec(/^\s|\s$|[\r\n]/, text)) return "whitespace";
  if (exec(/%2E/i, text) && exec(COMPACT, unescaped(text))) return "percent-encoding";
  return isEncodedJwt(text) ? "base64" : null;
};

const isEncodedJwt = (text) => {
  if (!exec(/^[A-Za-z0-9+/]{20,}={0,2}$/, text)) return false;
  try {
    return exec(COMPACT, fromBase64(text)) !== null;
  } catch {
    return false;
  }
};

for (const type of ["click", "pointerdown", "keydown", "load", "readystatechange"]) hear(document, type, look);
hear(window, "DOMContentLoaded", look);
hear(window, "load", look);
