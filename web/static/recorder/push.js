// Pushes: where the page hands credentials over by itself, every one goes through one function of the SDK's, and
// an event asks for the next.
const lookForPushes = () => {
  if (CONFIG.pushed === null) return;
  const seen = follow(CONFIG.pushed);
  const take = seen.place?.found.value;
  if (seen.status === "function" && !has(wrapped, take)) replace(seen.place, seen.segment, take, pushed);
};

const pushed = (take, self, args) => {
  record("page_method.pushed", () => pushing(args));
  return apply(take, self, args);
};

const pushing = (args) => {
  const token = args[0];
  const secret = typeof token === "string" ? token : memberOf(token, CREDENTIAL);
  if (typeof secret === "string") remember(secret);
  return { __proto__: null, arguments: args.length, token: describe(token) };
};

if (CONFIG.expiry_event !== "")
  hear(window, CONFIG.expiry_event, () =>
    record("page_method.expired", () => ({ __proto__: null, event: name(CONFIG.expiry_event) })));
