// What can be measured of how a page looks: a list of sentences, empty where all is well.
({ touch }) => {
  const wrong = [];
  const width = document.documentElement.clientWidth;
  const told = (element) =>
    `<${element.localName}${element.className ? ` class="${element.className}"` : ""}> ${element.textContent.trim().slice(0, 40)}`;
  const style = (element) => getComputedStyle(element);
  const unseen = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return true;
    const { width: wide, height: high, right, bottom } = element.getBoundingClientRect();
    return wide < 2 || high < 2 || right < 0 || bottom + scrollY < 0;
  };
  if (document.scrollingElement.scrollWidth > width) {
    wrong.push(`the page is ${document.scrollingElement.scrollWidth} px wide in ${width} px`);
  }
  const seen = [...document.body.querySelectorAll("*")].filter((element) => !unseen(element));
  for (const element of seen) {
    const { left, right } = element.getBoundingClientRect();
    if (left < -0.5 || right > width + 0.5) wrong.push(`reaches out of the page: ${told(element)}`);
    const { overflowX, overflowY, textOverflow } = style(element);
    const clips = (overflow) => overflow === "hidden" || overflow === "clip";
    if (clips(overflowX) && textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1) {
      wrong.push(`is cut off at its side: ${told(element)}`);
    }
    if (clips(overflowY) && element.scrollHeight > element.clientHeight + 2) wrong.push(`is cut off below: ${told(element)}`);
  }
  // A label, a link within a sentence and a hidden file's field are reached by what is around them.
  const controls = "button, .button, input:not([type=hidden]), select, summary, nav a, header a";
  for (const control of touch ? seen.filter((element) => element.matches(controls)) : []) {
    const { width: wide, height: high } = control.getBoundingClientRect();
    if (wide < 43.5 || high < 43.5) wrong.push(`is ${Math.round(wide)} × ${Math.round(high)} px, too small for a thumb: ${told(control)}`);
  }
  return wrong;
}
