// What a person does on a page, in words of the page, for `harness record`. It only listens. What is typed into a
// field for a password stays in the page: neither the value nor its length leaves it.
const MOST_WORDS = 60;
const CONTROLS =
  "button, summary, a[href], area[href], input[type=button], input[type=submit], input[type=reset], " +
  "input[type=image], [role=button], [role=link], [role=menuitem], [role=tab]";
const FIELDS = "input, select, textarea";
const NAMED = `${FIELDS}, button, [aria-label], [aria-labelledby], [placeholder]`;
const SECRET_WORDS = /passw|passcode|kennwort|mot de passe|contrase|senha|secret|\bpin\b/i;
const NOT_TYPED = /^(button|submit|reset|image|checkbox|radio|file|hidden|range|color)$/;

const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
const same = (text) => tidy(text).toLowerCase();

const isVisible = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
};

// The text that a screen reader reads: pictures by their alternative, what is hidden not at all.
const read = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || /^(SCRIPT|STYLE|SELECT|TEXTAREA|TEMPLATE)$/.test(node.nodeName)) return "";
  if (node.getAttribute("aria-hidden") === "true" || node.hidden) return "";
  if (node.nodeName === "IMG") return node.alt;
  return [...node.childNodes].map(read).join(node.children.length ? " " : "");
};

const referred = (element) =>
  tidy(
    (element.getAttribute("aria-labelledby") || "")
      .split(/\s+/)
      .map((id) => (id ? element.getRootNode().getElementById?.(id)?.textContent : ""))
      .join(" "),
  );

const labels = (element) =>
  [referred(element), tidy(element.getAttribute("aria-label")), ...[...(element.labels || [])].map((one) => tidy(read(one)))].filter(
    Boolean,
  );

const controlName = (element) => {
  const own = /^(button|submit|reset)$/.test(element.type) && element.nodeName === "INPUT" ? element.value : element.alt;
  return tidy(labels(element)[0] || own || read(element) || element.title);
};

const all = (element, selector) => [...element.getRootNode().querySelectorAll(selector)];

// Whether a name leads to this field first, as the step fill looks for it.
const fieldIsFirst = (element, name) =>
  all(element, NAMED).find(
    (one) =>
      isVisible(one) &&
      (one.getAttribute("name") === name ||
        [...labels(one), one.getAttribute("placeholder")].some((text) => same(text).includes(same(name)))),
  ) === element;

const controlIsFirst = (element, name) =>
  all(element, CONTROLS).find((one) => isVisible(one) && controlName(one) === name) === element;

const selector = (element) => {
  const parts = [];
  for (let one = element; one?.nodeType === Node.ELEMENT_NODE && parts.length < 6; one = one.parentElement) {
    if (one.id) {
      parts.unshift(`#${CSS.escape(one.id)}`);
      break;
    }
    const alike = one.parentElement ? [...one.parentElement.children].filter((other) => other.nodeName === one.nodeName) : [];
    const place = alike.length > 1 ? `:nth-of-type(${alike.indexOf(one) + 1})` : "";
    parts.unshift(one.localName + place);
  }
  return `css=${parts.join(" > ")}`;
};

const short = (name) => name.length > 0 && name.length <= MOST_WORDS;

const fieldWords = (element) =>
  [...labels(element), tidy(element.getAttribute("placeholder")), tidy(element.getAttribute("name"))].find(
    (name) => short(name) && fieldIsFirst(element, name),
  ) || selector(element);

const controlWords = (element) => {
  const name = controlName(element);
  return short(name) && controlIsFirst(element, name) ? name : selector(element);
};

// Fields that were for a password once stay secret: a button may show what is typed.
const passwords = new WeakSet();
const typedSecrets = new Set();
const notePasswords = () => {
  for (const one of document.querySelectorAll("input[type=password]")) passwords.add(one);
};

const isSecret = (element) => {
  if (element.type === "password") passwords.add(element);
  if (/password/.test(element.autocomplete)) passwords.add(element);
  if (passwords.has(element)) return true;
  return [...labels(element), element.id, element.name, element.placeholder].some((text) => SECRET_WORDS.test(text || ""));
};

const numbers = new WeakMap();
let lastNumber = 0;
const numbered = (element) => {
  if (!numbers.has(element)) numbers.set(element, ++lastNumber);
  return numbers.get(element);
};

const place = () => ({
  __proto__: null,
  top: window === window.top,
  frame: window.name,
  url: location.origin + location.pathname,
});

const show = (type, element, target, more) =>
  record(type, () => ({ ...place(), element: numbered(element), target, ...more, __proto__: null }));

let dirty = null;
const settled = () => {
  const element = dirty;
  dirty = null;
  if (!element) return;
  const target = fieldWords(element);
  if (element.autocomplete === "one-time-code") return show("totp", element, target, {});
  const secret = isSecret(element);
  if (secret && element.value) typedSecrets.add(element.value);
  if (secret || typedSecrets.has(element.value)) return show("secret", element, target, {});
  return show("fill", element, target, { value: element.value });
};

const origin = (event) => event.composedPath()[0];
const isTyped = (element) =>
  element?.nodeName === "TEXTAREA" || (element?.nodeName === "INPUT" && !NOT_TYPED.test(element.type));

hear(window, "input", (event) => {
  const element = origin(event);
  if (!isTyped(element)) return;
  if (dirty && dirty !== element) settled();
  dirty = element;
});

hear(window, "change", (event) => {
  const element = origin(event);
  settled();
  if (element?.nodeName === "SELECT") {
    const value = tidy(element.selectedOptions[0]?.label);
    show("select", element, fieldWords(element), { value });
  } else if (element?.nodeName === "INPUT" && /^(checkbox|radio)$/.test(element.type))
    show("check", element, fieldWords(element), { checked: element.checked });
});

for (const type of ["focusout", "submit"]) hear(window, type, settled);
hear(window, "pointerdown", () => {
  notePasswords();
  settled();
});
hear(window, "focusin", notePasswords);
hear(window, "pagehide", () => {
  settled();
  flush();
});

hear(window, "keydown", (event) => {
  const element = origin(event);
  if (event.key !== "Enter" || !event.isTrusted || element?.nodeName !== "INPUT" || !isTyped(element)) return;
  settled();
  show("press", element, "Enter", {});
});

const isClickable = (element) => getComputedStyle(element).cursor === "pointer";

hear(window, "click", (event) => {
  if (!event.isTrusted) return;
  settled();
  const path = event.composedPath().filter((one) => one.nodeType === Node.ELEMENT_NODE);
  const control = path.find((one) => one.matches(CONTROLS));
  // Enter in a field presses the form's button, which need not be seen.
  const byKey = event.detail === 0;
  if (control) {
    if (!byKey || isVisible(control)) show("click", control, controlWords(control), { by_key: byKey });
    return;
  }
  const [element] = path;
  if (!element || path.some((one) => one.matches(`${FIELDS}, label`)) || !isClickable(element)) return;
  const name = tidy(read(element));
  const misleading = all(element, CONTROLS).some((one) => same(controlName(one)).includes(same(name)));
  show("click", element, short(name) && !misleading ? name : selector(element), { by_key: false });
});
