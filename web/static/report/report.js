// Conveniences only: without this script everything can still be read.
(() => {
  "use strict";
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  // A link into a closed part opens it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // On paper everything is open, and as it was afterwards.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });

  for (const tools of all(".tools, .filter, [data-copy]")) tools.hidden = false;
  for (const button of all("[data-all]")) {
    button.addEventListener("click", () => {
      for (const part of all("details.case")) part.open = button.dataset.all === "open";
    });
  }

  const copied = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(code);
      return false;
    }
  };
  for (const button of all("[data-copy]")) {
    button.addEventListener("click", async () => {
      button.textContent = (await copied(button.previousElementSibling)) ? "Copied" : "Press Ctrl+C";
    });
  }

  for (const field of all("[data-filter]")) {
    const part = field.closest("details"), rows = all("tbody tr", part), status = part.querySelector("[role=status]");
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      const left = rows.filter((row) => !row.hidden).length;
      status.textContent = wanted ? `${left} of ${rows.length}` : "";
    });
  }
})();
