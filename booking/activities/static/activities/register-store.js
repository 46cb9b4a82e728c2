// What a coach's telephone keeps: marks until the server has them, and the day's pages of one coach, never of two.
// Loaded with the agents' menu of who keeps registers, and where one signs in.
"use strict";
(() => {
  const me = document.currentScript.dataset;
  const DAY = 24 * 3600 * 1000;
  const EVERY = 5000;
  // Without TLS no id can be made and no page kept: the register is then as it is without a script.
  if (!("indexedDB" in window) || !window.isSecureContext) return;

  const opened = new Promise((done, fail) => {
    const asked = indexedDB.open("registre", 1);
    asked.onupgradeneeded = () => {
      for (const name of ["marks", "told"]) asked.result.createObjectStore(name, { keyPath: "id" });
      asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const within = async (name, mode, work) => {
    const database = await opened;
    return new Promise((done, fail) => {
      const step = database.transaction(name, mode);
      const asked = work(step.objectStore(name));
      step.oncomplete = () => done(asked && asked.result);
      step.onerror = step.onabort = () => fail(step.error);
    });
  };
  const all = (name) => within(name, "readonly", (store) => store.getAll());
  const put = (name, value) => within(name, "readwrite", (store) => store.put(value));
  const drop = (name, id) => within(name, "readwrite", (store) => store.delete(id));

  // Names go: the pages, and the sentences that tell of people. A mark that was not sent has none, and stays.
  const forget = async () => {
    if ("caches" in window) {
      for (const name of await caches.keys()) if (name.startsWith("registre-pages")) await caches.delete(name);
    }
    await within("told", "readwrite", (store) => store.clear());
    for (const mark of await all("marks")) if (mark.sentAt) await drop("marks", mark.id);
    await within("facts", "readwrite", (store) => store.clear());
  };

  // Whoever comes second on the same telephone finds nothing of who came first; nor does anybody after a day.
  const sweep = async () => {
    const owner = await within("facts", "readonly", (store) => store.get("owner"));
    const since = await within("facts", "readonly", (store) => store.get("since"));
    if (!me.who || (owner && owner !== me.who) || (since && Date.now() - since > DAY)) await forget();
    if (!me.who) return;
    await within("facts", "readwrite", (store) => {
      store.put(me.who, "owner");
      return since && owner === me.who && Date.now() - since <= DAY ? null : store.put(Date.now(), "since");
    });
  };

  const changed = () => document.dispatchEvent(new CustomEvent("registre"));

  const post = async (address, paper, marks) => {
    const bare = marks.map(({ id, session, member, said, level, at }) => ({ id, session, member, said, level, at }));
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), 10000);
    try {
      const answer = await fetch(address, {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ paper, now: Date.now(), marks: bare }),
        signal: stop.signal,
      });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    } finally {
      clearTimeout(late);
    }
  };

  let sending = null;
  const sendAll = async () => {
    const waiting = (await all("marks")).filter((mark) => !mark.sentAt);
    const bundles = new Map();
    for (const mark of waiting) {
      const key = `${mark.address} ${mark.paper}`;
      bundles.set(key, [...(bundles.get(key) || []), mark]);
    }
    for (const marks of bundles.values()) {
      for (let from = 0; from < marks.length; from += 200) {
        const part = marks.slice(from, from + 200);
        const answer = await post(part[0].address, part[0].paper, part);
        if (!answer) continue;
        const known = new Map(part.map((mark) => [mark.id, mark]));
        for (const { id, sentence } of answer.answers) {
          const mark = known.get(id);
          if (!mark) continue;
          // What does not hold is shown to who pressed it, and stands in the register for everybody who keeps it.
          if (sentence && mark.who === me.who) await put("told", { id, sentence, who: mark.who });
          if (mark.who === me.who) await put("marks", { ...mark, paper: "", sentAt: answer.now });
          else await drop("marks", id);
        }
        changed();
      }
    }
  };
  const send = () => {
    sending = sending || sendAll().finally(() => { sending = null; });
    return sending;
  };

  window.registre = {
    who: me.who,
    forget,
    send,
    ready: sweep(),
    keep: (mark) => put("marks", { ...mark, who: me.who, sentAt: 0 }),
    marks: async () => (await all("marks")).filter((mark) => mark.who === me.who),
    told: async () => (await all("told")).filter((one) => one.who === me.who),
    seen: (id) => drop("told", id),
  };

  window.registre.ready.then(send).then(changed, () => {});
  setInterval(() => window.registre.ready.then(sweep).then(send, () => {}), EVERY);
  window.addEventListener("online", () => send().catch(() => {}));

  // Signing out: what waits is sent if it can be, then nothing of anybody is left here.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!me.out || new URL(form.action).pathname !== me.out) return;
    event.preventDefault();
    const waited = new Promise((done) => { setTimeout(done, 3000); });
    Promise.race([send().catch(() => {}), waited]).then(forget).finally(() => HTMLFormElement.prototype.submit.call(form));
  });
})();
