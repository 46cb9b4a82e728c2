// Search with htmx: results are replaced, the address follows, focus goes where the eye goes. Nothing depends on it.
"use strict";
(() => {
  const results = document.getElementById("resultats");
  if (!results || !window.htmx) return;
  let goTo = "";
  document.body.addEventListener("htmx:configRequest", (event) => {
    const source = event.detail.elt;
    if (source.tagName === "A") {
      // The fragment is ours to follow, not the server's.
      const [path, fragment] = event.detail.path.split("#");
      event.detail.path = path;
      goTo = fragment || "resultats";
    } else {
      goTo = "";
      const given = event.detail.parameters;
      for (const name of Object.keys(given)) {
        if (given[name] === "" && name !== "commune") delete given[name];
      }
    }
    results.setAttribute("aria-busy", "true");
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== results) return;
    results.removeAttribute("aria-busy");
    if (!goTo) return; // a filter changed: the focus stays in the filter
    const place = document.getElementById(goTo) || results;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  });
  const failed = () => {
    // Whatever went wrong, the page without htmx works: ask again the plain way.
    results.removeAttribute("aria-busy");
    const form = document.getElementById("recherche");
    if (form && !goTo) form.submit();
  };
  document.body.addEventListener("htmx:responseError", failed);
  document.body.addEventListener("htmx:sendError", () => results.removeAttribute("aria-busy"));
})();
