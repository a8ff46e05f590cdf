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
