"use strict";
// Takes each new picture of the running case; what a reader has opened stays open.
for (const view of document.querySelectorAll("[data-events]")) {
  const status = document.querySelector("#flow-status");
  let told = "";
  const show = (html) => {
    const opened = new Set([...view.querySelectorAll("li[id] > details[open]")].map((one) => one.parentElement.id));
    const focused = document.activeElement?.closest?.("li[id]")?.id;
    const atEnd = view.getBoundingClientRect().bottom <= window.innerHeight + 80;
    const fresh = document.createElement("template");
    fresh.innerHTML = html; // our own template's, in which everything foreign is escaped
    for (const id of opened) fresh.content.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    view.replaceChildren(fresh.content);
    if (focused) document.getElementById(focused)?.querySelector("summary")?.focus({ preventScroll: true });
    if (atEnd && view.dataset.follow !== "no") view.lastElementChild?.scrollIntoView({ block: "end" });
    const state = view.querySelector(".state")?.textContent ?? "";
    if (status && state !== told) status.textContent = told = state;
  };
  const source = new EventSource(view.dataset.events);
  source.addEventListener("picture", ({ data }) => show(data));
  window.addEventListener("pagehide", () => source.close());
}
