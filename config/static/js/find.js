// « / » goes to the search of every staff page, except where somebody is typing.
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var box = document.getElementById("trouver");
    if (!box || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
