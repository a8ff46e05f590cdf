"use strict";
// What the SDK does at the least: one question, a button, a window, and the time that it took.
const PLATFORM = "https://$platform";
const timings = {};
const surface = new URLSearchParams(location.search).get("surface");
const button = document.createElement("button");

const ended = (clicked) => {
  timings.flow_in_page = performance.now() - clicked;
  button.dataset.outcome = "authenticated";
};

const embedded = (clicked) => {
  const frame = document.createElement("iframe");
  frame.src = `${PLATFORM}/window`;
  frame.title = "Chat";
  frame.style.cssText = "position:fixed;right:16px;bottom:16px;width:400px;height:640px;border:0";
  window.addEventListener("message", async ({ data, source, origin }) => {
    if (source !== frame.contentWindow || origin !== PLATFORM) return;
    if (data === "call") {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("/chat/credential", { method: "POST", headers, body: "{}" });
      source.postMessage(await answer.json(), PLATFORM);
    }
    if (data === "ended") ended(clicked);
  });
  document.body.append(frame);
};

const popup = (clicked) => {
  const name = crypto.randomUUID();
  window.open(`${PLATFORM}/popup?popup=${name}`, "_blank", "popup,width=420,height=680");
  const status = new EventSource(`${PLATFORM}/sdk/popup-status?popup=${name}`);
  status.addEventListener("status", ({ data }) => {
    if (data !== "finished") return;
    status.close();
    ended(clicked);
  });
};

const start = async () => {
  await (await fetch(`${PLATFORM}/sdk/engagement`)).json();
  button.type = "button";
  button.textContent = "Chat with us";
  button.style.cssText = "position:fixed;right:24px;bottom:24px;padding:12px 20px";
  button.onclick = () => (surface === "popup" ? popup : embedded)(performance.now());
  document.body.append(button);
};

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
