// A page that keeps an eye on the popup and believes what its handle says. Where a policy has severed the two,
// the handle says "closed" of a window that is open.
"use strict";
{
  const open = window.open;
  window.open = (...args) => {
    const popup = open.apply(window, args);
    const watch = setInterval(() => {
      if (!popup?.closed) return;
      clearInterval(watch);
      document.documentElement.dataset.popup = "closed";
    }, 50);
    return popup;
  };
}
