// The messages between the page's SDK and the platform's window. Both sides include this file.
//
// Every message is {ns, type, ...}. A receiver checks, in this order: event.source is the window it
// talks to, the shape is one of these, event.origin is the origin it expects. A sender always names
// the exact target origin.
//
//   window → page   hello     {}                                the window has begun to load
//   window → page   call      {call_id, code_challenge}        ask the page for a credential
//   page → window   answer    {call_id, answer, identity, page} what the page method answered
//   page → window   handover  {call, answer}                    a mobile app hands its credential over
//   window → page   ready     {}                                the window can take a handover
//   window → page   expired   {session}                         the window asks an app for a fresh credential
//   window → page   status    {outcome}                         how the sign-in ended: status only
const NS = "parley/1";
const TYPES = Object.freeze({
  HELLO: "hello",
  CALL: "call",
  ANSWER: "answer",
  HANDOVER: "handover",
  READY: "ready",
  EXPIRED: "expired",
  STATUS: "status",
});

// What both sides hold to, in the places where a weaker platform would do worse. The self-test puts weaker
// habits in, to show that it is seen what they let happen.
const HABITS = {
  isFrom: (event, other) => event.source === other,
  isOf: (event, origin) => event.origin === origin,
  // Where the answer to an event goes.
  target: (origin, event) => origin,
  write: (element, text) => { element.textContent = text; },
};

// A page may dispatch what it likes as a message: one that cannot be read is none.
const isMessage = (data, type) => {
  try {
    return typeof data === "object" && data !== null && data.ns === NS && data.type === type;
  } catch {
    return false;
  }
};

const isOurs = (event, type, other, origin) =>
  HABITS.isFrom(event, other) && isMessage(event.data, type) && HABITS.isOf(event, origin);

const message = (type, fields) => ({ ns: NS, type, ...fields });

// Posts a message and leaves a mark in the page's own performance timeline: to whom, and which type. A
// developer sees it there, and so does a recorder, for which a message to another origin has no other trace
// at its sender.
const send = (target, to, type, fields) => {
  performance.mark("parley.sent", { detail: { to, type } });
  target.postMessage(message(type, fields), to);
};
