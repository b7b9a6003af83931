// Boosted pages behave as pages do: title, history, scroll and focus; htmx only makes them quick.

let underway = null;

const isPage = (context) => context?.target === document.body;
const path = (address) => new URL(address, location.href).pathname;

// A second click wins over the first; a form that was sent is not called back.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!isPage(ctx)) return;
  if (underway && underway !== ctx && underway.request.method === "GET") underway.request.abort?.();
  underway = ctx;
});

// What is no page of ours (a file, another layout's document) is left to the browser.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const kind = ctx.response.headers.get("Content-Type") ?? "";
  if (!isPage(ctx) || kind.startsWith("text/html") || ctx.request.method !== "GET") return;
  event.preventDefault();
  location.href = ctx.request.action;
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const main = tasks.find((task) => task.type === "main");
  if (!isPage(ctx) || !main) return;
  const body = main.fragment.firstElementChild;
  const address = ctx.response?.raw.url ?? location.href;
  if (body?.tagName !== "BODY") {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("g:toast", { detail: "The answer could not be read. Reload the page and try again." }));
    return;
  }
  const newBuild = body.dataset.build !== document.body.dataset.build && body.dataset.build !== "error";
  if (newBuild && ctx.request.method === "GET") {
    event.preventDefault();
    location.href = address;
    return;
  }
  // An open dialog whose attribute is morphed away would leave the page inert.
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  for (const popover of document.querySelectorAll(":popover-open")) popover.hidePopover();
  ctx.samePage = body.querySelector("[data-page]")?.id === document.querySelector("[data-page]")?.id;
  if (ctx.samePage) {
    main.swapSpec.show = "none";
  } else {
    // Without ids nothing of the old page is taken for a part of the new one: no typed text wanders.
    for (const part of document.querySelectorAll("[data-page] [id]")) part.removeAttribute("id");
  }
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!isPage(ctx)) return;
  underway = null;
  const wanted = document.querySelector("[data-focus]");
  if (wanted && !(ctx.samePage && ctx.request.method === "GET")) {
    wanted.focus({ preventScroll: true });
    wanted.scrollIntoView({ block: "nearest" });
  } else if (!document.querySelector("[data-page] [autofocus]:focus") && (!ctx.samePage || document.activeElement === document.body)) {
    document.getElementById("main")?.focus({ preventScroll: true });
  }
  if (!ctx.samePage) setTimeout(() => (document.getElementById("announcer") ?? {}).textContent = document.title);
});

// A refused form is no place to come back to, and the same address is entered once.
document.addEventListener("htmx:before:history:update", (event) => {
  const { history: entry, sourceElement, response } = event.detail;
  const posted = sourceElement?.matches?.("form[method='post' i]");
  if (posted && response?.status >= 400) event.preventDefault();
  else if (path(entry.path) === location.pathname && new URL(entry.path, location.href).search === location.search) entry.type = "replace";
});

// A link that changes from ours to another site's, or to a file, is another link: htmx must not reuse it.
window.htmx?.registerExtension("guerdon-links", {
  init(api) {
    const alike = api.isSoftMatch;
    const kind = (link) => [link.target, link.hasAttribute("download"), link.origin, link.getAttribute("href")?.startsWith("#")].join();
    api.isSoftMatch = (old, fresh) => alike(old, fresh) && (old.tagName !== "A" || kind(old) === kind(fresh));
  },
});

// Error pages offer the way back, where the browser still holds what was typed.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-back]")) return;
  if (history.length > 1) history.back();
  else location.href = "/";
});
