// What windows tell each other. A message that is sent is not seen here: the sender's function belongs to the
// receiver's realm, and wrapping it would change event.source. It is seen where it arrives; the platform's own
// scripts leave a mark when they send.
const dataOf = getter(MessageEvent.prototype, "data");
const originOf = getter(MessageEvent.prototype, "origin");
const sourceOf = getter(MessageEvent.prototype, "source");
const [TOP, PARENT, OPENER] = [window.top, window.parent, window.opener];
const popups = new WeakSet();

const relation = (source) => {
  if (source === null) return "none";
  if (source === window) return "self";
  if (source === PARENT) return "parent";
  if (source === OPENER) return "opener";
  if (source === TOP) return "top";
  if (has(popups, source)) return "popup";
  for (let index = 0; index < 50 && window[index] !== undefined; index++) if (window[index] === source) return "frame";
  return "other";
};

const memberNames = (value) => {
  const names = list();
  if (typeof value !== "object" || value === null) return names;
  const keys = ownKeys(value);
  for (let index = 0; index < keys.length && names.length < 20; index++)
    if (typeof keys[index] === "string") append(names, name(keys[index], 40));
  return names;
};

const kindOf = (value) => {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  const member = (one) => getOwnPropertyDescriptor(value, one)?.value;
  return name(member("type")) ?? name(member("event")) ?? name(member("action")) ?? "object";
};

const described = (data) => ({
  __proto__: null,
  type: kindOf(data),
  members: memberNames(data),
  characters: typeof data === "string" ? data.length : null,
  fingerprints: fingerprints(data),
});

const messageFacts = (event) => ({
  __proto__: null,
  origin: name(originOf(event), 300),
  sender: relation(sourceOf(event)),
  trusted: event.isTrusted,
  ...described(dataOf(event)),
});

hear(window, "message", (event) => {
  look();
  record("message.received", () => messageFacts(event));
});

watched(Performance.prototype, "mark", (native) => ({
  apply: (target, self, args) => {
    if (args[0] === "parley.sent") {
      const detail = args[1]?.detail;
      record("message.sent", () => ({ __proto__: null, to: name(detail?.to, 300), type: name(detail?.type) }));
    }
    return apply(native, self, args);
  },
}));

// Channels between documents of one origin.
if (window.BroadcastChannel) {
  const Native = window.BroadcastChannel;
  const channelName = getter(Native.prototype, "name");
  watched(Native.prototype, "postMessage", (native) => ({
    apply: (target, self, args) => {
      record("channel.sent", () => ({ __proto__: null, channel: name(channelName(self)), ...described(args[0]) }));
      return apply(native, self, args);
    },
  }));
  watched(window, "BroadcastChannel", () => ({
    construct: (target, args, newTarget) => {
      const channel = construct(target, args, newTarget);
      hear(channel, "message", (event) =>
        record("channel.received", () => ({ __proto__: null, channel: name(channelName(channel)), ...described(dataOf(event)) })));
      return channel;
    },
  }));
  defineProperty(Native.prototype, "constructor", { value: window.BroadcastChannel, writable: true, configurable: true });
}
