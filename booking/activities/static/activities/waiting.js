// Says politely where one stands while one waits for an opening. Nothing is reloaded and nothing moves: without this
// script the button does the same, and a mail calls whoever has closed the page.
(function () {
  "use strict";
  var rank = document.querySelector("[data-poll]");
  if (!rank) return;
  var every = Number(rank.dataset.every) * 1000;
  function say(told) {
    // What has not changed is not read out again.
    if (told.sentence && rank.textContent !== told.sentence) rank.textContent = told.sentence;
    if (told.ticket) rank.dataset.ticket = told.ticket;
    Object.keys(told.left || {}).forEach(function (group) {
      var shown = document.querySelector('[data-left="' + group + '"]');
      if (shown && told.left[group]) shown.textContent = told.left[group];
    });
    if (told.in) document.getElementById("choisir").hidden = false;
    return !told.over;
  }
  function ask() {
    fetch(rank.dataset.poll + "?ticket=" + encodeURIComponent(rank.dataset.ticket))
      .then(function (answer) { return answer.json(); })
      .then(say, function () { return true; })
      .then(function (again) { if (again) later(); });
  }
  function later() {
    // Not all at the same instant: those who opened the page together would ask together for ever.
    setTimeout(ask, every * (0.9 + Math.random() * 0.2));
  }
  later();
})();
