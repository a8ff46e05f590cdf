// A page that has something of its own to do before the chat may open: it holds the click back, and clicks on
// the launcher itself when it is done. By then no browser takes that for the consumer's click.
"use strict";
{
  const BUSY_MS = 6_500;
  const hold = (event) => {
    if (!event.isTrusted || event.target.textContent !== "Chat with us") return;
    event.stopImmediatePropagation();
    setTimeout(() => {
      event.target.click();
      console.info("chat launched");
    }, BUSY_MS);
  };
  document.addEventListener("click", hold, true);
}
