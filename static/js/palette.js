// Search from anywhere: Ctrl K, arrows, Enter. Without script the same address is a page.

const PATIENCE = 120;
const apple = /Mac|iPhone|iPad/.test(navigator.platform);
let timer;
let asking;

const palette = () => document.getElementById("palette");
const field = () => palette().querySelector("input");
const hits = () => [...palette().querySelectorAll(".hit")];

const choose = (hit) => {
  for (const other of hits()) other.setAttribute("aria-selected", String(other === hit));
  if (hit) field().setAttribute("aria-activedescendant", hit.id);
  else field().removeAttribute("aria-activedescendant");
  hit?.scrollIntoView({ block: "nearest" });
};

const draw = (page) => {
  const found = [...page.querySelectorAll("[data-hit]")];
  const list = palette().querySelector(".palette-hits");
  found.forEach((hit, place) => {
    hit.id = `hit-${place}`;
    hit.role = "option";
    hit.tabIndex = -1;
  });
  list.replaceChildren(...(found.length ? found : page.querySelectorAll(".no-hits")));
  // A list of options holds options alone; the sentence that there is none is no list.
  list.role = found.length ? "listbox" : null;
  field().setAttribute("aria-expanded", String(found.length > 0));
  window.htmx?.process(list);
  choose(found[0]);
};

const ask = async () => {
  asking?.abort();
  asking = new AbortController();
  const address = new URL(palette().dataset.action, location.href);
  address.searchParams.set("q", field().value);
  const slow = setTimeout(() => palette().classList.add("htmx-request"), 150);
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" }, signal: asking.signal });
    draw(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (error.name !== "AbortError") document.dispatchEvent(new CustomEvent("g:toast", { detail: "Search could not be reached. Try again." }));
  } finally {
    clearTimeout(slow);
    palette()?.classList.remove("htmx-request");
  }
};

const open = () => {
  if (!palette() || palette().open) return;
  for (const popover of document.querySelectorAll(":popover-open")) popover.hidePopover();
  palette().showModal();
  field().value = "";
  ask();
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette]");
  if (!opener || !palette() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  open();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (apple ? event.metaKey : event.ctrlKey) && palette()) {
    event.preventDefault();
    if (palette().open) palette().close();
    else open();
    return;
  }
  if (!palette()?.open || event.target !== field()) return;
  const list = hits();
  const at = list.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move && list.length) {
    event.preventDefault();
    choose(list[(at + move + list.length) % list.length]);
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    list[at].click();
  }
});

document.addEventListener("input", (event) => {
  if (!palette()?.open || event.target !== field()) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PATIENCE);
});

const nameKeys = () => {
  if (apple) for (const keys of document.querySelectorAll("[data-palette-keys]")) keys.textContent = "⌘ K";
};
document.addEventListener("htmx:after:swap", nameKeys);
nameKeys();
