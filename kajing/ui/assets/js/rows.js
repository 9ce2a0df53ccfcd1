// The cursor over rows, the selection, the bulk bar.
import { act, all, find, perform, words } from "./page.js";

const rows = () => all("[data-row]").filter((row) => row.offsetParent !== null);
export const current = () => find("[data-row][data-cur]");
const link = (row) => find("a.nm, a.tt, a", row);
const box = (row) => row && find("input[type=checkbox][name=ids]", row);

export function moveTo(row) {
  if (!row) return false;
  for (const other of all("[data-cur]")) other.removeAttribute("data-cur");
  row.setAttribute("data-cur", "");
  row.scrollIntoView({ block: "nearest" });
  link(row)?.focus({ preventScroll: true });
  row.dispatchEvent(new CustomEvent("row:current", { bubbles: true }));
  return true;
}

function step(by) {
  const list = rows();
  const place = list.indexOf(current());
  return moveTo(place < 0 ? list[0] : list[Math.min(Math.max(place + by, 0), list.length - 1)]);
}

act("next", () => step(1));
act("previous", () => step(-1));
act("open", () => {
  const row = current();
  if (!row) return false;
  link(row)?.click();
  return true;
});

let anchor = null;

act("select", () => {
  const row = current();
  anchor = row;
  const found = box(row) ?? (row && find("input[type=checkbox]", row));
  found?.click();
  return Boolean(found);
});

act("range", () => {
  const list = rows();
  const [from, to] = [list.indexOf(anchor), list.indexOf(current())].sort((a, b) => a - b);
  if (from < 0) return perform("select");
  for (const row of list.slice(from, to + 1)) set(box(row), true);
  refresh();
  return true;
});

function set(checkbox, on) {
  if (!checkbox) return;
  checkbox.checked = on;
  const row = checkbox.closest("[data-row]");
  row?.toggleAttribute("data-selected", on);
  if (row?.matches("tr")) row.setAttribute("aria-selected", String(on));
}

const boxesOf = (bar) => all(`input[type=checkbox][name=ids][form="${bar.id}"]`);

export function refresh() {
  for (const bar of all("[data-bulk]")) {
    const boxes = boxesOf(bar);
    const chosen = boxes.filter((one) => one.checked).length;
    const total = Number(bar.dataset.total);
    const everything = bar.elements.all.value === "1";
    bar.hidden = !chosen;
    find("[data-n]", bar).textContent = (everything && bar.dataset.words) || (everything ? total : chosen).toLocaleString();
    find("[data-all]", bar).hidden = everything || chosen < boxes.length || total <= chosen;
    const head = find(`[data-select-page="${bar.dataset.bulk}"]`);
    if (head) {
      head.checked = chosen > 0 && chosen === boxes.length;
      head.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }
}

document.addEventListener("change", (event) => {
  const input = event.target;
  const bar = input.dataset.selectPage ? find(`[data-bulk="${input.dataset.selectPage}"]`) : input.form;
  if (!bar?.matches?.("[data-bulk]")) return;
  bar.elements.all.value = "";
  if (input.dataset.selectPage) for (const one of boxesOf(bar)) set(one, input.checked);
  else set(input, input.checked);
  refresh();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-all],[data-clear]");
  const bar = button?.closest("[data-bulk]");
  if (!bar) return;
  const everything = button.matches("[data-all]");
  bar.elements.all.value = everything ? "1" : "";
  if (!everything) for (const one of boxesOf(bar)) set(one, false);
  refresh();
  if (everything) bar.setAttribute("aria-label", words.allSelected.replace("%(count)s", bar.dataset.total));
});

// Shift-click selects from the last clicked row on, as in a file list.
document.addEventListener("click", (event) => {
  const checkbox = event.target.closest("input[name=ids]");
  if (!checkbox) return;
  const row = checkbox.closest("[data-row]");
  if (event.shiftKey && anchor && checkbox.checked) {
    const list = rows();
    const [from, to] = [list.indexOf(anchor), list.indexOf(row)].sort((a, b) => a - b);
    for (const one of list.slice(Math.max(from, 0), to + 1)) set(box(one), true);
    refresh();
  }
  anchor = row;
});
