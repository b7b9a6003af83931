// Light, dark, or as the system; the choice is a cookie, so that the server draws the next page right at once.

const apply = (choice) => {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  const paper = getComputedStyle(root).backgroundColor;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.content = paper;
  document.dispatchEvent(new CustomEvent("g:theme"));
};

const mark = (choice) => {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
};

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (!choice) return;
  const year = choice === "system" ? 0 : 31536000;
  document.cookie = `theme=${choice}; path=/; max-age=${year}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
  document.body.dataset.chosenTheme = choice;
  apply(choice);
  mark(choice);
});

// A choice made in the account's settings comes with the next page, whose <html> htmx does not swap.
document.addEventListener("htmx:after:swap", () => {
  const { chosenTheme } = document.body.dataset;
  if (chosenTheme && chosenTheme !== (document.documentElement.dataset.theme ?? "system")) apply(chosenTheme);
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("g:theme")));
