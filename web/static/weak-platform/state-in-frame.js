// A frame of the platform's in the brand's page keeps which sign-in is under way, and the popup looks for it:
// in its own store, which is another one where the browser keeps third parties' storage apart.
if (window.parent !== window) {
  localStorage.setItem("parley.sign-in", "under way");
} else if (document.currentScript?.src) {
  const keeper = document.createElement("iframe");
  keeper.hidden = true;
  keeper.title = "Kept by the chat";
  keeper.src = new URL("/window", document.currentScript.src).href;
  addEventListener("DOMContentLoaded", () => document.body.append(keeper));
} else if (localStorage.getItem("parley.sign-in") !== null) {
  const ask = window.fetch.bind(window);
  window.fetch = (url, options) => ask(url, { ...options, headers: { ...options.headers, "X-Sign-In": "under way" } });
}
