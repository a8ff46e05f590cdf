// Runs as a third party: which cookies are sent back, whose storage is it?
"use strict";
const top_ = document.currentScript.dataset.top;
function storage() {
  try {
    return localStorage.getItem("canary") === "seeded" ? "shared" : "partitioned";
  } catch {
    return "denied";
  }
}
fetch("/cookies")
  .then((response) => response.json())
  .then((cookies) => window.parent.postMessage({ cookies, storage: storage() }, top_));
