// Without a connection nothing that is pressed goes silently nowhere, and nothing that is typed is left for an error page.
"use strict";
(() => {
  const banner = document.getElementById("hors-ligne");
  if (!banner) return;
  const say = (isOffline) => {
    banner.hidden = !isOffline;
  };
  const keep = (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(true);
  };
  // Before htmx hears of it.
  document.addEventListener("submit", keep, true);
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href]");
      if (link && !link.getAttribute("href").startsWith("#") && link.origin === location.origin) keep(event);
    },
    true,
  );
  document.body.addEventListener("htmx:sendError", () => say(true));
  document.body.addEventListener("htmx:afterOnLoad", () => say(false));
  window.addEventListener("online", () => say(false));
})();
