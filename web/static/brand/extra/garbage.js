// A neighbour that talks to every window it finds, in every form but the right one.
"use strict";
{
  const circle = { type: "circle" };
  circle.self = circle;
  const trap = { get ns() { throw new Error("trap"); }, get type() { throw new Error("trap"); } };
  const sent = [
    null, 7, "", "x".repeat(10 * 1024 * 1024), [], circle, new Map([["type", "call"]]), new Error("no message"),
    { ns: "parley/1", type: "unheard-of" }, { ns: "parley/2", type: "call" }, { ns: "parley/1", type: ["call"] },
  ];
  const talk = (target) => sent.forEach((one) => target.postMessage(one, "*"));
  const trapped = (source) => {
    try {
      return new MessageEvent("message", { data: trap, source });
    } catch {
      return new MessageEvent("message", { data: trap }); // Firefox takes no window of another site here.
    }
  };
  addEventListener("message", (event) => {
    if (!event.isTrusted || event.data?.type !== "hello") return;
    talk(window);
    talk(event.source);
    dispatchEvent(trapped(event.source));
  });
}
