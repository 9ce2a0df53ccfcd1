// What protects data and people on an open page: revealed fields hide again, the session warns before it ends,
// statutory clocks go on.
import { all, data, find, make, say, words } from "./page.js";

const SHOWN = 30_000;

function hide(field) {
  const masked = find("template", field);
  if (!masked || !field.isConnected) return;
  const fresh = masked.content.firstElementChild.cloneNode(true);
  field.replaceWith(fresh);
  window.htmx.process(fresh);
}

export function watchRevealed(within = document) {
  for (const field of all(".mask[data-clear]", within)) {
    if (field.dataset.clear) continue;
    field.dataset.clear = "30";
    setTimeout(() => {
      hide(field);
      say(words.hidden);
    }, SHOWN);
  }
}

const hideAll = () => all(".mask[data-clear]").forEach(hide);
addEventListener("pagehide", hideAll);
document.addEventListener("visibilitychange", () => document.hidden && hideAll());

// Two minutes before the server ends an idle session.
const WARN = 120;
let timer;

export function restartIdle() {
  if (!data.idle) return;
  clearTimeout(timer);
  find("#idle")?.remove();
  timer = setTimeout(warn, Math.max(data.idle - WARN, 10) * 1000);
}

function warn() {
  const stay = make("button", { type: "button" }, words.stay);
  stay.addEventListener("click", () => fetch(`${data.search}?q=`, { headers: { Accept: "application/json" } }).then(restartIdle));
  find("#toasts").append(make("div", { class: "toast bad", role: "alert", id: "idle" }, make("span", {}, words.idle), stay));
}

// "4 h left" goes on counting; crossing a level is said once.
const MINUTE = 60_000;
const LEVELS = [
  [0, "bad", "over"],
  [24 * 60, "bad", "day"],
  [3 * 24 * 60, "warn", "days"],
];

function tick() {
  for (const clock of all(".cd[data-deadline]")) {
    const left = Math.floor((new Date(clock.dataset.deadline) - Date.now()) / MINUTE);
    find("b", clock).textContent = phrase(left);
    const level = LEVELS.find(([edge]) => left < edge);
    if (!level) continue;
    if (clock.dataset.level && clock.dataset.level !== level[2]) say(phrase(left), "#alerts");
    clock.dataset.level = level[2];
    clock.classList.remove("ok", "pri", "warn", "bad");
    clock.classList.add(level[1]);
  }
}

function phrase(minutes) {
  const size = Math.abs(minutes);
  const [count, unit] = size < 60 ? [Math.max(size, 1), words.minutes] : size < 48 * 60 ? [Math.floor(size / 60), words.hours] : [Math.floor(size / 1440), words.days];
  const span = unit.replace("%(count)s", count);
  return (minutes < 0 ? words.overdue : words.left).replace("%(span)s", span);
}

setInterval(tick, MINUTE);
