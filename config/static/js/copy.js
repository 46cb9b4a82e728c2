// Copies a number with one press: agents carry it over into the State's closed system. Without a clipboard the
// buttons stay hidden and the number can be selected as text.
(function () {
  "use strict";
  if (!navigator.clipboard) return;
  document.querySelectorAll("button[data-copy]").forEach(function (button) {
    button.hidden = false;
    var before = button.innerHTML;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.textContent = button.dataset.copied;
        button.setAttribute("aria-live", "polite");
        setTimeout(function () {
          button.innerHTML = before;
        }, 2000);
      });
    });
  });
})();
