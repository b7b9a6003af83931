// A list that looks for news every few seconds, but never while somebody reads in it: <div data-live hx-get hx-trigger="g:look">.

const EVERY = 3000;

const isRead = (list) =>
  list.matches(":hover") || Boolean(list.querySelector(":focus-visible")) || list.contains(getSelection().isCollapsed ? null : getSelection().anchorNode);

const look = () => {
  for (const list of document.querySelectorAll("[data-live]")) {
    const paused = isRead(list);
    list.toggleAttribute("data-paused", paused);
    if (!paused && !document.hidden) list.dispatchEvent(new CustomEvent("g:look"));
  }
};

setInterval(look, EVERY);
for (const moved of ["pointerover", "focusin", "selectionchange"]) {
  document.addEventListener(moved, () => {
    for (const list of document.querySelectorAll("[data-live]")) list.toggleAttribute("data-paused", isRead(list));
  });
}
