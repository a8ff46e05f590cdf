// The recorder's way out of the page. It runs before any script of the page, in every frame and popup, and
// captures what it will need: a page may replace what it likes afterwards.
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { stringify } = JSON;
const bound = (owner, name) => owner[name].bind(owner);
const uncurried = (method) => (self, ...args) => apply(method, self, args);
const getter = (owner, name) => uncurried(getOwnPropertyDescriptor(owner, name).get);

const debug = bound(console, "debug");
const now = bound(performance, "now");
const soon = bound(window, "queueMicrotask");
const listen = uncurried(EventTarget.prototype.addEventListener);
const exec = uncurried(RegExp.prototype.exec);
const charCodeAt = uncurried(String.prototype.charCodeAt);
const slice = uncurried(String.prototype.slice);
const indexOf = uncurried(String.prototype.indexOf);
const has = uncurried(WeakSet.prototype.has);
const add = uncurried(WeakSet.prototype.add);

const START = performance.timeOrigin;
const MOST = 1000;

// Whatever JSON.stringify gets has no prototype, so that it finds no toJSON of the page's.
const list = () => {
  const empty = [];
  setPrototypeOf(empty, null);
  return empty;
};
const append = (items, value) =>
  defineProperty(items, items.length, { __proto__: null, value, enumerable: true, configurable: true, writable: true });
const name = (value, most = 60) => (typeof value === "string" ? slice(value, 0, most) : null);

let waiting = null;
let told = 0;

// Takes note of one thing; what one task brings leaves together at its end. Nothing that goes wrong here may
// become the page's business.
const record = (type, facts) => {
  told += 1;
  if (told > MOST) return;
  const event = { __proto__: null, type, at: (START + now()) / 1000, data: null };
  try {
    event.data = facts();
  } catch {
    event.data = { __proto__: null, during: type };
    event.type = "recorder.failed";
  }
  if (told === MOST) {
    event.data = { __proto__: null, most: MOST };
    event.type = "recorder.full";
  }
  if (waiting === null) {
    waiting = list();
    soon(flush);
  }
  append(waiting, event);
};

const hear = (target, type, handler, capture = true) =>
  listen(target, type, (event) => {
    try {
      handler(event);
    } catch {
      record("recorder.failed", () => ({ __proto__: null, during: type }));
    }
  }, capture);

const flush = () => {
  if (waiting === null) return;
  const events = waiting;
  waiting = null;
  debug(CONFIG.token + stringify({ __proto__: null, document: DOCUMENT, events }));
};

const DOCUMENT = (() => {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return random[0].toString(36) + random[1].toString(36);
})();

// Replaces a function by one that looks and behaves the same; what it does is seen by `trap`.
const watched = (owner, property, trap) => {
  const found = getOwnPropertyDescriptor(owner, property);
  if (!found?.configurable || typeof found.value !== "function") return;
  defineProperty(owner, property, { ...found, value: new Proxy(found.value, { __proto__: null, ...trap(found.value) }) });
};

const watchedAccessor = (owner, property, traps) => {
  const found = getOwnPropertyDescriptor(owner, property);
  if (!found?.configurable || !found.get) return;
  const wrap = (half) =>
    found[half] && traps[half] ? new Proxy(found[half], { __proto__: null, apply: traps[half] }) : found[half];
  defineProperty(owner, property, { ...found, get: wrap("get"), set: wrap("set") });
};

const errorName = (error) => {
  try {
    return name(error?.name) ?? typeof error;
  } catch {
    return "unreadable";
  }
};
