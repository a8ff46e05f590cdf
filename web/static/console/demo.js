"use strict";
// Follows the demo, marks the hop that is shown, and sends on what the buttons ask for.
const panel = document.querySelector("[data-demo]");
const within = (selector) => panel.querySelector(selector);
const caption = within(".caption");
const hops = within(".hops");
const outcome = within(".outcome");
const form = within("form");
const refused = within(".refused");
const pause = within("[data-go=pause]");

const element = (name, text, classes = "") => {
  const made = document.createElement(name);
  made.textContent = text;
  if (classes) made.className = classes;
  return made;
};

const ask = async (asked) => {
  refused.hidden = true;
  const answer = await fetch(panel.dataset.ask, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
  }).catch(() => null);
  if (answer?.status !== 204) refuse(answer ? await answer.text() : "The demo has ended.");
};

const refuse = (sentence) => {
  refused.textContent = sentence;
  refused.hidden = false;
};

let playing = "";

// What the demo tells, by its kind.
const told = {
  begin({ title, where, broken }) {
    hops.replaceChildren();
    outcome.hidden = true;
    refused.hidden = true;
    playing = within(".playing").textContent = broken ? `${where}. Broken: ${title}` : title;
    within(".pick").open = false;
  },
  hop({ who, sentence, tone, aside }) {
    const hop = document.createElement("li");
    hop.dataset.tone = tone;
    if (!aside) {
      caption.dataset.tone = tone;
      within(".caption .who").textContent = who;
      within(".caption .sentence").textContent = sentence;
      for (const one of hops.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
      hop.setAttribute("aria-current", "step");
    }
    const inside = document.createElement("div");
    inside.append(element("p", who, "who"), element("p", sentence));
    hop.append(inside);
    hops.append(hop);
    hops.scrollTop = hops.scrollHeight;
  },
  outcome({ outcome: ended, passed, milliseconds, findings }) {
    outcome.hidden = false;
    outcome.dataset.passed = String(passed);
    within(".of").textContent = playing;
    const took = milliseconds ? `, ${milliseconds} ms from the click` : "";
    within(".verdict-line").textContent = `${ended.charAt(0).toUpperCase()}${ended.slice(1)}${took}`;
    within(".findings").replaceChildren(...findings.map(finding));
  },
  state({ paused, pace }) {
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    const chosen = panel.querySelector(`[name=pace][value=${CSS.escape(pace)}]`);
    if (chosen) chosen.checked = true;
  },
  refused({ sentence }) {
    refuse(sentence);
    within(".pick").open = true;
  },
  end() {
    within(".pick").open = true;
  },
};

const finding = (one) => {
  const item = document.createElement("li");
  item.append(element("p", one.title, "title"));
  const mend = element("p", "", "mend");
  mend.append(element("b", `${one.party}, ${one.role}: `), one.fix);
  const facts = element("dl", "", "facts");
  for (const [name, value] of [["Code", one.code], ["Expected", one.expected], ["Observed", one.observed], ["Source", one.spec]]) {
    facts.append(element("dt", name), element("dd", value));
  }
  item.append(mend, facts);
  return item;
};

// Only the faults that can occur with what is picked.
const fitting = () => {
  const { surface, flow, fault } = form.elements;
  for (const option of fault.querySelectorAll("[data-surfaces]")) {
    const fits = option.dataset.surfaces.split(" ").includes(surface.value) && option.dataset.flows.split(" ").includes(flow.value);
    option.hidden = option.disabled = !fits;
  }
  for (const group of fault.querySelectorAll("optgroup")) group.hidden = !group.querySelector("option:not([hidden])");
  if (fault.selectedOptions[0]?.disabled) fault.value = "";
};

form.elements.surface.addEventListener("change", fitting);
form.elements.flow.addEventListener("change", fitting);
fitting();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { surface, flow, policy, scenario, fault } = form.elements;
  const choice = { surface: surface.value, flow: flow.value, policy: policy.value, scenario: scenario.value, fault: fault.value || null };
  ask({ do: event.submitter?.value ?? "play", choice });
});
pause.addEventListener("click", () => ask({ do: pause.getAttribute("aria-pressed") === "true" ? "resume" : "pause" }));
within("[data-go=next]").addEventListener("click", () => ask({ do: "next" }));
for (const pace of panel.querySelectorAll("[name=pace]")) pace.addEventListener("change", () => ask({ do: "pace", pace: pace.value }));

let seen = 0;
const source = new EventSource(panel.dataset.events);
source.addEventListener("open", () => (panel.dataset.follows = "yes"));
source.addEventListener("message", ({ data }) => {
  const message = JSON.parse(data);
  if (message.seq <= seen) return;
  seen = message.seq;
  told[message.kind]?.(message);
  panel.dataset.seq = String(seen);
});
window.addEventListener("pagehide", () => source.close());
