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
const ORIGINS = JSON.parse(main.dataset.origins);

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
  statusLine.textContent = "The chat could not be opened. Please try again.";
};

const converse = (token) => {
  const socket = new WebSocket(`wss://${location.host}/ws`);
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ token }));
    composer.hidden = false;
    composer.elements.text.disabled = false;
  });
  socket.addEventListener("message", ({ data }) => {
    const said = JSON.parse(data);
    const line = document.createElement("p");
    line.className = said.sender;
    const who = document.createElement("b");
    who.textContent = said.sender === "agent" ? "Agent" : "You";
    line.append(who, " ", said.text);
    log.append(line);
    line.scrollIntoView({ block: "end" });
  });
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = composer.elements.text.value.trim();
    if (text) socket.send(JSON.stringify({ text }));
    composer.reset();
  });
};

// Framed by a brand's page or by an app.
const framed = async () => {
  const asked = new URLSearchParams(arrived.search);
  const origin = asked.get("origin");
  const engagement = asked.get("engagement");
  if (!ORIGINS.includes(origin)) return fail();
  const tell = (type, fields) => window.parent.postMessage(message(type, fields), origin);
  const once = (type) =>
    new Promise((resolve) => {
      window.addEventListener("message", function hear(event) {
        if (event.source !== window.parent || !isMessage(event.data, type) || event.origin !== origin) return;
        window.removeEventListener("message", hear);
        resolve(event.data);
      });
    });

  let call, answered;
  if (engagement.startsWith("app.")) {
    const handover = once(TYPES.HANDOVER);
    tell(TYPES.READY, {});
    ({ call, ...answered } = await handover);
  } else {
    call = await post("/api/call", { engagement, origin });
    const answer = once(TYPES.ANSWER);
    tell(TYPES.CALL, { call_id: call.call_id, code_challenge: call.code_challenge });
    answered = await answer;
  }
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
  show(welcome);
  tell(TYPES.STATUS, { outcome: welcome.outcome });
};

// A popup that came back.
const cameBack = async () => {
  const [mode, encoded] = arrived.hash.length > 1
    ? ["fragment", arrived.hash.slice(1)]
    : arrived.search.length > 1 ? ["query", arrived.search.slice(1)] : ["form_post", ""];
  show(await post("/api/popup", { mode, encoded }));
};

(window.parent === window ? cameBack() : framed()).catch(fail);
