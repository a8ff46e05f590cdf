// Popups, dialogs and frames.
let input = null;
for (const type of ["pointerdown", "mousedown", "pointerup", "touchend", "keydown"])
  hear(window, type, (event) => { if (event.isTrusted) input = now(); });

const activation = navigator.userActivation;
const isActive = activation ? getter(Object.getPrototypeOf(activation), "isActive") : () => null;
const lower = uncurried(String.prototype.toLowerCase);

const opening = (args) => ({
  __proto__: null,
  url: args.length ? address(args[0]) : "",
  name: name(args[1]),
  noopener: typeof args[2] === "string" && exec(/noopener|noreferrer/, lower(args[2])) !== null,
  since_input_ms: input === null ? null : now() - input,
});

watched(window, "open", (native) => ({
  apply: (target, self, args) => {
    // Before the call: opening a window uses the activation up.
    const active = activation ? isActive(activation) : null;
    let opened;
    try {
      opened = apply(native, self, args);
    } catch (error) {
      record("window.opened", () => ({ ...opening(args), active, result: "threw", error: errorName(error), __proto__: null }));
      throw error;
    }
    if (opened) add(popups, opened);
    record("window.opened", () => ({ ...opening(args), active, result: opened ? "window" : "null", error: null, __proto__: null }));
    return opened;
  },
}));

for (const kind of ["alert", "confirm", "prompt"])
  watched(window, kind, (native) => ({
    apply: (target, self, args) => {
      record("dialog.opened", () => ({ __proto__: null, kind }));
      flush();
      return apply(native, self, args);
    },
  }));

const Watcher = MutationObserver;
const attribute = uncurried(Element.prototype.getAttribute);
const byTag = uncurried(Element.prototype.getElementsByTagName);
const addedOf = getter(MutationRecord.prototype, "addedNodes");
const removedOf = getter(MutationRecord.prototype, "removedNodes");
const nodeName = getter(Node.prototype, "nodeName");
const nodeType = getter(Node.prototype, "nodeType");

const present = new WeakSet();
const drop = uncurried(WeakSet.prototype.delete);

// One insertion brings several records while a document is parsed: every ancestor is one.
const tellFrame = (type, frame) => {
  const added = type === "iframe.added";
  if (added === has(present, frame)) return;
  (added ? add : drop)(present, frame);
  record(type, () => frameFacts(frame));
};

const frameFacts = (frame) => ({
  __proto__: null,
  url: masked(attribute(frame, "src") ?? (attribute(frame, "srcdoc") === null ? "" : "about:srcdoc")),
  name: name(attribute(frame, "name")),
  sandbox: name(attribute(frame, "sandbox"), 400),
  allow: name(attribute(frame, "allow"), 400),
  loading: name(attribute(frame, "loading")),
  hidden: attribute(frame, "hidden") !== null || exec(/display\s*:\s*none/, attribute(frame, "style") ?? "") !== null,
});

const tellFrames = (type, nodes) => {
  for (let index = 0; index < nodes.length; index++) {
    if (nodeType(nodes[index]) !== 1) continue;
    if (nodeName(nodes[index]) === "IFRAME") tellFrame(type, nodes[index]);
    else {
      const inside = byTag(nodes[index], "iframe");
      for (let inner = 0; inner < inside.length; inner++) tellFrame(type, inside[inner]);
    }
  }
};

new Watcher((changes) => {
  try {
    for (let index = 0; index < changes.length; index++) {
      tellFrames("iframe.added", addedOf(changes[index]));
      tellFrames("iframe.removed", removedOf(changes[index]));
    }
  } catch {
    record("recorder.failed", () => ({ __proto__: null, during: "mutation" }));
  }
}).observe(document, { childList: true, subtree: true });
