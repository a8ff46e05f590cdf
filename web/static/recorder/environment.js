// Where the document stands, what failed in it, and what became of the functions that an SDK relies on.
const place = window.location;
const hrefOfPlace = getOwnPropertyDescriptor(place, "href").get;
const here = () => apply(hrefOfPlace, place, []);
const SENSITIVE = /[?#&](?:code|id_token|access_token|token)=([^&#]+)/g;

const rememberAddress = () => {
  SENSITIVE.lastIndex = 0;
  const text = here();
  for (let match = exec(SENSITIVE, text); match !== null; match = exec(SENSITIVE, text)) remember(unescaped(match[1]));
};

const allows = (feature) => {
  try {
    return document.featurePolicy ? document.featurePolicy.allowsFeature(feature) : null;
  } catch {
    return null;
  }
};

const ancestors = () => {
  const origins = list();
  const found = place.ancestorOrigins;
  for (let index = 0; found && index < found.length && index < 10; index++) append(origins, name(found[index], 300));
  return origins;
};

const started = () => {
  rememberAddress();
  record("document.started", () => ({
    __proto__: null,
    url: masked(here()),
    origin: name(window.origin, 300),
    top: window === TOP,
    ancestors: ancestors(),
    opener: OPENER !== null,
    secure: window.isSecureContext,
    isolated: window.crossOriginIsolated === true,
    cookies: navigator.cookieEnabled,
    storage_access: allows("storage-access"),
    referrer: masked(document.referrer),
  }));
};

const select = uncurried(Document.prototype.querySelector);
const tellState = () => {
  const meta = select(document, "meta[name=referrer i]");
  const policy = meta === null ? null : name(attribute(meta, "content"));
  record("document.found", () => ({ __proto__: null, url: masked(here()), referrer_policy: policy }));
};

// What an SDK relies on, as it is once the recorder stands. Identity counts: a bound native looks native too.
const RELIED_ON = [
  "Promise", "JSON.parse", "JSON.stringify", "crypto.getRandomValues", "crypto.randomUUID", "crypto.subtle.digest",
  "addEventListener", "EventTarget.prototype.addEventListener", "postMessage", "fetch", "XMLHttpRequest", "URL",
  "URLSearchParams", "setTimeout", "Promise.prototype.then", "Array.prototype.forEach", "Object.assign",
];
const source = uncurried(Function.prototype.toString);
const valueAt = (path) => {
  let value = window;
  for (let index = 0; index < path.length && value !== undefined && value !== null; index++) value = value[path[index]];
  return value;
};
const originals = [];
const rememberBuiltins = () => {
  for (let index = 0; index < RELIED_ON.length; index++) {
    const path = RELIED_ON[index].split(".");
    originals[index] = { __proto__: null, path, value: valueAt(path), told: false };
  }
};
const compareBuiltins = () => {
  for (let index = 0; index < originals.length; index++) {
    const original = originals[index];
    const value = valueAt(original.path);
    if (original.told || value === original.value) continue;
    original.told = true;
    const native = typeof value === "function" && exec(/\[native code\]\s*\}$/, source(value)) !== null;
    record("builtin.replaced", () => ({ __proto__: null, name: RELIED_ON[index], type: typeOf(value), native }));
  }
};

const failedScript = (event) => ({
  __proto__: null,
  kind: "error",
  error: errorName(event.error),
  source: masked(event.filename),
  line: event.lineno ?? null,
});

const failedResource = (element) => ({
  __proto__: null,
  tag: lower(nodeName(element)),
  url: masked(attribute(element, "src") ?? attribute(element, "href") ?? attribute(element, "data") ?? ""),
  integrity: attribute(element, "integrity") !== null,
  crossorigin: attribute(element, "crossorigin"),
});

hear(window, "error", (event) => {
  const { target } = event;
  if (isA(NativeNode, target)) record("resource.failed", () => failedResource(target));
  else record("script.failed", () => failedScript(event));
});

hear(window, "offline", () => record("connection.changed", () => ({ __proto__: null, online: false })));
hear(window, "online", () => record("connection.changed", () => ({ __proto__: null, online: true })));

hear(window, "unhandledrejection", (event) =>
  record("script.failed", () => ({ __proto__: null, kind: "rejection", error: errorName(event.reason), source: null, line: null })));

hear(window, "securitypolicyviolation", (event) =>
  record("policy.violated", () => ({
    __proto__: null,
    directive: name(event.effectiveDirective),
    blocked: masked(event.blockedURI),
    disposition: name(event.disposition),
    document_url: masked(event.documentURI),
    source: masked(event.sourceFile),
    line: event.lineNumber,
  })));

let instances = 0;
hear(document, "load", (event) => {
  const { target } = event;
  if (!isA(NativeNode, target) || nodeName(target) !== "SCRIPT") return;
  const url = target.src;
  if (typeof url !== "string" || slice(url, 0, CONFIG.tag.length) !== CONFIG.tag) return;
  instances += 1;
  record("sdk.loaded", () => ({ __proto__: null, url: masked(url), instance: instances }));
});

// What a service worker has kept outlives every document, and any script of the origin may read it.
const cacheNames = window.CacheStorage && uncurried(CacheStorage.prototype.keys);
const openCache = window.CacheStorage && uncurried(CacheStorage.prototype.open);
const cachedRequests = window.Cache && uncurried(Cache.prototype.keys);
const addressOf = getter(Request.prototype, "url");
const nothing = () => {};
const searchThrough = (key, requests) => {
  for (let index = 0; index < requests.length && index < 200; index++) {
    const url = addressOf(requests[index]);
    SENSITIVE.lastIndex = 0;
    const told = `cache ${key} ${url}`;
    if (exec(SENSITIVE, url) === null || stored[told]) continue;
    stored[told] = true;
    record("cache.found", () => ({ __proto__: null, url: masked(url), key: name(key), fingerprints: fingerprints(url) }));
  }
};
const hasWorker = () => {
  try {
    return Boolean(navigator.serviceWorker?.controller);
  } catch {
    return false; // a sandbox denies even the question
  }
};
const searchCaches = () => {
  if (!cacheNames || !hasWorker()) return;
  const kept = window.caches;
  then(cacheNames(kept), (keys) => {
    for (let index = 0; index < keys.length && index < 20; index++)
      then(openCache(kept, keys[index]), (cache) =>
        then(cachedRequests(cache), (requests) => searchThrough(keys[index], requests), nothing), nothing);
  }, nothing);
};

const checkpoint = () => {
  look();
  compareBuiltins();
  scan();
};

hear(window, "DOMContentLoaded", compareBuiltins);
hear(window, "DOMContentLoaded", searchCaches);
hear(window, "load", searchCaches);
// A document that gives way to another process's has no voice any more when it is hidden, so it speaks before;
// one that is merely removed is not asked before.
const leave = () => {
  checkpoint();
  flush();
};
hear(window, "beforeunload", leave);
hear(window, "pagehide", leave);

// The end of the case: the harness asks every document for its last word.
hear(window, CONFIG.settle, () => {
  checkpoint();
  tellState();
  flush();
});

rememberBuiltins();
started();
