// A service worker as tutorials have it: every page that is visited is kept, for when the network is gone.
"use strict";
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  const answer = async () => {
    const response = await fetch(event.request);
    const pages = await caches.open("pages");
    await pages.put(event.request, response.clone());
    return response;
  };
  event.respondWith(answer());
});
