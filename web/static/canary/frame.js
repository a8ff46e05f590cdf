// Runs as a third party: is the cookie sent back, is first-party storage visible?
"use strict";
const top_ = document.currentScript.dataset.top;
function storage() {
  try {
    return localStorage.getItem("canary") === "seen" ? "shared" : "partitioned";
  } catch {
    return "denied";
  }
}
fetch("/cookie")
  .then((response) => response.json())
  .then(({ cookie }) => window.parent.postMessage({ cookie, storage: storage() }, top_));
