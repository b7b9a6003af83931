// Tables: tick all rows, and say how many are ticked.

const refresh = (bulk) => {
  const ticks = [...bulk.querySelectorAll("tbody .tick")];
  const ticked = ticks.filter((tick) => tick.checked).length;
  const all = bulk.querySelector("[data-check-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  }
  bulk.querySelector("[data-ticked]").textContent = `${ticked} ticked`;
};

document.addEventListener("change", (event) => {
  const bulk = event.target.closest(".bulk");
  if (!bulk) return;
  if (event.target.matches("[data-check-all]")) {
    for (const tick of bulk.querySelectorAll("tbody .tick")) tick.checked = event.target.checked;
  }
  refresh(bulk);
});
document.addEventListener("htmx:after:swap", () => document.querySelectorAll(".bulk").forEach(refresh));
document.querySelectorAll(".bulk").forEach(refresh);
