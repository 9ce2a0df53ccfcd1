// Cards of a board: dragged with SortableJS or pushed with [ and ]. Either way one form asks the server, which answers
// with the board anew, or with a dialog of what is missing: then the card goes back to where it was. The library comes
// when a mouse first moves over the board; on a phone, where the dots do the same, it is never fetched.
import { all, data, find, make } from "./page.js";

const form = () => find("#board-move");
const said = find("#board-said");
let last = null; // the card that is on its way, and where it came from

function tell(text, card, column) {
  if (!said) return;
  said.textContent = text.replace("{name}", find("a", card)?.textContent ?? "").replace("{stage}", column.dataset.name);
}

function ask(card, from, place, to) {
  last = { card, from, place, key: card.dataset.card };
  const { elements } = form();
  elements.card.value = card.dataset.card;
  elements.version.value = card.dataset.version;
  elements.to.value = to.dataset.stage;
  tell(said?.dataset.moving ?? "", card, to);
  form().requestSubmit();
}

function back() {
  if (!last?.card.isConnected) return;
  const { card, from, place } = last;
  from.insertBefore(card, from.children[place] ?? null);
  tell(said?.dataset.back ?? "", card, from);
  find("a", card)?.focus({ preventScroll: true });
  last = null;
}

// While a card is dragged, the columns that its gate keeps closed say so; dropped there all the same, the server says why.
function shut(board, card) {
  const open = new Set((card?.dataset.to ?? "").split(" "));
  for (const column of all("[data-stage]", board)) {
    const closed = card && column !== card.parentElement && !open.has(column.dataset.stage);
    column.toggleAttribute("data-shut", Boolean(closed));
  }
}

function fetchLibrary(board) {
  if (!form() || find("script[data-sortable]")) return;
  const script = make("script", { src: board.dataset.sortable, "data-sortable": "" });
  script.addEventListener("load", () => all("[data-board]").forEach(start));
  document.head.append(script);
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  const board = pointerType !== "touch" && target.closest?.("[data-board]");
  if (board) fetchLibrary(board);
});

function start(board) {
  if (board.dataset.started || !form() || !window.Sortable) return;
  board.dataset.started = "1";
  for (const column of all("[data-stage]", board)) {
    window.Sortable.create(column, {
      group: "board",
      animation: 120,
      draggable: ".kd",
      filter: "[data-fixed]",
      preventOnFilter: false,
      delay: 180,
      delayOnTouchOnly: true,
      onStart({ item }) {
        shut(board, item);
      },
      onEnd({ item, from, to, oldDraggableIndex }) {
        shut(board, null);
        if (from !== to) ask(item, from, oldDraggableIndex, to);
      },
    });
  }
}

// The answer: anything but success leaves the card where it was; a board drawn anew has it in its place.
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (detail?.ctx?.sourceElement !== form()) return;
  const status = detail.ctx.response?.raw?.status ?? detail.ctx.response?.status ?? 0;
  if (status !== 204) back();
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail?.ctx?.sourceElement === form()) back();
});

const singleKeys = new Map(data.keys).has("j");

function push(event) {
  if (!["[", "]"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const card = find("[data-board] [data-cur]");
  if (!singleKeys || !card || event.target.closest("input,textarea,select") || find("dialog[open]:not(#peek)")) return;
  event.preventDefault();
  event.stopPropagation();
  if (card.hasAttribute("data-fixed")) return;
  const from = card.closest("[data-stage]");
  const way = card.closest("[data-board]").dataset.way.split(",");
  const stage = way[way.indexOf(from.dataset.stage) + (event.key === "]" ? 1 : -1)];
  const to = stage && find(`[data-stage="${stage}"]`, card.closest("[data-board]"));
  if (!to) return;
  const place = [...from.children].indexOf(card);
  to.prepend(card);
  ask(card, from, place, to);
}
document.addEventListener("keydown", push, true);

// After the board was drawn anew the same card stays chosen.
function arrived() {
  const board = find("[data-board]");
  if (!board) return;
  start(board);
  const card = last && find(`[data-card="${CSS.escape(last.key)}"]`, board);
  if (card && card !== last.card) {
    card.setAttribute("data-cur", "");
    find("a", card)?.focus({ preventScroll: true });
    last = null;
  }
}
document.addEventListener("htmx:after:swap", () => queueMicrotask(arrived));
arrived();
