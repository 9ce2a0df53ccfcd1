// Keys → acts. The table comes from the server (shortcuts.py), which also prints the sheet.
import { all, data, find, perform } from "./page.js";

const table = new Map(data.keys);
const openers = new Set(data.keys.map(([keys]) => keys).filter((keys) => keys.trim().includes(" ")).map((keys) => keys[0]));
const WAIT = 1200;
let opened = "";
let timer;

function name(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Mod+${key}`;
  return event.shiftKey && /^[a-z]$/.test(key) ? `Shift+${key}` : key;
}

// Typing belongs to the field, Chinese input to the input method, a modal dialog to itself.
function isTyping(event) {
  const field = event.target.closest?.("input,textarea,select,[contenteditable]");
  if (field?.matches("[type=checkbox],[type=radio]")) return event.key === " " || event.key.startsWith("Arrow");
  if (field) return true;
  if (event.target.closest?.("button,summary,[role=option]")) return event.key === " " || event.key === "Enter";
  return event.key === "Enter" && Boolean(event.target.closest?.("a"));
}

const modal = () => all("dialog[open]").some((dialog) => dialog.id !== "peek");

export function handle(event) {
  if (event.isComposing || event.keyCode === 229 || event.altKey || event.defaultPrevented) return;
  const keys = name(event);
  if (keys.startsWith("Mod+")) return run(keys, event);
  if (keys === "Escape" && leaveNote(event)) return;
  if (modal() || (keys !== "Escape" && isTyping(event))) return;
  const sequence = `${opened} ${keys}`;
  if (opened && table.has(sequence)) {
    forget();
    find("details.menu[open]")?.removeAttribute("open");
    return run(sequence, event);
  }
  if (!opened && own(keys, event)) return;
  forget();
  if (openers.has(keys)) {
    opened = keys;
    timer = setTimeout(forget, WAIT);
  }
  run(keys, event);
}

// A control of the page may have a key of its own, printed on it (data-key="r"); single keys must be switched on.
function own(keys, event) {
  const control = table.has("j") && find(`[data-key="${CSS.escape(keys)}"]`);
  if (!control || !control.offsetParent) return false;
  event.preventDefault();
  control.click();
  const details = control.closest("summary")?.parentElement;
  if (details) setTimeout(() => details.open && find("textarea,input", details)?.focus());
  return true;
}

// Escape leaves a note for its heading, where single keys count again.
function leaveNote(event) {
  const note = event.target.matches?.("textarea,input") && event.target.closest("details.more-note");
  if (!note) return false;
  event.preventDefault();
  find("summary", note).focus();
  return true;
}

function forget() {
  opened = "";
  clearTimeout(timer);
}

function run(keys, event) {
  if (table.has(keys) && perform(table.get(keys), event) !== false) event.preventDefault();
}

document.addEventListener("keydown", handle);

// ⌘ only where it exists.
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const hint of all("[data-mod]")) hint.textContent = hint.textContent.replace("Ctrl ", "⌘");
}
