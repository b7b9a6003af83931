// Guerdon's tag: tells your installation what visitors do. docs/tag.md says how to use it.
(() => {
  const script = document.currentScript;
  const { key, consent, pages, cookieDomain } = script.dataset;
  const address = new URL("v1/batch", script.src).href;
  const MOST_WAITING = 100;
  const LARGEST = 32000;
  const LARGEST_REQUEST = 48000;
  const SESSION = 30 * 60 * 1000;
  const YEAR = 365 * 24 * 3600;

  const read = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(name)) || otherwise;
    } catch {
      return otherwise;
    }
  };
  const write = (name, value) => {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {}
  };

  // Who the visitor is: a the anonymous id, u the user id, s and t the session and its last use, c the consent. Other
  // tabs change it too, so it is read anew each time; where storage is refused it lasts as long as the page.
  let visitor = {};
  const recall = () => (visitor = read("guerdon", visitor));
  const remember = (changes) => write("guerdon", (visitor = { ...recall(), ...changes }));

  let waiting = read("guerdon_waiting", []);
  let pause = 1000;
  let timer, sending, seen;

  const random = () =>
    crypto.randomUUID?.() ||
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );
  const cookie = (value, age) => {
    const domain = cookieDomain ? `; domain=${cookieDomain}` : "";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `guerdon_anonymous_id=${value}; path=/; max-age=${age}; SameSite=Lax${domain}${secure}`;
  };
  // A yes or no said to this site outweighs the browser's general wish.
  const allowed = () =>
    recall().c ?? (consent !== "required" && navigator.doNotTrack !== "1" && !navigator.globalPrivacyControl);

  const who = () => {
    const { a, s, t } = recall();
    const now = Date.now();
    remember({ a: a || random(), s: s && now - t < SESSION ? s : random(), t: now });
    if (!a) cookie(visitor.a, YEAR);
    return { anonymousId: visitor.a, userId: visitor.u };
  };

  const here = () => ({
    url: location.href,
    path: location.pathname,
    search: location.search,
    referrer: document.referrer,
    title: document.title,
  });
  const context = () => {
    const campaign = {};
    for (const [name, value] of new URLSearchParams(location.search))
      if (name.startsWith("utm_")) campaign[name === "utm_campaign" ? "name" : name.slice(4)] = value;
    const library = { name: "guerdon-tag", version: "1" };
    return { library, locale: navigator.language, sessionId: visitor.s, page: here(), campaign };
  };

  const wait = (events) => write("guerdon_waiting", (waiting = events.slice(-MOST_WAITING)));
  const add = (type, fields) => {
    if (!allowed()) return;
    const known = { type, messageId: random(), timestamp: new Date().toISOString(), ...who() };
    const event = { ...known, context: context(), ...fields };
    if (JSON.stringify(event).length > LARGEST) return console.warn("Guerdon: this event is too large to be sent.", event);
    wait([...waiting, event]);
    timer ||= setTimeout(send, pause);
  };

  const next = () => {
    let size = 0;
    return waiting.filter((event) => (size += JSON.stringify(event).length) < LARGEST_REQUEST);
  };
  const body = (batch) => JSON.stringify({ writeKey: key, sentAt: new Date().toISOString(), batch });
  const settle = (batch) => wait(waiting.filter((event) => !batch.includes(event)));

  // An event keeps its message id over all attempts, so one that arrived and was not answered counts once.
  const send = async () => {
    timer = 0;
    const batch = next();
    if (!batch.length || sending) return;
    sending = true;
    let status = 0;
    try {
      const request = { method: "POST", body: body(batch), keepalive: true, credentials: "omit" };
      ({ status } = await fetch(address, request));
    } catch {}
    sending = false;
    if (status && status < 500 && status !== 429) {
      settle(batch);
      pause = 1000;
      if (status >= 400) console.warn(`Guerdon refused events (${status}). Is the key right, and this origin allowed?`);
    } else pause = Math.min(pause * 2, 60000);
    if (waiting.length) timer ||= setTimeout(send, pause);
  };

  // The page may be gone before an answer comes: what is left goes by beacon, and is kept should the browser refuse.
  const leave = () => {
    const batch = next();
    if (batch.length && navigator.sendBeacon?.(address, body(batch))) settle(batch);
  };

  const page = (name, properties) => {
    if (typeof name === "object") [name, properties] = [undefined, name];
    add("page", { properties: { ...here(), name, ...properties } });
  };
  const turned = () => {
    if (pages === "off" || seen === location.pathname) return;
    seen = location.pathname;
    page();
  };

  const calls = {
    page,
    track: (event, properties) => add("track", { event, properties }),
    identify(id, traits) {
      if (typeof id === "object") [id, traits] = [undefined, id];
      if (id !== undefined && allowed()) remember({ u: String(id) });
      add("identify", { traits });
    },
    // Somebody signed out: whoever comes next is somebody else.
    reset: () => remember({ a: undefined, u: undefined, s: undefined }),
    consent(given) {
      const before = allowed();
      if (given) remember({ c: true });
      else {
        write("guerdon", (visitor = { c: false }));
        wait([]);
        cookie("", 0);
      }
      if (given && !before) {
        seen = undefined;
        turned();
      }
    },
    anonymousId: () => (allowed() ? who().anonymousId : undefined),
  };

  const early = window.guerdon;
  window.guerdon = { ...calls, push: ([name, ...given]) => calls[name](...given) };
  if (Array.isArray(early)) early.forEach(window.guerdon.push);

  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("online", send);
  addEventListener("popstate", () => setTimeout(turned));
  const { pushState } = history;
  history.pushState = function (...given) {
    pushState.apply(this, given);
    setTimeout(turned);
  };
  turned();
  send();
})();
