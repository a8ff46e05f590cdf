// Installs the shop's service worker, and says when it answers for this page.
"use strict";
{
  const { serviceWorker } = navigator;
  const answers = () => { document.documentElement.dataset.worker = "answers"; };
  if (serviceWorker.controller) answers();
  else serviceWorker.addEventListener("controllerchange", answers);
  serviceWorker.register("/worker.js");
}
