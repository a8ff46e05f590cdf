"use strict";
// The agent's workspace: conversations on the left, the open one in the middle, the consumer on the right.
// What has not changed is left as it is, so that focus stays and nothing is read out twice.

const $ = (id) => document.getElementById(id);
const list = $("conversations");
const composer = $("composer");
const card = $("card");
const title = $("conversation-title");
const dialog = $("confirm");
let log = document.querySelector("[role=log]");
keepAtEnd(log);
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

const money = (amount, currency) => {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency: currency ?? "EUR" }).format(amount);
  } catch {
    return `${amount} ${currency}`; // A brand's claim may name any currency.
  }
};
const cents = (amount, currency) => money(amount / 100, currency);

// Which of the three parts a narrow screen shows.
const show = (view) => {
  document.body.dataset.view = view;
  ({ list: $("list-title"), talk: title, card: $("consumer-title") })[view].focus();
};
for (const button of document.querySelectorAll("[data-shows]")) button.onclick = () => show(button.dataset.shows);

// The card: what the brand vouches for, what can be done with it, and apart from it what the page says.
const bills = (history) => {
  const body = element("tbody", "");
  for (const bill of history) {
    body.append(
      element("tr", "", element("td", "", bill.date), element("td", "amount", cents(bill.amount, bill.currency)),
        element("td", "", element("span", `bill-${bill.status}`, bill.status))),
    );
  }
  const heads = ["Date", "Amount", "Status"].map((text) => {
    const head = element("th", "", text);
    head.scope = "col";
    return head;
  });
  return element("table", "bills", element("caption", "", "Billing history"), element("thead", "", element("tr", "", ...heads)), body);
};

const isBill = (bill) => Number.isFinite(bill?.amount) && typeof bill.date === "string" && typeof bill.status === "string";

const typed = (verified, type) => (verified.lp_sdes ?? []).find((one) => one.type === type) ?? {};

// An address goes on in the next line after its sign, where it has to.
const breakable = (address) => {
  const [name, ...rest] = String(address).split("@");
  return element("span", "", name, ...rest.flatMap((part) => ["@", element("wbr", ""), part]));
};

const counted = (surfaces) =>
  [...new Set(surfaces)].map((one) => `${one} ×${surfaces.filter((other) => other === one).length}`).join(", ");

const verifiedCard = (item) => {
  const { verified } = item;
  const info = typed(verified, "ctmrinfo").info ?? {};
  const history = verified.mapped?.["Billing history"];
  return element("section", "verified",
    element("h3", "secure", element("span", "sign"), "Verified by the brand"),
    facts([
      ["Name", nameOf(item)],
      ["Account number", info.customerId === undefined ? null : element("span", "number", String(info.customerId))],
      ["Package", info.ctype],
      ["Balance due", info.balance === undefined ? null : money(info.balance, info.currency)],
      ["E-mail", verified.email && breakable(verified.email)],
      ["Phone", verified.phone_number],
      ["Customer id", verified.sub],
      ["Engagements", counted(item.engagements)],
    ]),
    Array.isArray(history) && history.length && history.every(isBill) ? bills(history) : null);
};

const guestCard = () =>
  element("section", "guest",
    element("h3", "", "Nobody vouches for this consumer"),
    element("p", "", "Orders and payments are not offered to a guest. Ask them to sign in on the brand's page: " +
      "this conversation then goes on as theirs, with their account on this card."));

const action = (label, name, run) => {
  const button = element("button", "", label);
  button.type = "button";
  button.setAttribute("aria-label", name);
  button.onclick = run;
  return button;
};

const offer = (name, sum, note, chosen, best) =>
  element("li", "",
    element("span", "", name, " ", element("span", "sum", sum), best ? element("span", "chip best", "cheapest") : null),
    element("p", "", note), chosen);

const paymentCard = (item, account, bill) => {
  const pay = (way) => () =>
    confirm("Agree on this payment?", "Agree on payment", [
      ["Account number", account],
      ["Bill", `${bill.date}, ${cents(bill.amount, bill.currency)}`],
      ["Paid by", way.name],
      ["To pay", cents(way.total, bill.currency)],
    ], { conversation: item.id, bill: bill.date, way: way.id });
  const ways = bill.ways.map((way, index) =>
    offer(way.name, cents(way.total, bill.currency), way.note,
      action("Choose", `Pay ${bill.date} by ${way.name}`, pay(way)), index === 0));
  return element("section", "payment",
    element("h3", "", `Open bill of ${bill.date}, ${cents(bill.amount, bill.currency)}`),
    bill.agreed
      ? element("p", "", element("span", "chip bill-paid", "agreed"), " How it is paid is settled in this conversation.")
      : element("ul", "offers", ...ways));
};

