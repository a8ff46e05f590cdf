// What the consumer's window and the agent's workspace share.

// What was done in a conversation, as both sides see it: a card with a heading and its facts.
const receiptCard = ({ kind, title, facts }) => {
  const made = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };
  const list = made("dl", "facts");
  for (const [term, value] of facts) list.append(made("dt", "", term), made("dd", "", value));
  const card = made("article", `receipt ${kind}`, made("h2", "", title), list);
  card.setAttribute("aria-label", title);
  return card;
};

// Whoever reads the newest message goes on reading it when the window changes its height, as for a keyboard.
const keepAtEnd = (log) => {
  let atEnd = true;
  log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40; });
  new ResizeObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; }).observe(log);
};
