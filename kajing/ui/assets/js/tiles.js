// Tiles of a dashboard dragged into another order; buttons do the same without a mouse.
import { all, find, post } from "./page.js";

addEventListener("load", () => {
  const box = find("[data-tiles]");
  if (!box || !window.Sortable) return;
  window.Sortable.create(box, {
    animation: 120,
    filter: "button",
    preventOnFilter: false,
    onEnd: async () => {
      const order = all("[data-tile]", box).map((one) => one.dataset.tile);
      await post(box.dataset.tiles, { act: "order", order: order.join(",") });
      location.reload(); // places are numbers: every button of the page names one
    },
  });
});
