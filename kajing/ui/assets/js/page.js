// What every module needs: the page's data, finding and making elements, acts by name, talking to the server.

const block = document.getElementById("kj-data");
export const data = block ? JSON.parse(block.textContent) : { keys: [], commands: [], pages: {}, words: {} };
export const words = data.words;
export const root = document.documentElement;

export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "ico");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${data.icons}#${name}`);
  svg.append(use);
  return svg;
}

const acts = new Map();
export const act = (name, run) => acts.set(name, run);

// Runs an act by its name; "do:" presses a control, "nav:" and "new:" follow what the server listed.
export function perform(name, event) {
  const [kind, rest] = name.split(":");
  if (acts.has(name)) return acts.get(name)(event);
  if (kind === "do") return press(`[data-do~="${rest}"]`);
  if (kind === "nav" && data.pages[name]) return location.assign(data.pages[name]);
  if (kind === "new") return press(`[data-new="${rest}"]`);
  return false;
}

// The current row first, then the side panel, then the page.
function press(selector) {
  const control = ["[data-cur]", "#peek[open]", "body"]
    .map((place) => find(place))
    .filter(Boolean)
    .map((place) => find(selector, place))
    .find(Boolean);
  if (!control) return false;
  if (control.matches("input:not([type=checkbox],[type=radio]),select,textarea")) control.focus();
  else control.click();
  return true;
}

export function token() {
  const headers = document.body.getAttribute("hx-headers:inherited");
  return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
}

export function post(url, values) {
  return fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token(), "X-Requested-With": "kajing" },
    body: new URLSearchParams(values),
  });
}

export const say = (text, place = "#alerts") => {
  const region = find(place);
  if (region) region.textContent = text;
};
