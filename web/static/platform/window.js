"use strict";
// The chat window. Framed by a page it asks that page for a credential, or takes an app's; on its own it
// is the popup that comes back from the authorization endpoint. Nothing is kept in browser storage.

// First of all: no code or token stays in the address bar.
const arrived = { search: location.search, hash: location.hash };
if (window.parent === window) history.replaceState(null, "", location.pathname);

const main = document.querySelector("main");
const statusLine = document.querySelector("[role=status]");
const log = document.querySelector("[role=log]");
const composer = document.querySelector("form");
// The window's own session; it lives in this variable only.
let session = null;
const ORIGINS = JSON.parse(main.dataset.origins);
keepAtEnd(log);

const post = async (path, body) => {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
};

const GREETINGS = {
  authenticated: (welcome) => `Signed in as ${welcome.name ?? "you"}`,
  not_authenticated: () => "You are chatting as a guest",
  refused: (welcome) => `You are chatting as a guest (reference ${welcome.reference || "none"})`,
};

const show = (welcome) => {
  main.dataset.state = welcome.outcome;
  statusLine.textContent = GREETINGS[welcome.outcome](welcome);
  statusLine.dataset.secure = String(welcome.outcome === "authenticated");
  const greeting = document.createElement("p");
  greeting.className = "greeting";
  greeting.textContent = welcome.name
    ? `Hello ${welcome.name}. Your agent already has your account at hand; how can we help?`
    : "Hello. How can we help? An agent may ask who you are.";
  log.prepend(greeting);
  converse(welcome.token);
};

const fail = () => {
  main.dataset.state = "broken";
  if (!navigator.onLine) {
    statusLine.textContent = "You are offline. The chat opens when you are back.";
    window.addEventListener("online", begin, { once: true });
    return;
  }
  statusLine.textContent = "The chat could not be opened. Please try again.";
  giveBack();
  if (log.childElementCount) return;
  const advice = document.createElement("p");
  advice.className = "greeting";
  advice.textContent = window.parent === window
    ? "Close this window and open the chat again where you came from."
    : "Load the page again, then open the chat once more.";
  log.append(advice);
};

// What was said and has not come back from the platform yet, and the last message that was seen.
const unsent = [];
let seen = 0;
let socket = null;
// Whether it takes messages; what is said meanwhile is not lost.
let taking = false;
let renew = null;

const said = (message_) => {
  if (message_.sender === "consumer") unsent.splice(0, unsent.indexOf(message_.text) + 1);
  seen = message_.id;
  const line = message_.receipt ? receiptCard(message_.receipt) : words(message_);
  log.append(line);
  log.scrollTop = log.scrollHeight;
};

const words = ({ sender, text }) => {
  const line = document.createElement("p");
  line.className = `${sender} ${sender === "agent" ? "theirs" : "ours"}`;
  const who = document.createElement("b");
  who.textContent = sender === "agent" ? "Agent" : "You";
  line.append(who, " ", text);
  return line;
};

const converse = (token) => {
  const own = new WebSocket(`wss://${location.host}/ws`);
  socket = own;
  own.addEventListener("open", () => own.send(JSON.stringify({ token, after: seen })));
  own.addEventListener("message", ({ data }) => {
    if (own !== socket) return;
    const frame = JSON.parse(data);
    if (frame.type === "expired") expired();
    else if (frame.type === "ready") ready();
    else said(frame);
  });
  own.addEventListener("close", () => {
    if (own !== socket) return;
    const dropped = taking;
    taking = false;
    // Dropped in the middle of a conversation, it goes on with what it holds: nobody is asked again.
    if (dropped) converse(token);
    else {
      statusLine.textContent = "The connection was lost. Open the chat again to go on.";
      giveBack();
    }
  });
};

// What was not taken, and is not going to be, can still be copied.
const giveBack = () => {
  const input = composer.elements.text;
  input.value = [...unsent, input.value].join(" ").trim();
  input.readOnly = true;
};

// Everything that the platform took has come back by now, so what is left was not taken.
const ready = () => {
  taking = true;
  unsent.forEach((text) => socket.send(JSON.stringify({ text })));
  composer.hidden = false;
  composer.elements.text.disabled = false;
  // A keyboard goes on here; on a phone this would cover half of the conversation with keys.
  if (document.hasFocus() && matchMedia("(pointer: fine)").matches) composer.elements.text.focus({ preventScroll: true });
};

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = composer.elements.text;
  const text = input.value.trim();
  if (!text || input.readOnly) return;
  unsent.push(text);
  if (taking) socket.send(JSON.stringify({ text }));
  composer.reset();
});

