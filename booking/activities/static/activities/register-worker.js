// Between the register's pages and the network. Keeps what the server allows to keep, for today and for one coach.
"use strict";
const LOOK = "registre-aspect";
const PAGES = "registre-pages";
const DAY = 24 * 3600 * 1000;
const PATIENCE = 6000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const today = () => new Date().toDateString();

const keep = async (address, answer) => {
  const whose = answer.headers.get("X-Registre");
  if (!answer.ok || !whose) return;
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (kept && (kept.headers.get("X-Registre") !== whose || kept.headers.get("X-Jour") !== today())) {
      await cache.delete(request);
    }
  }
  const headers = new Headers(answer.headers);
  headers.set("X-Jour", today());
  headers.set("X-Garde", String(Date.now()));
  await cache.put(address, new Response(await answer.blob(), { status: 200, headers }));
};

const kept = async (address) => {
  const cache = await caches.open(PAGES);
  const found = await cache.match(address);
  if (!found) return null;
  const isOver = found.headers.get("X-Jour") !== today() || Date.now() - Number(found.headers.get("X-Garde")) > DAY;
  if (!isOver) return found;
  await caches.delete(PAGES);
  return null;
};

const patiently = (request) =>
  Promise.race([
    fetch(request),
    new Promise((_done, fail) => {
      setTimeout(() => fail(new Error("late")), PATIENCE);
    }),
  ]);

const nothing = () => {
  const { title, text, back, register, language } = self.REGISTRE;
  const page = `<!DOCTYPE html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text}</p><p><a href="${register}">${back}</a></p></html>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
};

const page = async (request) => {
  const address = request.url.split("#")[0];
  try {
    const answer = await patiently(request);
    if (answer.status >= 500) throw new Error("broken");
    await keep(address, answer.clone());
    return answer;
  } catch {
    return (await kept(address)) || nothing();
  }
};

const look = async (request) => {
  const cache = await caches.open(LOOK);
  try {
    const answer = await patiently(request);
    if (answer.ok) await cache.put(request.url, answer.clone());
    return answer;
  } catch {
    return (await cache.match(request.url)) || Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (["style", "script", "font", "image"].includes(request.destination)) event.respondWith(look(request));
});

self.addEventListener("message", (event) => {
  const { look: looks, pages } = event.data;
  event.waitUntil(
    (async () => {
      const cache = await caches.open(LOOK);
      await Promise.allSettled(looks.map((address) => cache.add(address)));
      for (const address of pages.map((one) => one.split("#")[0])) {
        const answer = await fetch(address, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
        if (answer) await keep(address, answer);
      }
    })(),
  );
});
