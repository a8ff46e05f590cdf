// Collects what holds: popups without a click, and what the framed site could see.
"use strict";
const frameOrigin = document.currentScript.dataset.frame;
// A driver's own command may leave one gesture behind, and the first popup uses it up: only a popup blocker
// refuses any of three.
const popups = [1, 2, 3].map(() => window.open("about:blank", "_blank"));
const blocker = popups.includes(null);
popups.forEach((popup) => popup?.close());
window.addEventListener("message", ({ origin, data }) => {
  if (origin !== frameOrigin) return;
  document.documentElement.dataset.seen = JSON.stringify({ popup_blocker: blocker, ...data });
});
