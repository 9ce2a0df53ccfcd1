// Theme, density, language, sidebar: shown at once, then saved in the profile.
import { act, data, find, post, root } from "./page.js";
import { toast } from "./toasts.js";
import { words } from "./page.js";

export const dark = () =>
  root.dataset.bsTheme === "dark" || (root.dataset.bsTheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

async function save(values) {
  try {
    const answer = await post(data.preferences, values);
    if (!answer.ok) throw new Error(answer.status);
  } catch {
    toast({ text: words.failed, tone: "bad" });
  }
}

function show(name, value) {
  const attribute = { theme: "bsTheme", density: "density", sidebar: "sidebar" }[name];
  if (attribute) root.dataset[attribute] = value;
  if (name === "theme") document.dispatchEvent(new CustomEvent("look:theme"));
}

function change(name, value) {
  show(name, value);
  return save({ [name]: value });
}

act("theme", () => change("theme", dark() ? "light" : "dark"));
act("density", () => change("density", root.dataset.density === "cozy" ? "compact" : "cozy"));
act("sidebar", () => change("sidebar", root.dataset.sidebar === "folded" ? "open" : "folded"));
act("language", () => save({ language: root.lang === "en" ? "zh-hans" : "en" }).then(() => location.reload()));

// The settings page saves each choice as it is made.
const form = find("form[data-autosave]");
if (form) {
  find("[type=submit]", form).parentElement.hidden = true;
  form.addEventListener("change", async ({ target }) => {
    await change(target.name, target.value);
    if (target.name === "language" || target.name === "shortcuts") location.reload();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("look:theme")));
