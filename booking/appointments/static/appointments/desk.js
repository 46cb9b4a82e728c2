// Booking for somebody by keyboard: a digit or a first letter picks and moves on, free times follow what is chosen. Without it
// the same form works with its button "see what is free".
(function () {
  "use strict";
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input:not([type=radio]), select, textarea")) return;
    var one = document.querySelector('[data-key-letter="' + CSS.escape(event.key) + '"]');
    if (one) { event.preventDefault(); one.click(); }
  });

  var NEXT = { type: "personnes", personnes: "creneau" };
  var form = document.getElementById("reservation");
  var times = document.getElementById("creneaux");
  var loading = null;
  var waiting = null;

  function group(name) { return document.querySelector('[data-quick="' + name + '"]'); }
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  function pick(name, key) {
    var inputs = Array.from(group(name).querySelectorAll("input[type=radio]"));
    var input = inputs.find(function (one) { return one.dataset.digit === key; });
    if (!input && /^[a-z]$/i.test(key) && name === "type") {
      var same = inputs.filter(function (one) {
        return plain(one.closest("label").textContent.replace(/^[\s\d]+/, "")).startsWith(key.toLowerCase());
      });
      input = same[(same.indexOf(inputs.find(function (one) { return one.checked; })) + 1) % (same.length || 1)];
      if (same.length > 1 && input) { input.checked = true; input.focus(); changed(); return true; }
    }
    if (!input) return false;
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    goOn(name);
    return true;
  }
  function goOn(name) {
    if (!form) return;
    var next = NEXT[name];
    var target = next ? group(next).querySelector("input:checked, input") : form.querySelector("[name$='last_name']");
    if (target) target.focus();
    else if (next === "creneau") group(next).focus();
  }
  document.querySelectorAll("[data-quick]").forEach(function (set) {
    set.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input:not([type=radio]), button")) return;
      if (!/^[0-9a-z]$/i.test(event.key)) return;
      // A digit typed while the times are on their way counts for the times that come.
      if (set.dataset.quick === "creneau" && loading) { waiting = event.key; event.preventDefault(); return; }
      if (pick(set.dataset.quick, event.key)) event.preventDefault();
    });
  });
  if (!form || !times) return;

  function value(name) { var one = form.querySelector("[name='" + name + "']:checked, select[name='" + name + "'], input[name='" + name + "']:not([type=radio])"); return one ? one.value : ""; }
  function changed() {
    var query = new URLSearchParams();
    ["type", "personnes", "ici", "lieu", "du", "heure", "home"].forEach(function (name) { query.set(name, value(name)); });
    var people = Number(value("personnes"));
    form.querySelectorAll("[data-person]").forEach(function (row) {
      row.hidden = Number(row.dataset.person) > people;
      row.querySelector(".dk-who").classList.toggle("govuk-visually-hidden", people === 1);
    });
    if (loading) loading.abort();
    var mine = loading = new AbortController();
    var inside = times.contains(document.activeElement);
    times.setAttribute("aria-busy", "true");
    fetch(form.action + "?" + query, { headers: { "HX-Request": "true" }, cache: "no-store", signal: mine.signal }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (html) {
      var had = inside || group("creneau").contains(document.activeElement);
      times.innerHTML = html;
      times.removeAttribute("aria-busy");
      loading = null;
      if (had) goOn("personnes");
      if (waiting) { var key = waiting; waiting = null; pick("creneau", key); }
    }).catch(function () {
      if (mine.signal.aborted) return;
      loading = null;
      waiting = null;
      times.removeAttribute("aria-busy");
    });
  }
  form.addEventListener("change", function (event) {
    if (["type", "lieu", "du", "heure", "home", "personnes"].indexOf(event.target.name) >= 0) changed();
  });
})();
