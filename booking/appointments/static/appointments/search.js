// Search with htmx: results are replaced, the address follows, focus goes where the eye goes. Nothing depends on it.
"use strict";
(() => {
  if (!window.htmx) return;
  // Elements are looked up each time: the back button brings others.
  const results = () => document.getElementById("resultats");
  const busy = (is) => results() && results().setAttribute("aria-busy", String(is));
  let goTo = "";
  document.body.addEventListener("htmx:configRequest", (event) => {
    const source = event.detail.elt;
    goTo = "";
    if (source.tagName === "A") {
      // The fragment is ours to follow, not the server's.
      const [path, fragment] = event.detail.path.split("#");
      event.detail.path = path;
      goTo = fragment || "resultats";
    } else {
      const given = event.detail.parameters;
      for (const name of Object.keys(given)) {
        if (given[name] === "" && name !== "commune") delete given[name];
      }
    }
    busy(true);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "resultats") return;
    busy(false);
    if (!goTo) return; // a filter changed: the focus stays in the filter
    const place = document.getElementById(goTo) || results();
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  });
  document.body.addEventListener("htmx:responseError", () => {
    // Whatever went wrong, the page without htmx works and says what: ask again the plain way.
    busy(false);
    const form = document.getElementById("recherche");
    if (form && !goTo) form.submit();
  });
  document.body.addEventListener("htmx:sendError", () => busy(false));
})();
