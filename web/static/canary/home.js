// Collects what holds: a popup without a click, and what the framed site could see.
"use strict";
const frameOrigin = document.currentScript.dataset.frame;
const popup = window.open("about:blank", "_blank");
const blocked = popup === null;
if (popup) popup.close();
window.conditions = new Promise((resolve) => {
  window.addEventListener("message", (event) => {
    if (event.origin === frameOrigin) resolve({ popup_blocker: blocked, ...event.data });
  });
});
