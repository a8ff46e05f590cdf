// Takes the chat's frame to another page while the page method is at work, as a router does that reuses frames.
"use strict";
addEventListener("message", ({ data }) => {
  if (data?.type === "call") document.querySelector("iframe[title=Chat]").src = "about:blank";
});
