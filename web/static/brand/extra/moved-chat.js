// Takes the chat's frame to another page while the page method is at work, as a router does that reuses frames.
// The method answers once the frame is there: what is shown is the other page, not who was faster.
"use strict";
{
  let moved = Promise.resolve();
  addEventListener("message", ({ data }) => {
    if (data?.type !== "call") return;
    const frame = document.querySelector("iframe[title=Chat]");
    moved = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    frame.src = "about:blank";
  });
  const ask = window.lpGetAuthenticationToken;
  window.lpGetAuthenticationToken = (...given) => moved.then(() => ask(...given));
}
