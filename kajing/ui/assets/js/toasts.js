// Short news with Undo. A toast stays 8 seconds, and as long as the pointer or the focus is on it; errors stay.
import { act, all, find, make, words } from "./page.js";

const STAY = 8000;

export function toast({ text, undo = "", tone = "" }) {
  const note = make("div", { class: `toast ${tone}` }, make("span", {}, text));
  if (undo) note.append(undoButton(undo, note));
  arrange(note, tone);
  find("#toasts").append(note);
  return note;
}

function undoButton(url, note) {
  const button = make("button", { type: "button", "data-undo": "" }, words.undo);
  button.addEventListener("click", () => {
    note.remove();
    // The answer brings its own fragments out of band, or asks for a reload. With the body as its target htmx would
    // announce a request for a full page.
    window.htmx.ajax("POST", url, { source: document.body, target: "#alerts", swap: "none" });
  });
  return button;
}

function arrange(note, tone) {
  const stays = tone === "bad";
  if (stays) note.setAttribute("role", "alert");
  const close = make("button", { type: "button", "aria-label": words.close }, "×");
  close.addEventListener("click", () => note.remove());
  note.append(close);
  if (stays) return;
  let timer;
  const start = () => (timer = setTimeout(() => note.remove(), STAY));
  const stop = () => clearTimeout(timer);
  for (const name of ["mouseenter", "focusin"]) note.addEventListener(name, stop);
  for (const name of ["mouseleave", "focusout"]) note.addEventListener(name, start);
  start();
}

// Messages a full page brought along.
export function adopt() {
  for (const note of all("#toasts [data-toast]")) {
    const undo = note.dataset.toast.match(/undo:(\S+)/)?.[1];
    if (undo) note.append(undoButton(undo, note));
    arrange(note, note.classList.contains("bad") ? "bad" : "");
  }
}

act("undo", () => {
  const button = all("#toasts [data-undo]").pop();
  button?.click();
  return Boolean(button);
});

document.addEventListener("toast", (event) => {
  for (const note of [event.detail?.value ?? event.detail].flat()) toast(note);
});
