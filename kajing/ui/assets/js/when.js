// Parts of a form that only count for some answers: data-when="name=value other". Without script all parts show.
import { all } from "./page.js";

const controls = (form, name) => [...form.elements].filter((one) => one.name === name);

function apply(part) {
  const [name, ...rest] = part.dataset.when.split("=");
  const wanted = rest.join("=").split(" ");
  const form = part.closest("form");
  const chosen = form ? controls(form, name).filter((one) => !["checkbox", "radio"].includes(one.type) || one.checked) : [];
  part.hidden = !chosen.some((one) => wanted.includes(one.value));
}

export const refresh = (within = document) => all("[data-when]", within).forEach(apply);

document.addEventListener("change", ({ target }) => target.form && refresh(target.form));
