// A page method inside the function that was meant to keep the page tidy.
"use strict";
(() => {
  const auth = { lpGetAuthenticationToken: (callback) => callback(document.body.dataset.token) };
  document.addEventListener("DOMContentLoaded", () => auth.lpGetAuthenticationToken);
})();
