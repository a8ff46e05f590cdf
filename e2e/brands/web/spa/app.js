import { navigate, onRoute } from "./routes.js";

const view = document.getElementById("view");
let user = null;
let identityFn = null;

const api = async (method, body) => {
  const response = await fetch("/api/session", {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  return { ok: response.ok, ...(await response.json()) };
};

// The chat targets by this; whoever signs out here is nobody there.
const identify = () => {
  const { iss, sub } = user;
  identityFn = (callback) => callback(identityFn === null ? null : { iss, acr: "loa1", sub });
  lpTag.identities.push(identityFn);
};

const forget = () => {
  identityFn = null;
  lpTag.identities.push((callback) => callback(null));
};

const tellChat = (section) => lpTag.newPage?.(location.href, { section: [section] });

const changed = (next) => {
  user = next;
  if (user) identify();
  else forget();
};

const element = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
};

const showHome = () => {
  view.replaceChildren(element("<h1>Out there, well equipped</h1><p>Tents, boots and maps.</p>"));
};

const showLogin = () => {
  view.replaceChildren(
    element(`
      <h1>Sign in</h1>
      <p role="alert" hidden>That did not work. Try again.</p>
      <form>
        <label>Username <input name="username" autocomplete="username" required></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
        <button>Sign in</button>
      </form>`),
  );
  const form = view.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await api("POST", Object.fromEntries(new FormData(form)));
    view.querySelector("[role=alert]").hidden = answer.ok;
    if (!answer.ok) return;
    changed(answer.user);
    navigate("/account");
  });
};

const showAccount = () => {
  if (!user) return showLogin();
  view.replaceChildren(element("<h1></h1><p>Your tent is on its way.</p><button type=button>Sign out</button>"));
  view.querySelector("h1").textContent = `Welcome, ${user.name}`;
  view.querySelector("button").addEventListener("click", async () => {
    await api("DELETE");
    changed(null);
    navigate("/");
  });
};

const VIEWS = { "/": showHome, "/account": showAccount };

user = (await api("GET")).user;
if (user) identify();
onRoute((path) => {
  (VIEWS[path] ?? showHome)();
  tellChat(user ? "account" : "visitor");
});
