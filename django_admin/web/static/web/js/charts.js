// The charts under an answer: drawn when they come into sight, in the colours of the page, with their figures as a table.
// Their class is not "chart": the administration's own script takes what is called so for a chart of its own.
import { t } from "./config.js";
import { el, icon } from "./dom.js";
import { draw } from "./vega.js";

const FALLBACK_WIDTH = 640;
const NARROW_PX = 480;
const SHORT_LABEL_PX = 96;
const LABEL_PX = 200;
const drawings = new WeakMap(); // figure → { redraw, close }
const drawn = new Set(); // the figures that listen to the window's size, and follow the theme

const inSight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    inSight.unobserve(target);
    drawn.add(target);
    drawings.get(target).redraw();
  }
});

new MutationObserver(() => {
  closeGone();
  for (const figure of drawn) drawings.get(figure).redraw();
}).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] }); // the administration's theme is a class

function closeGone() {
  for (const figure of drawn) {
    if (figure.isConnected) continue;
    drawn.delete(figure);
    drawings.get(figure).close();
  }
}

export function renderChart({ title, spec }) {
  closeGone();
  const language = /[가-힣]/.test(title + JSON.stringify(spec.encoding ?? spec.layer ?? "")) ? "ko" : "en";
  const picture = el("div", { class: "chart-picture" });
  const note = el("p", { class: "chart-note", hidden: true }, t("chartFailed"));
  const saving = el("span", { class: "chart-saving", hidden: true }, ["PNG", "SVG"].map((format) => {
    const label = t("chartSave", { format });
    const save = () => saveAs(format.toLowerCase(), { title, spec, language, figure });
    return el("button", { type: "button", class: "foot-button", title: label, "aria-label": label, onclick: save }, [icon("download"), format]);
  }));
  const figure = el("figure", { class: "answer-chart", lang: language, "aria-label": title }, [
    el("figcaption", {}, [el("span", { class: "chart-title" }, title), saving]),
    picture, note, table(spec),
  ]);
  let view = null;
  const drawOnce = async () => {
    figure.dataset.state ||= "drawing";
    try {
      const { title: _, ...untitled } = spec; // it stands above, as text
      const next = await draw({ ...untitled, description: title }, { config: look(figure, picture.clientWidth), language, element: picture });
      view?.finalize();
      view = next;
      figure.dataset.state = "drawn";
    } catch (error) {
      console.warn("a chart could not be drawn", error);
      figure.dataset.state = "failed";
    }
    saving.hidden = figure.dataset.state !== "drawn";
    picture.hidden = figure.dataset.state === "failed";
    note.hidden = !picture.hidden;
    figure.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
  };
  let last = Promise.resolve(); // one after the other: they share the element
  drawings.set(figure, {
    redraw: () => { last = last.then(drawOnce); },
    close: () => { last = last.then(() => view?.finalize()); },
  });
  inSight.observe(figure);
  return figure;
}

function look(figure, width) {
  const style = getComputedStyle(figure);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const text = {
    labelColor: colour("ink-soft"), titleColor: colour("ink-soft"), labelFont: style.getPropertyValue("--font"),
    titleFont: style.getPropertyValue("--font"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500,
  };
  return {
    background: null, font: style.getPropertyValue("--font"), view: { stroke: null },
    axis: {
      ...text, gridColor: colour("line"), domainColor: colour("line-strong"), tickColor: colour("line-strong"),
      labelLimit: width < NARROW_PX ? SHORT_LABEL_PX : LABEL_PX,
    },
    axisXDiscrete: { labelAngle: width < NARROW_PX ? -45 : 0, labelOverlap: true },
    legend: text, title: { color: colour("ink") },
  };
}

async function saveAs(format, { title, spec, language, figure }) {
  const background = getComputedStyle(figure).getPropertyValue("--bg").trim();
  const alone = { ...spec, width: FALLBACK_WIDTH, background, padding: 16 };
  const view = await draw(alone, { config: { ...look(figure, FALLBACK_WIDTH), background }, language });
  const url = await view.toImageURL(format, 2);
  view.finalize();
  el("a", { href: url, download: `${title.replace(/[^\p{L}\p{N} _-]/gu, "").trim() || "chart"}.${format}` }).click();
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// The figures of the marks, a column for each field that is drawn.
function table(spec) {
  const rows = Array.isArray(spec.data?.values) ? spec.data.values.filter((row) => row && typeof row === "object") : [];
  const fields = fieldsOf(spec);
  if (!rows.length || !fields.size) return null;
  const cell = (value) => (typeof value === "number" ? el("td", { align: "right" }, value.toLocaleString()) : el("td", {}, String(value ?? "")));
  return el("details", { class: "chart-data" }, [
    el("summary", {}, t("chartTable")),
    el("div", { class: "table-box prose", tabindex: "0", role: "region", "aria-label": t("chartTable") }, el("table", {}, [
      el("thead", {}, el("tr", {}, [...fields.values()].map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, [...fields.keys()].map((field) => cell(row[field]))))),
    ])),
  ]);
}

function fieldsOf(spec) {
  const fields = new Map();
  for (const part of [spec, ...(Array.isArray(spec.layer) ? spec.layer : [])]) {
    const { x, y } = part?.encoding ?? {};
    const channels = x?.type === "quantitative" && y?.type !== "quantitative" ? [y, x] : [x, y];
    for (const channel of channels) {
      if (typeof channel?.field === "string" && !fields.has(channel.field)) fields.set(channel.field, String(channel.title ?? ""));
    }
  }
  return fields;
}
