"use strict";
// What the window does at the least: ask for a credential, hand it on, and say who is signed in.
const BRAND = "https://$brand";
const framed = window.parent !== window;
const state = new URLSearchParams(location.search).get("state");
if (!framed) history.replaceState(null, "", location.pathname);

const post = async (path) => {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(path, { method: "POST", headers, body: "{}" })).json();
};

const answered = () =>
  new Promise((resolve) => {
    window.addEventListener("message", ({ source, origin, data }) => {
      if (source === window.parent && origin === BRAND) resolve(data);
    });
  });

const begin = async () => {
  if (framed) {
    await post("/api/call");
    const answer = answered();
    window.parent.postMessage("call", BRAND);
    await answer;
    await post("/api/answer");
  } else {
    await post(`/api/popup?popup=${state}`);
  }
  document.querySelector("main").dataset.state = "authenticated";
  const line = document.querySelector("[role=status]");
  line.dataset.secure = "true";
  line.textContent = "Signed in as Alice Abel";
  const socket = new WebSocket(`wss://${location.host}/ws`);
  socket.addEventListener("open", () => socket.send("{}"));
  if (framed) window.parent.postMessage("ended", BRAND);
};

begin();
