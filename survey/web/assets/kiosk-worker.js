// Keeps the pages of a shared tablet for when the network is away. The server puts the line with VERSION before
// this one; other bytes are a new worker, which takes over at once and forgets what the old one kept.
const CACHE = `kiosk-${VERSION}`;
const EXITED = '/kiosk/exited';
const PATIENCE = 3000;

const pathOf = address => new URL(address).pathname;
// A proxy or a Wi-Fi's sign-in page may answer anything; only our own pages are believed and kept.
const isOurs = reply => reply.headers.has('Kiosk-Page');

const fetched = async (request, path) => {
  const reply = await fetch(request);
  if (isOurs(reply)) await (await caches.open(CACHE)).put(path, reply.clone());
  return reply;
};

// The network first, so that a round that closed or a tablet that was revoked is noticed; what was kept when the
// network says nothing in time. What comes late is kept for the next time.
const answer = async (coming, path) => {
  const kept = await (await caches.open(CACHE)).match(path);
  if (!kept) return coming;
  const late = new Promise(done => setTimeout(done, PATIENCE, kept));
  return Promise.race([coming.then(reply => isOurs(reply) ? reply : kept, () => kept), late]);
};

const keepOpenPages = async () => {
  const open = await self.clients.matchAll({type: 'window', includeUncontrolled: true});
  const paths = open.map(page => pathOf(page.url)).filter(path => path.startsWith('/kiosk/'));
  await Promise.all(Array.from(new Set([EXITED, ...paths])).map(path => fetched(path, path)));
  await self.skipWaiting();
};

const takeOver = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter(name => name.startsWith('kiosk-') && name !== CACHE).map(name => caches.delete(name)));
  await self.clients.claim();
};

self.addEventListener('install', event => event.waitUntil(keepOpenPages()));
self.addEventListener('activate', event => event.waitUntil(takeOver()));
self.addEventListener('fetch', event => {
  if (event.request.mode !== 'navigate' || event.request.method !== 'GET') return;
  const path = pathOf(event.request.url), coming = fetched(event.request, path);
  event.waitUntil(coming.catch(() => {}));
  event.respondWith(answer(coming, path));
});
