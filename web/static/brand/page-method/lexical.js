// A page method as a bundler's development build leaves it: a const of the script, and no member of window.
"use strict";
const lpGetAuthenticationToken = async (callback) => {
  const response = await fetch("/chat/credential", { method: "POST" });
  callback((await response.json()).credential);
};
