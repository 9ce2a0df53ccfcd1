// The command palette: pages, acts and search in one field (design ui.md §8 and §10).
import { act, all, data, find, icon, make, perform, words } from "./page.js";
import { openPeek } from "./dialogs.js";

const dialog = find("#palette");
const input = dialog && find("input", dialog);
const list = dialog && find("#pal-list");
const PAUSE = 120;
const SHOWN = 7;
let asked = 0;
let timer;

act("palette", () => {
  if (!dialog || dialog.open) return false;
  dialog.showModal();
  input.value = "";
  search();
  input.focus();
  return true;
});

function commands(text) {
  const wanted = text.toLowerCase();
  const fits = ({ label, words: more }) => `${label} ${more}`.toLowerCase().includes(wanted);
  return data.commands.filter(fits).slice(0, wanted ? SHOWN : 9);
}

function draw(acts, groups) {
  list.replaceChildren();
  if (acts.length) group(words.commands, acts.map(commandOption));
  for (const { title, hits } of groups) group(title, hits.map(hitOption));
  choose(find("[role=option]", list));
}

function group(title, options) {
  const id = `pal-g${list.childElementCount}`;
  const heading = make("div", { class: "pal-h", id, role: "presentation" }, title);
  list.append(make("div", { role: "group", "aria-labelledby": id }, heading, ...options));
}

function option(name, ...children) {
  const made = make("div", { role: "option", "aria-selected": "false" }, icon(name || "chevron-right"), ...children);
  made.id = `pal-o${all("[role=option]", list).length}-${Math.random().toString(36).slice(2, 7)}`;
  return made;
}

function commandOption(command) {
  const made = option(command.icon, make("span", {}, command.label));
  if (command.keys) made.append(make("span", { class: "end" }, ...hints(command.keys)));
  made.run = () => (command.url && !command.act.startsWith("new:") ? location.assign(command.url) : perform(command.act) !== false || location.assign(command.url));
  return made;
}

const hints = (keys) => keys.split(" ").map((key) => make("kbd", {}, key.length > 1 ? key : key.toUpperCase()));

function hitOption(hit) {
  const note = make("small", {}, ` ${hit.note}`);
  const made = option(hit.icon || "user", make("span", {}, hit.title, note));
  if (hit.bandWord) {
    const band = make("span", { class: `risk risk-${hit.band.toLowerCase()}` }, icon(hit.bandIcon), hit.bandWord);
    made.append(make("span", { class: "end" }, band));
  }
  made.run = () => location.assign(hit.url);
  made.peek = hit.peek_url;
  return made;
}

function choose(chosen) {
  for (const one of all("[role=option]", list)) one.setAttribute("aria-selected", String(one === chosen));
  if (chosen) {
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

const chosen = () => find('[aria-selected="true"]', list);

async function search() {
  const text = input.value.trim();
  const mine = ++asked;
  draw(commands(text), []);
  status(text ? words.searching : "");
  try {
    const answer = await fetch(`${data.search}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    const { groups } = await answer.json();
    if (mine !== asked) return;
    const place = all("[role=option]", list).indexOf(chosen());
    draw(commands(text), groups);
    choose(all("[role=option]", list)[Math.max(place, 0)]);
    const found = all("[role=option]", list).length;
    if (!found) list.append(make("div", { class: "pal-none" }, words.nothing));
    if (text) status(words.results.replace("%(count)s", found));
  } catch {
    if (mine === asked) status(words.failed);
  }
}

const status = (text) => (find("[data-pal-status]", dialog).textContent = text);

function key(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const options = all("[role=option]", list);
  const place = options.indexOf(chosen());
  const target = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: options.length - 1 }[event.key];
  if (target !== undefined && options.length) {
    event.preventDefault();
    choose(options[(target + options.length) % options.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    go(chosen(), event.altKey);
  }
}

function go(one, aside) {
  if (!one) return;
  dialog.close();
  if (aside && one.peek) openPeek(one.peek);
  else one.run();
}

if (dialog) {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  input.addEventListener("keydown", key);
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]"), event.altKey));
}
