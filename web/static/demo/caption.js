// Puts one caption over a page, or takes it away. Evaluated in a world of its own where the engine has one.
// The page stays what it was: a closed shadow root, its style sheet made by script, so that no content security
// policy is asked; nothing that a pointer or a screen reader meets.
(caption) => {
  for (const old of document.querySelectorAll("harness-caption")) old.remove();
  if (caption === null || document.documentElement === null) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; }
    div {
      position: fixed; z-index: 2147483647; left: 24px; bottom: 24px; box-sizing: border-box;
      max-width: max(300px, min(580px, calc(100vw - 470px)));
      padding: 14px 18px 16px; border-radius: 12px; border-left: 6px solid #5eead4;
      background: rgb(12 20 19 / 0.94); color: #fff; pointer-events: none;
      font: 400 17px/1.45 "Liberation Sans", Arial, sans-serif;
      box-shadow: 0 2px 6px rgb(0 0 0 / 0.25), 0 12px 32px rgb(0 0 0 / 0.3);
    }
    div[data-raised] { bottom: 92px; }
    div[data-tone=good] { border-left-color: #7fdca0; }
    div[data-tone=bad] { border-left-color: #ff8a80; }
    p { margin: 0; text-wrap: pretty; }
    p:first-child { margin-bottom: 4px; color: #b9c9c5; font-size: 13px; font-weight: 700; letter-spacing: 0.02em; }
    @media (max-width: 640px) {
      div { left: 10px; right: 10px; max-width: none; font-size: 15px; padding: 10px 14px 12px; }
    }
    @media print { div { display: none; } }
  `);
  const host = document.createElement("harness-caption");
  host.setAttribute("aria-hidden", "true");
  const root = host.attachShadow({ mode: "closed" });
  root.adoptedStyleSheets = [sheet];
  const card = document.createElement("div");
  card.dataset.tone = caption.tone;
  // Where people write at the foot of a page, nothing may stand over what they write.
  const under = [0.05, 0.2, 0.35].map((part) => document.elementFromPoint(innerWidth * part, innerHeight - 50));
  if (under.some((one) => one?.closest("form"))) card.dataset.raised = "";
  for (const text of [caption.who, caption.sentence]) {
    const line = document.createElement("p");
    line.textContent = text;
    card.append(line);
  }
  root.append(card);
  document.documentElement.append(host);
}
