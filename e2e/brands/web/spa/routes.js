// A router of twenty lines: links that are ours change the address, and the view follows it.
let show = () => {};

export const navigate = (path) => {
  if (path !== location.pathname) history.pushState(null, "", path);
  show(location.pathname);
};

export const onRoute = (listener) => {
  show = listener;
  window.addEventListener("popstate", () => show(location.pathname));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-route]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    navigate(link.getAttribute("href"));
  });
  show(location.pathname);
};
