// Copying, and remembering in which language somebody reads snippets.

const write = async (text) => {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  // A page served over plain HTTP to another machine has no clipboard interface.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden-visually";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("not copied");
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("[data-copied]");
  const before = words.textContent;
  if (before === words.dataset.copied) return;
  try {
    await write(button.dataset.copy);
    words.textContent = words.dataset.copied;
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = words.dataset.copied;
  } catch {
    words.textContent = "Select and copy it yourself";
  }
  setTimeout(() => (words.textContent = before), 1600);
});

const KEY = "snippet-language";

const choose = () => {
  const language = localStorage.getItem(KEY);
  if (!language) return;
  for (const radio of document.querySelectorAll(`.snippets input[value="${CSS.escape(language)}"]`)) radio.checked = true;
};

document.addEventListener("change", (event) => {
  if (!event.target.matches(".snippets input")) return;
  localStorage.setItem(KEY, event.target.value);
  choose();
});
document.addEventListener("htmx:after:swap", choose);
choose();
