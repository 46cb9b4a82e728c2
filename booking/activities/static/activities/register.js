// One tap is noted here first and sent afterwards: the hall may have no network.
"use strict";
(() => {
  const store = window.registre;
  const frame = document.getElementById("registre");
  // Without a store that name is the frame's own, as of every element that has an id.
  if (!frame || store === frame) return;
  const people = document.getElementById("personnes");
  const counted = document.getElementById("compte");

  const press = (mark, waits) => {
    const person = document.getElementById(`p-${mark.member}`);
    if (!person) return;
    const name = mark.said === "level" ? "niveau" : "marque";
    const value = mark.said === "level" ? String(mark.level) : mark.said;
    for (const button of person.querySelectorAll(`button[name="${name}"]`)) {
      button.setAttribute("aria-pressed", String(button.value === value));
    }
    person.querySelector(".rg-state").textContent = waits ? people.dataset.waits : "";
  };

  const count = () => {
    if (!counted) return;
    const rows = [...people.children];
    const pressed = (row, value) => row.querySelector(`button[value="${value}"][aria-pressed="true"]`) !== null;
    const present = rows.filter((row) => pressed(row, "present")).length;
    const absent = rows.filter((row) => pressed(row, "absent")).length;
    const open = rows.filter((row) => !pressed(row, "present") && !pressed(row, "absent") && !("told" in row.dataset));
    counted.textContent = counted.dataset.said
      .replace("%present", present)
      .replace("%absent", absent)
      .replace("%open", open.length);
  };

  const draw = async () => {
    const marks = (await store.marks()).sort((one, other) => one.at - other.at);
    const waiting = marks.filter((mark) => !mark.sentAt);
    const line = frame.querySelector(".rg-count");
    line.hidden = waiting.length === 0;
    line.textContent = waiting.length === 1 ? frame.dataset.one : frame.dataset.many.replace("%n", waiting.length);
    const told = await store.told();
    const box = frame.querySelector(".rg-told");
    box.hidden = told.length === 0;
    box.querySelector("ul").replaceChildren(...told.map(row));
    if (!people) return;
    for (const mark of marks) {
      // A page that is younger than the answer shows what the server knows, and that may be newer.
      const isNews = !mark.sentAt || mark.sentAt > Number(people.dataset.made);
      if (mark.session === people.dataset.session && isNews) press(mark, !mark.sentAt);
    }
    count();
  };

  const row = ({ id, sentence }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = frame.dataset.seen;
    button.addEventListener("click", () => store.seen(id).then(draw));
    item.append(sentence, " ", button);
    return item;
  };

  if (people) {
    people.addEventListener("submit", (event) => {
      const form = event.target;
      const button = event.submitter;
      if (!("mark" in form.dataset) || !button) return;
      event.preventDefault();
      const isLevel = button.name === "niveau";
      const mark = {
        id: crypto.randomUUID(),
        session: people.dataset.session,
        member: form.elements.member.value,
        said: isLevel ? "level" : button.value,
        level: isLevel ? Number(button.value) : null,
        at: Date.now(),
        paper: people.dataset.paper,
        address: people.dataset.address,
      };
      store.ready
        .then(() => store.keep(mark))
        .then(draw)
        .then(store.send)
        .catch(() => {
          // A telephone that keeps nothing sends what was pressed as any form does.
          const pressed = document.createElement("input");
          Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
          form.append(pressed);
          HTMLFormElement.prototype.submit.call(form);
        });
    });
  }
  document.addEventListener("registre", () => draw().catch(() => {}));
  store.ready.then(draw).catch(() => {});

  // The day's pages stay on the telephone: this one, what it looks like, and the groups that are one's own.
  if (!("serviceWorker" in navigator)) return;
  const look = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="preload"], link[rel="icon"]')].map(
    (link) => link.href,
  );
  const scripts = [...document.querySelectorAll("script[src]")].map((script) => script.src);
  const pages = [...document.querySelectorAll("a[data-keep]")].map((link) => link.href);
  navigator.serviceWorker
    .register(frame.dataset.worker, { scope: frame.dataset.scope })
    .then(() => navigator.serviceWorker.ready)
    .then((known) => store.ready.then(() => known.active.postMessage({ look: [...look, ...scripts], pages: [location.href, ...pages] })))
    .catch(() => {});
})();
