// The countdown, the list of documents that follows the form, the print button, the focus on errors. All optional.
"use strict";
(() => {
  document.documentElement.classList.add("gc-has-js");

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  const bar = document.querySelector(".gc-hold[data-expires]");
  if (bar) {
    const shown = bar.querySelector(".gc-countdown");
    const said = bar.querySelector("[data-countdown-said]");
    const ends = Date.parse(bar.dataset.expires);
    let warned = false;
    const tick = () => {
      const left = Math.round((ends - Date.now()) / 1000);
      if (left <= 0) {
        shown.textContent = "";
        said.classList.remove("govuk-visually-hidden");
        said.textContent = bar.dataset.over;
        return;
      }
      const two = (number) => String(number).padStart(2, "0");
      const minutes = Math.floor(left / 60);
      // An offer from the waiting list may be kept for hours: nobody counts those in seconds.
      const clock = minutes < 60 ? `${minutes}:${two(left % 60)}` : `${Math.floor(minutes / 60)} h ${two(minutes % 60)}`;
      shown.textContent = `(${bar.dataset.left} ${clock})`;
      if (left <= 120 && !warned) {
        warned = true;
        said.textContent = bar.dataset.nearly;
      }
      setTimeout(tick, 1000);
    };
    tick();
  }

  const form = document.getElementById("reservation");
  const list = document.getElementById("pieces");
  if (form && list && window.htmx && list.hasAttribute("hx-get")) {
    for (const button of document.querySelectorAll(".gc-if-no-js")) button.hidden = true;
    form.addEventListener("change", (event) => {
      if (/-(age|situation|birth_year)$/.test(event.target.name || "")) htmx.trigger(list, "refresh");
    });
  }
})();
