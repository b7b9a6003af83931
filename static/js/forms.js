// Forms: sent once, checked where they ask for it, passwords that can be looked at.

// Without htmx (another layout, an upload) the browser sends the form; a second press waits.
document.addEventListener("submit", (event) => {
  const form = event.target;
  for (const other of form.querySelectorAll("[data-submitter]")) delete other.dataset.submitter;
  if (event.submitter) event.submitter.dataset.submitter = "";
  if (form.method !== "post") return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  if (!form.hasAttribute("data-htmx-powered")) setTimeout(() => form.setAttribute("aria-busy", "true"));
}, true);

// A page that comes back from the browser's memory is not busy.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// A field that is left is checked by the server, with the code that will check the whole form.
const asked = new WeakMap();
document.addEventListener("focusout", (event) => {
  const control = event.target;
  const form = control.form;
  const field = control.closest?.(".field");
  if (!window.htmx || !field || !form?.hasAttribute("data-check") || form.enctype === "multipart/form-data") return;
  if (field.contains(event.relatedTarget) || event.relatedTarget?.type === "submit") return;
  const value = new FormData(form).getAll(control.name).join("\n");
  if (asked.get(field) === value || (!value && !asked.has(field))) return;
  asked.set(field, value);
  window.htmx.ajax("POST", form.getAttribute("action") || location.pathname, {
    source: field,
    target: field,
    select: `#${CSS.escape(field.id)}`,
    swap: "outerMorph show:none",
    push: "false",
    headers: { "X-Check": control.name },
  });
});

document.addEventListener("click", (event) => {
  const eye = event.target.closest("[data-reveal]");
  if (!eye) return;
  const input = document.getElementById(eye.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  eye.setAttribute("aria-pressed", String(shown));
});
