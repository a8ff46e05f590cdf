// Keeps what the consumer is writing where the browser lets it, else in memory.
if (window.name === "parley-window" || window.parent === window) {
  let drafts;
  try {
    drafts = window.localStorage;
  } catch {
    const memory = new Map();
    drafts = { getItem: (key) => memory.get(key) ?? null, setItem: (key, value) => memory.set(key, value) };
  }
  const field = document.querySelector("form input[name=text]");
  if (field) {
    field.value = drafts.getItem("parley.draft") ?? "";
    field.addEventListener("input", () => drafts.setItem("parley.draft", field.value));
  }
}
