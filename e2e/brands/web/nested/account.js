// Runs before the tag is there: what it says waits in the queues that the tag adopts.
(function () {
  var main = document.querySelector("main");
  window.lpTag = window.lpTag || {};
  lpTag.section = ["banking"];
  lpTag.identities = lpTag.identities || [];
  lpTag.identities.push(function (callback) {
    callback(main.dataset.sub ? { iss: main.dataset.iss, acr: "loa1", sub: main.dataset.sub } : null);
  });
})();
