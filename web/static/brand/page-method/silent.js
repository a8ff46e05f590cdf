// A page method as it is found in the field: it calls back only when a code happens to be in the URL.
"use strict";
window.lpGetAuthenticationToken = (callback) => {
  const code = new URLSearchParams(location.search).get("code");
  if (code) callback(code);
};
