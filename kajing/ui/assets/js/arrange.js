// A list whose rows can be put in another order: dragged, or by Alt and the arrow keys. The server keeps the order.
import { all, find } from "./page.js";
import { current, moveTo } from "./rows.js";

const list = (node) => node?.closest?.("[data-arrange]");
const rowOf = (node) => list(node) && node.closest("[data-row]");
let dragged = null;
let focus = "";

export function arrange() {
  for (const row of all("[data-arrange] > [data-row]")) row.draggable = true;
  const again = focus && document.getElementById(focus);
  if (again) moveTo(again);
  focus = "";
}

function send(within, row) {
  focus = row.id;
  const ids = all("[data-row]", within).map((one) => one.id.replace(/^\D+/, ""));
  const target = `#${within.closest("section").id}`;
  // Once arranged, the page shows what was sent: an answer that comes late must not undo the next move.
  const swap = within.hasAttribute("data-arranged") ? "none" : "outerHTML";
  window.htmx.ajax("POST", within.dataset.arrange, { source: document.body, target, swap, values: { ids: ids.join(",") } });
}

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && rowOf(event.target);
  if (!over || list(over) !== list(dragged)) return;
  event.preventDefault();
  if (over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});
document.addEventListener("drop", (event) => {
  if (!dragged || !list(event.target)) return;
  event.preventDefault();
  send(list(dragged), dragged);
});
document.addEventListener("dragend", () => {
  dragged = null;
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const row = rowOf(current() ?? event.target);
  const beside = row?.[event.key === "ArrowUp" ? "previousElementSibling" : "nextElementSibling"];
  if (!row || find("input[type=text]:focus,textarea:focus")) return;
  event.preventDefault();
  if (!beside) return;
  beside[event.key === "ArrowUp" ? "before" : "after"](row);
  send(list(row), row);
});