// The credential has expired: renewed by the platform where the brand lets it, else by asking again. The
// consumer may go on writing meanwhile.
let renewing = false;

const expired = async () => {
  if (renewing) return;
  renewing = true;
  statusLine.textContent = "Confirming that it is still you";
  const old = socket;
  // What it says or does from now on is of no interest: the renewal opens another one.
  socket = null;
  taking = false;
  old.close();
  try {
    let welcome = session === null ? { outcome: null } : await post("/api/renew", { session });
    if (welcome.outcome === null) welcome = await renew();
    if (welcome) again(welcome);
  } catch {
    fail();
  }
  renewing = false;
};

const again = (welcome) => {
  main.dataset.state = welcome.outcome;
  statusLine.textContent = GREETINGS[welcome.outcome](welcome);
  statusLine.dataset.secure = String(welcome.outcome === "authenticated");
  converse(welcome.token);
};

// Framed by a brand's page or by an app.
const framed = async () => {
  const asked = new URLSearchParams(arrived.search);
  const origin = asked.get("origin");
  const engagement = asked.get("engagement");
  if (!ORIGINS.includes(origin)) return fail();
  const tell = (type, fields) => send(window.parent, origin, type, fields);
  tell(TYPES.HELLO, {});
  const once = (type) =>
    new Promise((resolve) => {
      window.addEventListener("message", function hear(event) {
        if (!isOurs(event, type, window.parent, origin)) return;
        window.removeEventListener("message", hear);
        resolve(event.data);
      });
    });

  // At a login the session gets another name, which nobody can have known before it.
  const handOver = async (call, answered) => {
    const welcome = await post("/api/answer", {
      engagement,
      origin,
      session: call.session,
      call_id: call.call_id,
      sealed_verifier: call.sealed_verifier,
      answer: answered.answer,
      identity: answered.identity ?? null,
      page: answered.page ?? {},
    });
    session = welcome.session ?? session;
    return welcome;
  };

  const askPage = async () => {
    const call = await post("/api/call", { engagement, origin, session });
    const answer = once(TYPES.ANSWER);
    session = call.session;
    tell(TYPES.CALL, { call_id: call.call_id, code_challenge: call.code_challenge });
    return handOver(call, await answer);
  };

  const askApp = async (type) => {
    const handover = once(TYPES.HANDOVER);
    tell(type, { session });
    const { call, ...answered } = await handover;
    session = call.session;
    return handOver(call, answered);
  };

  const app = engagement.startsWith("app.");
  renew = app ? () => askApp(TYPES.EXPIRED) : askPage;
  const welcome = await (app ? askApp(TYPES.READY) : askPage());
  show(welcome);
  tell(TYPES.STATUS, { outcome: welcome.outcome });
};

// A link to a new sign-in; a popup whose sign-in belonged to nothing does not know to which.
const signInAgain = (engagement) => {
  if (!engagement) return "Close this window and open the chat again.";
  const url = new URL("/popup", location.origin);
  url.searchParams.set("popup", crypto.randomUUID());
  url.searchParams.set("engagement", engagement);
  const link = document.createElement("a");
  link.href = url.href;
  link.textContent = "Sign in again";
  return link;
};

// A popup that came back. It has no page to ask: the consumer goes through the authorization endpoint again.
const cameBack = async () => {
  const [mode, encoded] = arrived.hash.length > 1
    ? ["fragment", arrived.hash.slice(1)]
    : arrived.search.length > 1 ? ["query", arrived.search.slice(1)] : ["form_post", ""];
  const welcome = await post("/api/popup", { mode, encoded });
  session = welcome.session ?? null;
  renew = async () => {
    statusLine.replaceChildren("Your sign-in has expired. ", signInAgain(welcome.engagement));
    statusLine.dataset.secure = "false";
    main.dataset.state = "expired";
    giveBack();
    return null;
  };
  show(welcome);
};

const broken = () => {
  fail();
  const origin = new URLSearchParams(arrived.search).get("origin");
  if (ORIGINS.includes(origin)) send(window.parent, origin, TYPES.STATUS, { outcome: "broken" });
};

// Again, where the browser went offline before the sign-in had ended.
const begin = () => (window.parent === window ? cameBack().catch(fail) : framed().catch(broken));

begin();
