// ECharts comes when the first chart is near the viewport; colours come from the tokens and change with the theme.
import { all, data, find, make, root } from "./page.js";

const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const SERIES = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"];
const drawn = new Map();
let library;

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = make("script", { src: data.echarts });
    script.addEventListener("load", () => resolve(window.echarts));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return library;
}

function dress(options) {
  const ink = token("--mu");
  const line = { lineStyle: { color: token("--bd") } };
  const axis = (one) => ({
    ...one,
    axisLabel: { color: ink, ...one.axisLabel },
    axisLine: line,
    splitLine: { ...line, show: one.type === "value" },
    axisTick: { show: false },
  });
  const dressed = {
    ...options,
    animation: false,
    color: SERIES.map(token),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    // HTML tooltips would need style attributes, which the policy forbids.
    tooltip: {
      ...options.tooltip,
      renderMode: "richText",
      backgroundColor: token("--sf"),
      borderColor: token("--bd"),
      textStyle: { color: token("--tx"), fontSize: 12 },
    },
    aria: { enabled: true, label: { enabled: false }, decal: { show: matchMedia("(forced-colors: active), print").matches } },
  };
  for (const name of ["xAxis", "yAxis"]) if (options[name]) dressed[name] = [options[name]].flat().map(axis);
  if (options.legend) dressed.legend = { itemWidth: 10, itemHeight: 10, ...options.legend, textStyle: { color: ink } };
  if (options.visualMap) dressed.visualMap = { ...options.visualMap, inRange: { color: [token("--mut-s"), token("--c1")] } };
  if (options.calendar) dressed.calendar = dressCalendar(options.calendar, ink);
  dressed.series = options.series.map((one) => dressSeries(one, ink));
  return dressed;
}

const dressCalendar = (calendar, ink) => ({
  ...calendar,
  itemStyle: { color: token("--sf2"), borderColor: token("--sf"), borderWidth: 2 },
  splitLine: { show: false },
  dayLabel: { ...calendar.dayLabel, color: ink },
  monthLabel: { ...calendar.monthLabel, color: ink },
});

function dressSeries(series, ink) {
  const label = series.label && { color: ink, ...series.label };
  const goal = series.markLine && {
    ...series.markLine,
    lineStyle: { color: token("--tx"), ...series.markLine.lineStyle },
    label: { color: ink, ...series.markLine.label },
  };
  return { ...series, ...(label && { label }), ...(goal && { markLine: goal }) };
}

async function draw(box) {
  const echarts = await load();
  const options = document.getElementById(box.dataset.chart);
  if (!options || !box.isConnected) return;
  drawn.get(box)?.dispose();
  const chart = echarts.init(box, null, { renderer: "canvas" });
  chart.setOption(dress(JSON.parse(options.textContent)));
  drawn.set(box, chart);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  },
  { rootMargin: "200px" },
);

export function watch(within = document) {
  for (const box of all("[data-chart]", within)) if (!drawn.has(box)) near.observe(box);
  for (const box of drawn.keys()) if (!box.isConnected) forget(box);
}

function forget(box) {
  drawn.get(box).dispose();
  drawn.delete(box);
}

const redraw = () => {
  for (const box of drawn.keys()) draw(box);
};

document.addEventListener("look:theme", redraw);
addEventListener("beforeprint", redraw);
addEventListener("afterprint", redraw);
addEventListener("resize", () => {
  for (const chart of drawn.values()) chart.resize();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chart-as]");
  if (!button) return;
  const box = button.closest("[data-chart-box]");
  const table = button.dataset.chartAs === "table";
  for (const one of all("[data-chart-as]", box)) one.setAttribute("aria-pressed", String(one === button));
  find("[data-chart]", box).hidden = table;
  const sheet = find("[data-chart-table]", box);
  find("template", sheet)?.replaceWith(find("template", sheet).content); // rows of a year weigh nothing until asked for
  sheet.hidden = !table;
  if (!table) drawn.get(find("[data-chart]", box))?.resize();
});
