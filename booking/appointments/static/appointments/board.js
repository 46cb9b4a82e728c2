// The day board: asks every few seconds whether anything has changed, and puts every action on a key. Without it the
// board is a page of links and buttons that one refreshes by hand.
(function () {
  "use strict";
  var form = document.getElementById("tableau");
  var live = document.getElementById("vivant");
  var side = document.getElementById("fiche");
  if (!form || !live || !side) return;
  var etag = form.dataset.etag;
  var busy = false;
  var misses = 0;
  var shown = 0;
  var ticks = new Map();
  var lost = document.getElementById("sans-reseau");
  var said = document.getElementById("annonces");
  var active = document.getElementById("touches-actives");

  function cards() { return Array.from(live.querySelectorAll(".bd-card")); }
  function current() { return live.querySelector(".bd-card[aria-current]"); }
  function sheet() { return side.querySelector(".bd-sheet"); }
  function day() { return form.elements.jour.value; }

  // Nodes that stand for the same thing stay where they are: nothing flickers, the focus and ticks remain.
  function morph(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
      old.replaceWith(fresh);
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    Array.from(old.attributes).forEach(function (attribute) {
      if (!fresh.hasAttribute(attribute.name) && attribute.name !== "open") old.removeAttribute(attribute.name);
    });
    Array.from(fresh.attributes).forEach(function (attribute) {
      if (old.getAttribute(attribute.name) !== attribute.value) old.setAttribute(attribute.name, attribute.value);
    });
    var kept = Array.from(old.childNodes);
    var wanted = Array.from(fresh.childNodes);
    wanted.forEach(function (child, place) {
      if (place < kept.length) morph(kept[place], child);
      else old.appendChild(child);
    });
    kept.slice(wanted.length).forEach(function (child) { child.remove(); });
  }
  function keyOf(node) { return node.dataset ? node.dataset.key || node.id : undefined; }

  function show(html, announce) {
    var before = new Set(cards().filter(function (card) { return card.dataset.status !== "expected"; }).map(keyOf));
    var chosen = current();
    var stood = chosen && whereabouts(chosen);
    var focused = document.activeElement && document.activeElement.id;
    var fresh = document.createElement("div");
    fresh.id = "vivant";
    fresh.innerHTML = html;
    morph(live, fresh);
    if (chosen && !current()) choose(document.getElementById(keyOf(chosen)), true);
    // The details are fetched when their card says something else than before, or is another one.
    var now = current();
    if (!now || whereabouts(now) !== stood) fetchSheet(now);
    if (focused && document.activeElement.id !== focused) {
      var again = document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
    if (announce) {
      var arrived = cards().filter(function (card) {
        return card.dataset.status === "arrived" && !before.has(keyOf(card));
      });
      if (arrived.length) {
        said.textContent = arrived.map(function (card) {
          return form.dataset.arrival + " : " + card.querySelector(".bd-name").textContent;
        }).join(". ");
      }
    }
  }

  function whereabouts(card) { return card.id + card.dataset.version + card.textContent; }

  // Ticks are the agent's own aid: kept while the page is open, told to nobody.
  function boxes() { var one = sheet(); return one ? Array.from(one.querySelectorAll("input[type=checkbox]")) : []; }
  function keepTicks() {
    var one = sheet();
    if (one) ticks.set(one.dataset.key, boxes().map(function (box) { return box.checked; }));
  }
  function ready() {
    var one = sheet();
    var kept = one && ticks.get(one.dataset.key);
    if (kept) boxes().forEach(function (box, place) { box.checked = !!kept[place]; });
    if (navigator.clipboard) side.querySelectorAll("[data-copy][hidden]").forEach(function (button) { button.hidden = false; });
  }

  function choose(card, quietly) {
    if (!card) return;
    cards().forEach(function (one) { one.removeAttribute("aria-current"); });
    card.setAttribute("aria-current", "true");
    var folded = card.closest("details");
    if (folded) folded.open = true;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (!quietly) fetchSheet(card);
  }
  var coming = Promise.resolve();
  function fetchSheet(card) {
    var asked = ++shown;
    var key = card ? keyOf(card) : "";
    var address = form.dataset.sheet + "?rdv=" + key + "&jour=" + day();
    coming = fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" }).then(function (answer) {
      if (!answer.ok) return;
      return answer.text().then(function (html) {
        if (asked !== shown) return;
        keepTicks();
        var fresh = side.cloneNode(false);
        fresh.innerHTML = html;
        morph(side, fresh);
        ready();
      });
    }).catch(function () {});
    return coming;
  }

  function leave(answer) {
    var to = answer.headers.get("HX-Redirect");
    if (to) location.assign(to);
    return !!to;
  }
  function poll() {
    if (busy || document.hidden) return;
    var chosen = current();
    var key = chosen ? keyOf(chosen) : "";
    var at = shown;
    busy = true;
    fetch(form.dataset.address + "?jour=" + day() + "&rdv=" + key, {
      headers: { "HX-Request": "true", "If-None-Match": etag },
      cache: "no-store"
    }).then(function (answer) {
      misses = 0;
      lost.hidden = true;
      if (leave(answer) || answer.status === 304) return;
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text().then(function (html) {
        if (at !== shown) return;
        etag = answer.headers.get("ETag");
        show(html, true);
      });
    }).catch(function () {
      misses += 1;
      if (misses < 3 || !lost.hidden) return;
      lost.textContent = form.dataset.lost;
      lost.hidden = false;
    }).finally(function () { busy = false; });
  }
  setInterval(poll, Number(form.dataset.poll) * 1000);
  document.addEventListener("visibilitychange", poll);

  // One step at a time: a key that is held down, or pressed again before the answer, does nothing.
  var sending = false;
  function send(value) {
    if (sending) return;
    sending = true;
    shown += 1;
    var data = new FormData(form);
    data.set("geste", value);
    fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } }).then(function (answer) {
      if (leave(answer)) return;
      // The database is away: the board stays as it is, to press again.
      if (answer.status === 503) throw new Error("503");
      return answer.text().then(function (html) {
        etag = "";
        show(html, false);
        var told = live.querySelector(".bd-notice");
        said.textContent = told ? told.textContent.trim() : "";
      });
    }).catch(function () {
      lost.textContent = form.dataset.lost;
      lost.hidden = false;
    }).finally(function () { sending = false; });
  }
  form.addEventListener("submit", function (event) {
    if (!event.submitter || event.submitter.name !== "geste") return;
    event.preventDefault();
    send(event.submitter.value);
  });
  side.addEventListener("click", function (event) {
    var copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
  });
  live.addEventListener("click", function (event) {
    var card = event.target.closest(".bd-card");
    if (card && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      choose(card, true);
      fetchSheet(card).then(function () {
        // On a narrow screen the details stand below the whole day.
        if (window.matchMedia("(max-width: 1019px)").matches) side.scrollIntoView();
      });
    }
  });
  function copy(button) {
    navigator.clipboard.writeText(button.dataset.copy).then(function () { said.textContent = form.dataset.copied + " : " + button.dataset.copy; });
    button.classList.add("is-copied");
  }

  // Reaching a card with Tab chooses it as the arrows do.
  live.addEventListener("focusin", function (event) {
    var card = event.target.closest(".bd-card");
    if (card && card !== current()) choose(card);
  });

  var ORDER = { arrived: 0, expected: 1, serving: 2 };
  function following() {
    // The order of call is the server's; only when nobody waits does the key go on to who is expected.
    var next = Array.from(live.querySelectorAll("[data-next]")).map(function (one) {
      return document.getElementById(one.dataset.next);
    }).filter(function (card) { return card && card !== current(); });
    if (next.length) return next[0];
    var open = cards().filter(function (card) { return card.dataset.status in ORDER; });
    var here = current();
    var rest = open.filter(function (card) { return card !== here; });
    rest.sort(function (a, b) { return ORDER[a.dataset.status] - ORDER[b.dataset.status]; });
    return rest[0];
  }
  function step(by) {
    var all = cards().filter(function (card) { return !card.closest("details:not([open])"); });
    var place = all.indexOf(current());
    choose(all[Math.min(Math.max(place + by, 0), all.length - 1)]);
  }
  function sideways(key) {
    var here = current();
    var cell = here && here.closest("td");
    if (!cell) { step(key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1); return; }
    var row = cell.parentElement;
    var column = cell.cellIndex;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      var next = cell;
      do { next = key === "ArrowLeft" ? next.previousElementSibling : next.nextElementSibling; }
      while (next && !next.querySelector(".bd-card"));
      choose(next && next.querySelector(".bd-card"));
      return;
    }
    var inside = Array.from(cell.querySelectorAll(".bd-card"));
    var within = inside[inside.indexOf(here) + (key === "ArrowUp" ? -1 : 1)];
    while (!within && row) {
      row = key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
      within = row && row.cells[column] && row.cells[column].querySelector(".bd-card");
    }
    choose(within);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || (active && !active.checked)) return;
    var target = event.target;
    if (target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === "?" && !event.repeat) {
      event.preventDefault();
      var help = document.getElementById("touches");
      help.open = !help.open;
      (help.open ? help.querySelector("summary") : current() || help.querySelector("summary")).focus();
      return;
    }
    if (target.closest("summary")) return;
    var arrows = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
    if (arrows.indexOf(event.key) >= 0) { event.preventDefault(); sideways(event.key); return; }
    if (event.key === "j" || event.key === "k") { event.preventDefault(); step(event.key === "j" ? 1 : -1); return; }
    if (event.repeat) return;
    if (event.key === "n") { event.preventDefault(); choose(following()); return; }
    if (event.key === "c") {
      event.preventDefault();
      // Never the number of the person before: the details of this one may still be on their way.
      coming.then(function () {
        var button = sheet() && current() && keyOf(sheet()) === keyOf(current()) && side.querySelector("[data-copy]:not([hidden])");
        if (button) copy(button);
      });
      return;
    }
    if (!/^[a-z]$/.test(event.key)) return;
    var link = document.querySelector('[data-go="' + event.key + '"]');
    if (link) { event.preventDefault(); link.click(); return; }
    act(event.key, event);
  });
  var NAMES = { a: "arrive", g: "call", o: "recall", p: "skip", s: "attended", i: "incomplete", x: "no_show" };
  function act(key, event) {
    if (key === "z") {
      var back = live.querySelector('[data-act="z"]');
      if (back) { event.preventDefault(); send(back.value); }
      return;
    }
    var card = current();
    if (!NAMES[key] || !card || !side.querySelector(".bd-actions")) return;
    event.preventDefault();
    // The card's version, not the sheet's: one may act before the details have come.
    send(NAMES[key] + ":" + keyOf(card) + ":" + card.dataset.version);
  }
  ready();
  var scroll = live.querySelector(".bd-scroll");
  var now = live.querySelector(".bd-now");
  if (scroll && now) {
    var head = now.closest("table").tHead.offsetHeight;
    scroll.scrollTop += now.getBoundingClientRect().top - scroll.getBoundingClientRect().top - head;
  }
  var first = current();
  if (first && (document.activeElement === document.body || document.activeElement === null)) first.focus({ preventScroll: true });
})();