const saleCard = (item, { account_number: account, plans }) => {
  const order = (plan) => () =>
    confirm("Place this order?", "Place order", [
      ["Account number", account],
      ["Package", plan.name],
      ["Price", `${cents(plan.price, plan.currency)} a month`],
    ], { conversation: item.id, plan: plan.id });
  const rows = plans.map((plan) =>
    offer(plan.name, `${cents(plan.price, plan.currency)} a month`, plan.summary,
      plan.ordered ? element("span", "chip bill-paid", "ordered") : action("Order", `Order ${plan.name}`, order(plan))));
  return element("section", "sale", element("h3", "", "Can be ordered"), element("ul", "offers", ...rows));
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
    element("p", "quiet", "Anybody could have put this there. Book nothing on it."),
    pairs.some(([, value]) => value) ? facts(pairs) : element("p", "quiet", "Nothing was supplied."));
};

const sections = (item) => {
  const { services } = item;
  return [
    item.verified ? verifiedCard(item) : guestCard(),
    ...(services?.bills ?? []).map((bill) => paymentCard(item, services.account_number, bill)),
    services?.plans.length ? saleCard(item, services) : null,
    unverifiedCard(item),
  ].filter(Boolean);
};

// Nothing that costs money is done by one click.
const confirm = (question, yes, pairs, frame) => {
  $("refused").hidden = true;
  $("confirm-title").textContent = question;
  $("confirm-yes").textContent = yes;
  $("confirm-facts").replaceChildren(facts(pairs));
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") socket.send(JSON.stringify(frame));
  };
  dialog.returnValue = "";
  dialog.showModal();
};

// The list. A conversation is unread while its consumer has said more than the agent has had on screen.
const read = new Map();
const rows = new Map();
const lastHeard = (item) => item.messages.findLast(({ sender }) => sender === "consumer");
const unread = (item) => (lastHeard(item)?.id ?? 0) > (read.get(item.id) ?? 0);

const row = (item) => {
  const button = element("button", "");
  button.type = "button";
  button.dataset.conversation = item.id;
  button.onclick = () => {
    open = item.id;
    render();
    show("talk");
  };
  return element("li", "", button);
};

const renderList = () => {
  $("none").hidden = items.length > 0;
  items.forEach((item, index) => {
    if (!rows.has(item.id)) rows.set(item.id, row(item));
    const line = rows.get(item.id);
    const button = line.firstChild;
    const waiting = unread(item);
    const said = lastHeard(item)?.text;
    const state = JSON.stringify([nameOf(item), Boolean(item.verified), waiting, said]);
    if (button.dataset.state !== state) {
      button.dataset.state = state;
      button.classList.toggle("unread", waiting);
      button.replaceChildren(
        element("b", "", nameOf(item)),
        element("span", `badge ${item.verified ? "secure" : ""}`, item.verified ? "secure" : "guest"),
        element("small", "", said ? `${item.surface}: ${said}` : item.surface),
        waiting ? element("span", "visually-hidden", "unread") : "");
    }
    button.setAttribute("aria-current", String(item.id === open));
    if (list.children[index] !== line) list.insertBefore(line, list.children[index] ?? null);
  });
};

// The conversation. Another one gets a log of its own, so that only what is new is read out.
const words = (item, said) =>
  element("p", `${said.sender} ${said.sender === "agent" ? "ours" : "theirs"}`,
    element("b", "", said.sender === "agent" ? "You" : nameOf(item)), " ", said.text);

const renderTalk = (item) => {
  const key = item ? `${item.id} ${nameOf(item)}` : "";
  if (log.dataset.key !== key) {
    const fresh = log.cloneNode(false);
    fresh.dataset.key = key;
    log.replaceWith(fresh);
    log = fresh;
    keepAtEnd(log);
  }
  const missing = (item?.messages ?? []).slice(log.childElementCount);
  log.append(...missing.map((said) => (said.receipt ? receiptCard(said.receipt) : words(item, said))));
  if (missing.length) log.scrollTop = log.scrollHeight;
  title.textContent = item ? nameOf(item) : "No conversation yet";
  composer.hidden = !item;
  document.querySelector(".to-card").hidden = !item;
};

const renderCard = (item) => {
  const { messages, ...shown } = item ?? {};
  const state = JSON.stringify(shown);
  if (card.dataset.state === state) return;
  const held = card.contains(document.activeElement);
  card.dataset.state = state;
  card.replaceChildren(...(item ? sections(item) : []));
  if (held) $("consumer-title").focus();
};

const onScreen = () => getComputedStyle(log.parentElement).display !== "none";

const render = () => {
  open ??= items[0]?.id ?? null;
  const item = items.find((one) => one.id === open);
  renderTalk(item);
  renderCard(item);
  if (item && onScreen()) read.set(item.id, lastHeard(item)?.id ?? 0);
  renderList();
  const waiting = items.filter(unread).length;
  document.title = waiting ? `(${waiting}) Agent workspace` : "Agent workspace";
};

const refused = ({ sentence }) => {
  $("refused").textContent = sentence;
  $("refused").hidden = false;
};

const socket = new WebSocket(`wss://${location.host}/ws`);
socket.addEventListener("message", ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.type === "refused") return refused(frame);
  ({ items } = frame);
  render();
});
composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = composer.elements.text.value.trim();
  if (text && open) socket.send(JSON.stringify({ conversation: open, text }));
  composer.reset();
});
