// No third party before the consumer has agreed.
(function () {
  var dialog = document.getElementById("consent");

  function loadTag() {
    {% filter indent(4) %}{% include "shared/tag.js" %}{% endfilter %}
  }

  function decided(answer) {
    if (answer === "all") { loadTag(); }
  }

  var before = localStorage.getItem("consent");
  if (before) { return decided(before); }
  dialog.addEventListener("cancel", function (event) { event.preventDefault(); });
  dialog.addEventListener("click", function (event) {
    var answer = event.target.dataset.consent;
    if (!answer) { return; }
    localStorage.setItem("consent", answer);
    dialog.close();
    decided(answer);
  });
  dialog.showModal();
})();
