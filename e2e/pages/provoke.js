// Does, in whatever window it runs in, everything that the recorder's script knows a name for.
const SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE";
const wait = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
const load = (element) => new Promise((resolve) => {
  element.onload = element.onerror = () => resolve();
  document.body.append(element);
});
const script = (src) => load(Object.assign(document.createElement("script"), { src }));

const talk = async () => {
  const heard = wait(window, "message");
  performance.mark("parley.sent", { detail: { to: "https://chat.platform.test", type: "hello" } });
  window.postMessage({ type: "hello", call_id: SECRET }, "*");
  await heard;
  const [one, two] = [new BroadcastChannel("lobby"), new BroadcastChannel("lobby")];
  const received = wait(two, "message");
  one.postMessage({ type: "greeting", code: SECRET });
  await received;
};

const callMethod = async () => {
  const call = async (method) => {
    window.lpGetAuthenticationToken = method;
    document.dispatchEvent(new Event("readystatechange"));
    try {
      return await window.lpGetAuthenticationToken(() => {}, "challenge-of-the-platform");
    } catch {
      return null;
    }
  };
  await call((callback) => { callback({ ssoKey: SECRET, redirect_uri: "https://www.brand.test/cb?code=1" }); callback("", 0); });
  await call(() => { throw new RangeError(SECRET); });
  await call(async () => SECRET);
  await call(async () => { throw new RangeError(SECRET); });
};

const push = async () => {
  window.lpPush = { take: () => {} };
  document.dispatchEvent(new Event("readystatechange"));
  window.lpPush.take(SECRET);
  window.dispatchEvent(new CustomEvent("lpTokenExpired"));
};

const store = async () => {
  localStorage.setItem("kept", SECRET);
  document.cookie = `kept=${SECRET}; Secure`;
  document.body.dataset.token = SECRET;
  await document.hasStorageAccess();
};

const fail = async () => {
  const violated = wait(document, "securitypolicyviolation");
  await load(Object.assign(document.createElement("img"), { src: "https://elsewhere.test/pixel?token=1" }));
  await violated;
  const failed = wait(window, "error");
  setTimeout(() => { throw new TypeError(SECRET); });
  await failed;
  const rejected = wait(window, "unhandledrejection");
  Promise.reject(new RangeError(SECRET));
  await rejected;
  await script(`/missing.js?token=${SECRET}`);
};

const frames = async () => {
  const inner = document.createElement("iframe");
  inner.srcdoc = "<p>inside</p>";
  inner.setAttribute("sandbox", "allow-scripts");
  inner.setAttribute("loading", "lazy");
  const loaded = load(inner);
  await loaded;
  inner.remove();
  window.open(`https://opened.test/?code=${SECRET}`, "chat");
  alert("hello");
};

const main = async () => {
  await script("https://chat.platform.test/tag/tag.js?account=1");
  await talk();
  await callMethod();
  await push();
  await store();
  await fail();
  await frames();
  JSON.parse = (text) => text;
  document.documentElement.dataset.done = "yes";
};
main().catch((error) => { document.documentElement.dataset.done = `no: ${error}`; });
