// The condition builder: rows of field, comparison and value in nested groups, kept in step with the text below it.
// <div data-conditions="id of the text" data-fields="id of the JSON"></div>; without script the text alone does.
import { all, find } from "./page.js";

const MOST_DEPTH = 5;
const UNARY = ["empty", "not empty"];
const LISTS = ["in", "not in"];
const KEYWORDS = /^(and|or|not|in|is|empty|before|after|contains|且|或|非)$/i;

const quote = (value) => (/^[\p{L}\p{N}_.+%-]+$/u.test(value) && !KEYWORDS.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`);

export function toText(node, inner = false) {
  if (node.not) return `not ${toText(node.not, true)}`;
  const parts = node.all ?? node.any;
  if (!parts) return leafText(node);
  const said = parts.map((part) => toText(part, parts.length > 1)).filter(Boolean);
  const text = said.join(node.all ? " and " : " or ");
  return inner && said.length > 1 ? `(${text})` : text;
}

function leafText({ field, op, value }) {
  if (!field) return "";
  if (UNARY.includes(op)) return `${quote(field)} is ${op}`;
  const values = (Array.isArray(value) ? value : [value]).map((one) => String(one ?? "").trim()).filter(Boolean);
  if (!values.length) return "";
  return LISTS.includes(op) ? `${quote(field)} ${op} (${values.map(quote).join(", ")})` : `${quote(field)} ${op} ${quote(values[0])}`;
}

const make = (tag, props = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
};

class Builder {
  constructor(root) {
    const data = JSON.parse(document.getElementById(root.dataset.fields).textContent);
    this.root = root;
    this.words = data.words;
    this.fields = new Map(data.fields.map((field) => [field.name, field]));
    this.text = document.getElementById(root.dataset.conditions);
    this.tree = data.tree && (data.tree.all || data.tree.any) ? data.tree : { all: data.tree ? [data.tree] : [] };
    this.readable = Boolean(data.tree) || !this.text.value.trim();
    this.text.addEventListener("input", (event) => event.isTrusted && this.typed());
    this.draw();
  }

  // What is typed by hand is the truth: the builder steps back until the page is opened again.
  typed() {
    this.readable = !this.text.value.trim();
    if (this.readable) this.tree = { all: [] };
    this.draw();
  }

  changed() {
    this.text.value = toText(this.tree);
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  draw(focus = "") {
    if (!this.readable) return this.root.replaceChildren(make("p", { className: "hint", textContent: this.words.typed }));
    this.number = 0;
    this.root.replaceChildren(this.group(this.tree, 1, null));
    if (focus) find(focus, this.root)?.focus();
  }

  group(node, depth, remove) {
    const joint = node.all ? "all" : "any";
    const parts = node[joint];
    const choose = this.select([["all", this.words.all], ["any", this.words.any]], joint, this.words.joint, (value) => {
      if (value === joint) return;
      node[value] = parts;
      delete node[joint];
      this.changed();
      this.draw(`[data-n="${choose.dataset.n}"]`);
    });
    const rows = parts.map((part, index) => {
      const drop = () => (parts.splice(index, 1), this.changed(), this.draw("[data-add]"));
      return make("li", {}, this.part(parts, index, part, depth, drop));
    });
    const add = this.button(this.words.add, () => {
      const [first] = this.fields.values();
      parts.push({ field: first.name, op: first.ops[0], value: "" });
      this.draw();
      all("select", this.root).filter((one) => one.dataset.field).pop()?.focus();
    });
    add.dataset.add = "1";
    const bar = make("div", { className: "row" }, add);
    if (depth < MOST_DEPTH) bar.append(this.button(this.words.group, () => (parts.push({ any: [] }), this.draw())));
    const head = make("div", { className: "row" }, choose);
    if (remove) head.append(this.button("×", remove, this.words.dropGroup));
    return make("fieldset", { className: "cond" }, make("legend", { className: "vh", textContent: this.words.joint }), head, make("ul", { className: "cond-rows" }, ...rows), bar);
  }

  part(parts, index, node, depth, drop) {
    const inner = node.not ?? node;
    const negate = make("input", { type: "checkbox", checked: Boolean(node.not) });
    negate.addEventListener("change", () => {
      parts[index] = negate.checked ? { not: inner } : inner;
      this.changed();
      this.draw();
    });
    const label = make("label", { className: "row cond-not" }, negate, this.words.not);
    if (inner.all || inner.any) return make("div", { className: "cond-part" }, label, this.group(inner, depth + 1, drop));
    if (inner.not) return make("div", { className: "cond-part" }, label, make("code", { textContent: toText(inner) }), this.button("×", drop, this.words.drop));
    return this.leaf(inner, label, drop);
  }

  leaf(node, label, drop) {
    const field = this.fields.get(node.field) ?? [...this.fields.values()][0];
    const fields = [...this.fields.values()].map((one) => [one.name, one.unit ? `${one.label} (${one.unit})` : one.label]);
    const name = this.select(fields, field.name, this.words.field, (value) => {
      const next = this.fields.get(value);
      Object.assign(node, { field: value, op: next.ops.includes(node.op) ? node.op : next.ops[0], value: next.kind === "flag" ? "1" : "" });
      this.changed();
      this.draw(`[data-n="${name.dataset.n}"]`);
    });
    name.dataset.field = "1";
    const ops = field.ops.map((op) => [op, this.words.ops[`${field.kind} ${op}`] ?? this.words.ops[op] ?? op]);
    const op = this.select(ops, node.op, this.words.comparison, (value) => {
      node.op = value;
      this.changed();
      this.draw(`[data-n="${op.dataset.n}"]`);
    });
    const row = make("div", { className: "cond-row" }, label, name, op);
    if (!UNARY.includes(node.op)) row.append(this.value(field, node));
    row.append(this.button("×", drop, this.words.drop));
    return row;
  }

  value(field, node) {
    const said = (value) => ((node.value = value), this.changed());
    const now = Array.isArray(node.value) ? node.value : [node.value ?? ""];
    if (field.kind === "flag") return this.select([["1", this.words.yes], ["0", this.words.no]], String(now[0]), this.words.value, said);
    if (field.options.length && LISTS.includes(node.op)) {
      const box = make("select", { multiple: true, size: Math.min(field.options.length, 5), ariaLabel: this.words.value });
      box.append(...field.options.map(([code, label]) => new Option(label, code, false, now.includes(code))));
      box.addEventListener("change", () => said([...box.selectedOptions].map((one) => one.value)));
      return box;
    }
    if (field.options.length) {
      const known = field.options.some(([code]) => code === now[0]);
      if (!now[0]) said(field.options[0][0]);
      const options = known || !now[0] ? field.options : [...field.options, [now[0], now[0]]];
      return this.select(options, String(node.value), this.words.value, said);
    }
    const input = make("input", { value: now.join(", "), ariaLabel: this.words.value, size: 12, autocomplete: "off" });
    input.placeholder = { range: "1000", period: "-30d" }[field.kind] ?? "";
    input.addEventListener("input", () => said(LISTS.includes(node.op) ? input.value.split(/[,，、]/) : input.value));
    return input;
  }

  select(options, chosen, label, act) {
    const element = make("select", { ariaLabel: label });
    element.append(...options.map(([value, text]) => new Option(text, value, false, value === chosen)));
    element.dataset.n = String(this.number++);
    element.addEventListener("change", () => act(element.value));
    return element;
  }

  button(text, act, label = "") {
    const element = make("button", { type: "button", className: `btn btn-sm${label ? " btn-ghost btn-i" : ""}`, textContent: text });
    if (label) element.ariaLabel = label;
    element.addEventListener("click", act);
    return element;
  }
}

export function refresh() {
  for (const root of all("[data-conditions]")) {
    if (root.dataset.built) continue;
    root.dataset.built = "1";
    new Builder(root);
  }
}
