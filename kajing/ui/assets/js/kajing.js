// The one script of every page. No framework: htmx swaps fragments, this file adds keys, palette, toasts, charts.
import "./dialogs.js";
import "./keys.js";
import "./look.js";
import "./palette.js";
import { all, find, perform, words } from "./page.js";
import { restartIdle, watchRevealed } from "./guard.js";
import { watch as watchCharts } from "./charts.js";
import "./calendar.js";
import { arrange } from "./arrange.js";
import { locate } from "./places.js";
import { refresh as buildConditions } from "./conditions.js";
import { refresh } from "./rows.js";
import "./tiles.js";
import { refresh as showParts } from "./when.js";
import { adopt, toast } from "./toasts.js";
import { keep } from "./later.js";

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-act]");
  if (control) perform(control.dataset.act, event);
});

function arrived() {
  refresh();
  buildConditions();
  watchRevealed();
  watchCharts();
  locate();
  arrange();
  showParts();
  const summary = find("[data-focus]");
  if (summary && !summary.dataset.seen) {
    summary.dataset.seen = "1";
    summary.focus();
  }
}

// A thin line on top for requests slower than a blink.
const bar = find(".busy");
let waiting = 0;
const busy = (by) => {
  waiting = Math.max(waiting + by, 0);
  bar?.classList.toggle("on", waiting > 0);
};
document.addEventListener("htmx:before:request", () => busy(1));
document.addEventListener("htmx:finally:request", () => {
  busy(-1);
  restartIdle();
});
document.addEventListener("htmx:after:swap", () => queueMicrotask(arrived));
document.addEventListener("htmx:error", (event) => {
  const form = event.detail?.ctx?.sourceElement?.closest?.("form[data-keep]");
  if (form) keep(form);
  else if (event.detail?.ctx) toast({ text: words.offline, tone: "bad" });
});
// A failed act without a place to show its fragment still says so.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.swap === "none" || ctx.target === document.body) toast({ text: words.failed, tone: "bad" });
});

// Optimistic marks (only tag, star, task done): the row changes at once and changes back when the server refuses.
const optimist = (event) => event.detail?.ctx?.sourceElement?.closest?.("[data-optimistic]");
function mark(control, on) {
  control.closest("[data-row]")?.classList.toggle(control.dataset.optimistic, on);
  if (!on && control.matches("[type=checkbox]")) control.checked = !control.checked;
}
document.addEventListener("htmx:before:request", (event) => {
  const control = optimist(event);
  if (control) mark(control, true);
});
for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, (event) => {
    const control = optimist(event);
    if (control) mark(control, false);
  });
}

// Back and forward may restore a page from memory: nothing selected, nothing open.
addEventListener("pageshow", (event) => {
  if (event.persisted) all("dialog[open]").forEach((dialog) => dialog.close());
});

adopt();
arrived();
restartIdle();
