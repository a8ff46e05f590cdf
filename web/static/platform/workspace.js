"use strict";
// The agent's workspace: conversations on the left, the open one in the middle, the consumer on the right.

const list = document.querySelector("#conversations");
const log = document.querySelector("[role=log]");
const composer = document.querySelector("form");
const card = document.querySelector("#consumer");
const title = document.querySelector("#conversation-title");
let items = [];
let open = null;

const element = (name, className, ...children) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

const nameOf = (item) =>
  item.verified ? `${item.verified.given_name ?? ""} ${item.verified.family_name ?? ""}`.trim() || "Consumer" : "Guest";

const facts = (pairs) => {
  const made = element("dl", "facts");
  for (const [term, value] of pairs) {
    if (value === undefined || value === null || value === "") continue;
    made.append(element("dt", "", term), element("dd", "", value instanceof Node ? value : String(value)));
  }
  return made;
};

const money = (amount, currency) =>
  new Intl.NumberFormat("en", { style: "currency", currency: currency ?? "EUR" }).format(amount);

const bills = (history) => {
  const body = element("tbody", "");
  for (const bill of history) {
    body.append(
      element("tr", "", element("td", "", bill.date), element("td", "amount", money(bill.amount / 100, bill.currency)),
        element("td", `bill-${bill.status}`, bill.status)),
    );
  }
  const head = element("tr", "", ...["Date", "Amount", "Status"].map((text) => element("th", "", text)));
  return element("table", "bills", element("caption", "", "Billing history"), element("thead", "", head), body);
};

const typed = (verified, type) => (verified.lp_sdes ?? []).find((one) => one.type === type) ?? {};

const verifiedCard = (item) => {
  const { verified } = item;
  const info = typed(verified, "ctmrinfo").info ?? {};
  const heading = element("h3", "secure", element("span", "sign"), "Verified by the brand");
  const history = verified.mapped?.["Billing history"];
  return element("section", "verified", heading,
    facts([
      ["Name", nameOf(item)],
      ["Account number", info.customerId],
      ["Package", info.ctype],
      ["Balance", info.balance === undefined ? null : money(info.balance, info.currency)],
      ["E-mail", verified.email],
      ["Phone", verified.phone_number],
      ["Customer id", verified.sub],
      ["Engagements", item.engagements.join(", ")],
    ]),
    Array.isArray(history) ? bills(history) : null);
};

const unverifiedCard = (item) => {
  const { identity, section, sdes } = item.unverified;
  const pairs = [
    ["Claims to be", identity?.sub],
    ["of issuer", identity?.iss],
    ["at level", identity?.acr],
    ["Section", Array.isArray(section) && section.length ? section.join(" › ") : null],
    ["Attributes", Array.isArray(sdes) && sdes.length ? sdes.map((one) => one?.type ?? "?").join(", ") : null],
  ];
  return element("section", "unverified",
    element("h3", "", "Unverified, from the page"),
    pairs.some(([, value]) => value) ? facts(pairs) : element("p", "quiet", "Nothing was supplied."));
};

const render = () => {
  open ??= items[0]?.id ?? null;
  list.replaceChildren(...items.map((item) => {
    const button = element("button", "", element("b", "", nameOf(item)),
      element("span", `badge ${item.verified ? "secure" : ""}`, item.verified ? "secure" : "guest"),
      element("small", "", item.surface));
    button.type = "button";
    button.setAttribute("aria-current", String(item.id === open));
    button.onclick = () => { open = item.id; render(); };
    return element("li", "", button);
  }));
  const item = items.find((one) => one.id === open);
  composer.hidden = !item;
  title.textContent = item ? nameOf(item) : "No conversation yet";
  log.replaceChildren(...(item?.messages ?? []).map((said) =>
    element("p", said.sender, element("b", "", said.sender === "agent" ? "You" : nameOf(item)), " ", said.text)));
  card.replaceChildren(...(item ? [item.verified ? verifiedCard(item) : null, unverifiedCard(item)].filter(Boolean) : []));
};

const socket = new WebSocket(`wss://${location.host}/ws`);
socket.addEventListener("message", ({ data }) => {
  ({ items } = JSON.parse(data));
  render();
});
composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = composer.elements.text.value.trim();
  if (text && open) socket.send(JSON.stringify({ conversation: open, text }));
  composer.reset();
});
