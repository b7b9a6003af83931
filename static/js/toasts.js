// Messages that come and go. What went wrong stays until it is closed.

const STAY = 6000;

const leave = (toast) => {
  toast.classList.add("leaving");
  setTimeout(() => toast.remove(), 250);
};

// The clock stands still while a message is read with the mouse over it or the keyboard in it.
const wait = (toast) => {
  if (toast.dataset.waits !== undefined) return;
  toast.dataset.waits = "";
  if (toast.dataset.stays !== undefined) return;
  const tick = () => toast.matches(":hover, :focus-within") || document.hidden ? setTimeout(tick, 1000) : leave(toast);
  setTimeout(tick, STAY);
};

const waitAll = () => document.querySelectorAll(".toast").forEach(wait);

const show = (text) => {
  const toast = document.getElementById("toast-template")?.content.firstElementChild.cloneNode(true);
  if (!toast) return;
  toast.querySelector("p").textContent = text;
  document.getElementById("toasts").append(toast);
};

document.addEventListener("g:toast", (event) => show(event.detail));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) leave(button.closest(".toast"));
});
document.addEventListener("htmx:after:swap", waitAll);
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.response) return;
  const late = ctx?.request?.signal?.reason === "timeout";
  show(late ? "This took too long. Try again." : "Guerdon could not be reached. Check the connection and try again.");
});
waitAll();
