(css, mode) => {
  // Puts the mask over a document ("on"), takes it off ("off"), or looks whether it is there ("holds"). A
  // constructed sheet is no matter of a page's content security policy, which would keep a style element out
  // and report it.
  const roots = [document];
  for (let next = 0; next < roots.length; next += 1) {
    for (const element of roots[next].querySelectorAll("*")) {
      if (element.shadowRoot) roots.push(element.shadowRoot);
    }
  }
  const ours = (sheet) => sheet.cssRules[0]?.selectorText?.includes("harness-mask") ?? false;
  const masked = (root) => Array.from(root.adoptedStyleSheets).some(ours);
  const without = (root) => Array.from(root.adoptedStyleSheets).filter((sheet) => !ours(sheet));
  if (mode === "off") {
    for (const root of roots.filter(masked)) root.adoptedStyleSheets = without(root);
    return true;
  }
  if (mode === "on") {
    for (const root of roots) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [...without(root), sheet];
    }
  }
  const style = getComputedStyle(document.documentElement);
  return style.webkitTextSecurity === "disc" && roots.every(masked);
}
