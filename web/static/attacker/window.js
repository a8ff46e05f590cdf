// A window that looks like the platform's: it asks the page for a credential, and says that all went well
// when it has one.
"use strict";
const NS = "parley/1";
window.addEventListener("message", (event) => {
  if (event.data?.type === "answer") event.source.postMessage({ ns: NS, type: "status", outcome: "authenticated" }, event.origin);
});
window.parent.postMessage({ ns: NS, type: "hello" }, "*");
window.parent.postMessage({ ns: NS, type: "call", call_id: "wanted", code_challenge: "A".repeat(43) }, "*");
