// Entries of the calendar that can be moved: dropped on another day, or by Shift and the arrow keys. The server decides.
import { all } from "./page.js";

const entry = (node) => node?.closest?.("[data-shift]");
const day = (node) => node?.closest?.("[data-day]");
const pad = (number) => String(number).padStart(2, "0");
let dragged = null;
let focus = "";

function send(control, day, time) {
  focus = control.id;
  const values = { planned_at: `${day}T${time}`, quick: "1" };
  window.htmx.ajax("POST", control.dataset.shift, { source: document.body, target: "#alerts", swap: "none", values });
}

document.addEventListener("dragstart", (event) => {
  dragged = entry(event.target);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
});
document.addEventListener("dragover", (event) => {
  const place = dragged && day(event.target);
  for (const one of all("[data-day].over")) if (one !== place) one.classList.remove("over");
  if (!place) return;
  event.preventDefault();
  place.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const place = dragged && day(event.target);
  if (!place) return;
  event.preventDefault();
  const [from, time] = dragged.dataset.at.split("T");
  if (place.dataset.day !== from) send(dragged, place.dataset.day, time);
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const one of all("[data-day].over")) one.classList.remove("over");
});

// Left and right a day, up and down half an hour.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -30], ArrowDown: [0, 30] };
document.addEventListener("keydown", (event) => {
  const control = event.shiftKey && STEPS[event.key] && entry(event.target);
  if (!control) return;
  event.preventDefault();
  const [days, minutes] = STEPS[event.key];
  const [at, time] = control.dataset.at.split("T");
  const [year, month, date] = at.split("-").map(Number);
  const [hour, minute] = time.split(":").map(Number);
  const to = new Date(year, month - 1, date + days, hour, minute + minutes);
  send(control, `${to.getFullYear()}-${pad(to.getMonth() + 1)}-${pad(to.getDate())}`, `${pad(to.getHours())}:${pad(to.getMinutes())}`);
});

// The calendar is drawn anew after a move; the focus stays on what was moved.
document.addEventListener("htmx:after:swap", () => {
  const control = focus && document.getElementById(focus);
  if (!control) return;
  control.focus();
  focus = "";
});

// A found record fills its field.
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-fill]");
  const field = choice && document.getElementById(choice.dataset.fill);
  if (!field) return;
  field.value = choice.dataset.value;
  for (const other of all("[data-fill]", choice.parentElement)) other.setAttribute("aria-pressed", String(other === choice));
  field.focus();
});
