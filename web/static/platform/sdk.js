"use strict";
// The platform's SDK for web pages: the lpTag surface that real pages use, the launcher, both windows.

// The server puts SERVED in front: {tag, window, button, injected, methods}, the messages, and page-method/.

const asked = new URL(document.currentScript?.src || "about:blank").searchParams;
const PLATFORM = SERVED.tag;
const WINDOW = new URL(SERVED.window);
const ACCOUNT = asked.get("account") ?? asked.get("site");

const queued = (value) => (Array.isArray(value) ? value : []);
const listeners = [];
const identities = [];
const attributes = [];

const trigger = (app, name, data) =>
  listeners
    .filter((one) => one.app === app && one.name === name)
    .forEach((one) => one.func.call(one.context ?? window, data));

const api = {
  autoStart: true,
  section: [],
  timings: {},
  _tagCount: 1,
  identities: { push: (fn) => identities.push(fn) },
  sdes: { push: (...items) => attributes.push(...items), send: (items) => attributes.push(...items) },
  events: {
    bind: (app, name, func, context) => {
      const one = typeof app === "object" ? { app: app.appName, name: app.eventName, ...app } : { app, name, func, context };
      listeners.push(one);
    },
    unbind: (app, name) => {
      listeners.splice(0, listeners.length, ...listeners.filter((one) => one.app !== app || one.name !== name));
    },
    trigger: (app, name, data) =>
      typeof app === "object" ? trigger(app.appName, app.eventName, app.data) : trigger(app, name, data),
  },
  hooks: { push: () => {} },
  taglets: { rendererStub: { click: () => openChat() } },
  // What an inline snippet would have put off until now.
  defer: (later) => later(),
  load: () => {},
  init: () => lpTag,
  newPage: (url, options) => {
    lpTag.section = options?.section ?? lpTag.section;
    return engage();
  },
  start: () => engage(),
  logout: () => leave(),
};

// Takes over what the page has put into its object so far, and makes the object ours.
const adopt = (object) => {
  const found = { ...object };
  lpTag = Object.assign(object, api, {
    site: found.site ?? ACCOUNT,
    section: found.section ?? api.section,
    autoStart: found.autoStart ?? true,
    timings: found.timings ?? api.timings,
  });
  identities.push(...queued(found.identities));
  attributes.push(...queued(found.sdes));
  queued(found.events?._queue).forEach((one) => lpTag.events.bind(one));
  return () => [found._defB, found._defT, found._defL].flatMap(queued).forEach((later) => later());
};

let lpTag = {};
const caughtUp = adopt(window.lpTag ?? {});
if (SERVED.injected) {
  // Put in before the page's first script, so the page may still make an object of its own.
  Object.defineProperty(window, "lpTag", {
    configurable: true,
    get: () => lpTag,
    set: (object) => { if (typeof object === "object" && object !== null && object !== lpTag) adopt(object)(); },
  });
} else {
  window.lpTag = lpTag;
}
caughtUp();

// The identity function targets and resumes; it does not authenticate.
const identity = () =>
  new Promise((resolve) => {
    const latest = queued(lpTag.identities).at(-1) ?? identities.at(-1);
    if (typeof latest !== "function") return resolve(null);
    try {
      latest((answer) => resolve(answer ?? null));
    } catch {
      resolve(null);
    }
  });

// What the page calls, for as many connectors as need something of it in the page.
const prepared = SERVED.methods.map((method) => FAMILIES[method.page_method].prepare(method));

// The embedded window: an iframe of the platform, spoken to by exact origin only.
let frame = null;
let greetings = 0;
let unwatch = () => {};

// A frame that is blocked, never loaded, taken elsewhere or out of the page says nothing; the page must not
// wait for it. Our window says hello while it loads, so that every document without a greeting is another page.
const watchFrame = (config, clicked) => {
  let documents = 0;
  const listen = () => { if (greetings === 0 || greetings < documents) give("silent"); };
  const deadline = setTimeout(listen, config.frame_deadline_ms);
  const loaded = () => {
    documents += 1;
    setTimeout(listen, 1_000);
  };
  frame.addEventListener("load", loaded);
  const observer = new MutationObserver(() => { if (!frame.isConnected) give("removed"); });
  observer.observe(document.documentElement, { childList: true, subtree: true });
  let watching = true;
  unwatch = () => {
    watching = false;
    clearTimeout(deadline);
    stopWaiting();
    observer.disconnect();
    frame.removeEventListener("load", loaded);
  };
  const give = (outcome) => {
    if (!watching) return;
    unwatch();
    ended(outcome, clicked);
  };
};

const windowUrl = (config) => {
  const url = new URL(WINDOW);
  url.searchParams.set("engagement", config.engagement);
  url.searchParams.set("origin", location.origin);
  return url.href;
};

// Where the window stands: in the corner, on a phone below the head of the page, which stays in reach.
const PHONE = matchMedia("(max-width: 30rem)");
const PLACES = {
  corner: {
    frame: "right:16px;bottom:16px;width:min(400px,calc(100vw - 32px));height:min(640px,calc(100dvh - 32px));border-radius:16px;",
    hide: "right:26px;bottom:calc(min(640px, 100dvh - 32px) - 38px);",
  },
  sheet: {
    frame: "left:0;right:0;bottom:0;width:100%;height:calc(100dvh - 64px);border-radius:16px 16px 0 0;",
    hide: "right:10px;bottom:calc(100dvh - 118px);",
  },
};
let hide = null;
let shown = true;
// Where the person was when they opened the window, and where they are again when it is put away.
let opener = null;

