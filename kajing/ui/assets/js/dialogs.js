// The side panel, the shared dialog, menus. Focus goes back to where it came from.
import { act, all, find } from "./page.js";
import { current, moveTo } from "./rows.js";

const peek = find("#peek");
const dialog = find("#dialog");
let before = null;

export function openPeek(url) {
  if (!peek || !url) return false;
  if (!peek.open) before = document.activeElement;
  peek.setAttribute("aria-busy", "true");
  window.htmx.ajax("GET", url, { target: "#peek", swap: "innerHTML" });
  return true;
}

function closePeek() {
  if (!peek?.open) return false;
  peek.close();
  peek.replaceChildren();
  (before?.isConnected ? before : find("a", current() ?? document.body))?.focus();
  return true;
}

act("peek", () => {
  const row = current();
  if (peek?.open && peek.dataset.url === row?.dataset.peek) return closePeek();
  return show(row);
});

function show(row) {
  if (!row?.dataset.peek) return false;
  peek.dataset.url = row.dataset.peek;
  return openPeek(row.dataset.peek);
}

// While the panel is open it follows the cursor, but not every row of a held-down key.
let timer;
document.addEventListener("row:current", (event) => {
  if (!peek?.open) return;
  clearTimeout(timer);
  timer = setTimeout(() => show(event.target), 120);
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  if (target === peek && peek.childElementCount) {
    peek.removeAttribute("aria-busy");
    if (!peek.open) peek.show();
    const heading = find("h2", peek);
    if (heading) peek.setAttribute("aria-label", heading.textContent);
  }
  if (target === dialog && dialog.childElementCount) {
    find("#new-sheet")?.close();
    if (!dialog.open) dialog.showModal();
    if (!find("[data-focus]", dialog)) (find("[autofocus]", dialog) ?? find("input:not([type=hidden]),select,textarea,button", dialog))?.focus();
  }
});

document.addEventListener("dialog:close", () => dialog?.close());
// The form was a page of its own: back to where it was opened from, or home.
document.addEventListener("page:leave", () => {
  const from = document.referrer && new URL(document.referrer);
  location.assign(from && from.origin === location.origin && from.pathname !== location.pathname ? from.href : "/");
});
dialog?.addEventListener("close", () => dialog.replaceChildren());

act("close", (event) => {
  const owner = event?.target?.closest?.("dialog");
  if (owner && owner !== peek) return owner.close();
  const menu = find("details.menu[open]");
  if (menu) {
    menu.removeAttribute("open");
    find("summary", menu).focus();
    return true;
  }
  return closePeek();
});
// What few people open is not in every page: the sheet of keys is fetched, the side bar copied, when first wanted.
act("keys", () => {
  const place = find("#keys [data-keys]");
  if (!place.childElementCount) window.htmx.ajax("GET", place.dataset.keys, { target: place, swap: "innerHTML" });
  find("#keys").showModal();
});
act("nav", () => {
  const place = find("#nav .sb");
  if (!place.childElementCount) for (const part of find("aside.sb").children) place.append(part.cloneNode(true));
  find("#nav").showModal();
});
act("new-sheet", () => find("#new-sheet")?.showModal());
act("reload", () => location.reload());
act("print", () => print());
act("search", () => {
  const field = find("main input[type=search]");
  if (!field) return find("[data-act=palette]")?.click();
  field.focus();
  field.select();
});

// A click on the backdrop closes; a click elsewhere closes menus.
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog[open]:not(#peek)")) {
    const { left, right, top, bottom } = event.target.getBoundingClientRect();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (!inside) event.target.close();
  }
  for (const menu of all("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a,[data-act]")) menu.removeAttribute("open");
  }
  const opener = event.target.closest("[data-peek-open]");
  if (opener) {
    moveTo(opener.closest("[data-row]"));
    openPeek(opener.dataset.peekOpen);
  }
});
