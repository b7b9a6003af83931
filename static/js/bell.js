// The bell opens the newest notifications in place; without script it is a link to their page.

document.addEventListener("click", async (event) => {
  const bell = event.target.closest("[data-bell]");
  if (!bell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const panel = document.getElementById(bell.dataset.bell);
  if (panel.matches(":popover-open")) {
    panel.hidePopover();
    return;
  }
  panel.showPopover({ source: bell });
  panel.querySelector("a")?.focus();
  try {
    const answer = await fetch(bell.href, { headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname !== new URL(bell.href).pathname) throw new Error("signed out");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("notifications-list");
    if (!answer.ok || !found) throw new Error("no list");
    found.removeAttribute("id");
    panel.querySelector("[data-bell-list]").replaceChildren(found);
    window.htmx?.process(panel);
  } catch {
    location.href = bell.href;
  }
}, true);