const placeWindow = () => {
  const place = PLACES[PHONE.matches ? "sheet" : "corner"];
  const display = shown ? "" : "display:none;";
  frame.style.cssText =
    `${display}${place.frame}position:fixed;border:0;outline:1px solid transparent;box-shadow:0 12px 48px rgb(0 0 0 / .28);` +
    "z-index:2147483000;color-scheme:normal;background:transparent";
  hide.style.cssText =
    `${display}${place.hide}position:fixed;width:44px;height:44px;margin:0;padding:0;border:2px solid transparent;border-radius:50%;` +
    "color:#fff;background:#3730a3;font:700 20px/1 'Liberation Sans',Arial,sans-serif;cursor:pointer;z-index:2147483001";
};

// Puts the window away, or shows it again: the conversation goes on meanwhile.
const showWindow = (wanted) => {
  shown = wanted;
  placeWindow();
  (wanted ? frame : opener?.isConnected ? opener : launcher)?.focus();
};

// A frame takes the focus with its document, not before; whoever has gone elsewhere meanwhile stays there.
const enter = () => { if (document.activeElement === opener) frame.focus(); };

const openEmbedded = (config, clicked) => {
  if (frame) return showWindow(true);
  opener = document.activeElement === document.body ? launcher : document.activeElement;
  opener?.focus();
  frame = document.createElement("iframe");
  frame.src = windowUrl(config);
  frame.title = "Chat";
  frame.name = "parley-window";
  hide = document.createElement("button");
  hide.type = "button";
  hide.setAttribute("aria-label", "Hide chat");
  hide.textContent = "–";
  hide.onclick = () => showWindow(false);
  placeWindow();
  PHONE.addEventListener("change", placeWindow);
  document.body.append(frame, hide);
  watchFrame(config, clicked);
  window.addEventListener("message", async (event) => {
    const is = (type) => isOurs(event, type, frame?.contentWindow, WINDOW.origin);
    if (is(TYPES.HELLO)) {
      greetings += 1;
      enter();
    } else if (is(TYPES.CALL)) {
      const { call_id: callId, code_challenge: codeChallenge } = event.data;
      const [answer, who] = await Promise.all([callPageMethod(config, codeChallenge), identity()]);
      // The page may have taken the window away meanwhile.
      if (!frame.isConnected) return;
      const page = { section: plain(lpTag.section), sdes: plain(attributes) };
      const fields = { call_id: callId, answer, identity: plain(who), page };
      send(frame.contentWindow, HABITS.target(WINDOW.origin, event), TYPES.ANSWER, fields);
    } else if (is(TYPES.STATUS)) {
      unwatch();
      ended(event.data.outcome, clicked);
    }
  });
};

// The popup window: opened in the click itself; the page learns its status over the back channel.
const opened = (address, target) => {
  try {
    return window.open(address, target, "popup,width=420,height=680") !== null;
  } catch {
    // A sandbox without popups: Firefox throws where others return null.
    return false;
  }
};

const popups = [];

// The consumer has signed out of the page: no chat of theirs goes on. The page waits for it before it goes.
const leave = async () => {
  unwatch();
  [frame, hide].forEach((one) => one?.remove());
  frame = null;
  const headers = { "Content-Type": "application/json" };
  const told = popups.splice(0).map((popup) =>
    fetch(`${PLATFORM}/sdk/logout`, { method: "POST", headers, body: JSON.stringify({ popup }) }).catch(() => null),
  );
  await Promise.all(told);
};

const openPopup = (config, clicked) => {
  const popup = crypto.randomUUID();
  const url = new URL("/popup", WINDOW);
  url.searchParams.set("popup", popup);
  url.searchParams.set("engagement", config.engagement);
  if (!opened(url.href, config.popup_target)) return ended("blocked", clicked);
  marked().setAttribute("data-popup", "opened");
  popups.push(popup);
  const status = new EventSource(`${PLATFORM}/sdk/popup-status?popup=${popup}`);
  status.addEventListener("status", ({ data }) => {
    if (data === "opened") return;
    status.close();
    ended(data === "finished" ? "authenticated" : "failed", clicked);
  });
};

const ended = (outcome, clicked) => {
  lpTag.timings.flow_in_page = performance.now() - clicked;
  lpTag.events.trigger("parley", "signIn", { outcome });
  marked().setAttribute("data-outcome", outcome);
};

// The launcher: ours, unless the page has one of its own.
let launcher = null;
let openChat = () => false;

// A page that has cleared the launcher away still learns how it went.
const marked = () => (launcher?.isConnected ? launcher : document.documentElement);

const showLauncher = (config) => {
  const open = config.surface === "popup" ? openPopup : openEmbedded;
  openChat = () => {
    open(config, performance.now());
    return true;
  };
  if (SERVED.button) {
    launcher ??= document.body.appendChild(document.createElement("button"));
    launcher.type = "button";
    HABITS.write(launcher, "Chat with us");
    launcher.style.cssText =
      "position:fixed;right:24px;bottom:24px;padding:12px 20px;border:2px solid transparent;border-radius:999px;cursor:pointer;" +
      "font:600 16px/1 'Liberation Sans',Arial,sans-serif;color:#fff;background:#4338ca;z-index:2147482000;" +
      "box-shadow:0 6px 24px rgb(67 56 202 / .4)";
    launcher.onclick = openChat;
  }
  document.documentElement.dataset.parley = "ready";
};

const engage = async () => {
  const url = new URL("/sdk/engagement", PLATFORM);
  url.searchParams.set("account", ACCOUNT);
  url.searchParams.set("section", [lpTag.section].flat().slice(0, 3).join(","));
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const config = await response.json();
    prepared.forEach((ready) => ready());
    showLauncher(config);
  } catch {
    document.documentElement.dataset.parley = "broken";
  }
};

if (lpTag.autoStart) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", engage);
  else engage();
}
