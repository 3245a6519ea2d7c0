// Draws the charts from what the page brings along, and again whenever HTMX has brought new figures.

const root = document.getElementById("monitoring");
const charts = [];

const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const series = () => JSON.parse(document.getElementById("series").dataset.series);

const seconds = (value) => (value >= 1000 ? `${value / 1000} s` : `${value} ms`);

const kinds = {
  requests: {
    type: "bar",
    sets: [["ok", "--chart-ok"], ["errors", "--chart-errors"]],
    tick: (value) => (Number.isInteger(value) ? value : null),
    label: (item) => `${item.dataset.label}: ${item.raw}`,
  },
  durations: {
    type: "line",
    sets: [["p50", "--chart-p50"], ["p95", "--chart-p95"]],
    tick: seconds,
    label: (item) => `${item.dataset.label}: ${seconds(item.raw)}`,
  },
};

function options(kind) {
  const stacked = kind.type === "bar";
  const ticks = { maxRotation: 0, autoSkip: true, font: { size: 10 } };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: { colors: { enabled: false }, legend: { display: false }, tooltip: { callbacks: { label: kind.label } } },
    scales: {
      x: { stacked, grid: { display: false }, border: { display: false }, ticks: { ...ticks, maxTicksLimit: 4 } },
      y: {
        stacked,
        beginAtZero: true,
        suggestedMax: stacked ? 4 : 10,
        border: { display: false },
        ticks: { ...ticks, maxTicksLimit: 3, callback: kind.tick },
      },
    },
  };
}

function draw(canvas) {
  const kind = kinds[canvas.dataset.chart];
  const datasets = kind.sets.map(([key, property]) => ({
    key,
    borderColor: () => color(property),
    backgroundColor: () => color(property),
    label: canvas.dataset[key],
    data: [],
    borderWidth: kind.type === "line" ? 2 : 0,
    borderRadius: 2,
    maxBarThickness: 14,
    pointRadius: 2,
    pointBorderWidth: 0,
    cubicInterpolationMode: "monotone",
  }));
  const chart = new Chart(canvas, { type: kind.type, data: { labels: [], datasets }, options: options(kind) });
  charts.push({ chart, service: canvas.dataset.service });
}

function refresh() {
  const { labels, services } = series();
  for (const { chart, service } of charts) {
    chart.data.labels = labels;
    for (const dataset of chart.data.datasets) dataset.data = services[service][dataset.key];
    chart.options.scales.y.grid.color = color("--chart-grid");
    chart.options.scales.x.ticks.color = chart.options.scales.y.ticks.color = color("--chart-text");
    chart.update("none");
  }
}

Chart.defaults.font.family = "Inter, sans-serif";
document.querySelectorAll("canvas[data-chart]").forEach(draw);
refresh();
new MutationObserver(refresh).observe(document.documentElement, { attributeFilter: ["class"] });

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { status, responseURL } = detail.xhr;
  if (status === 403 || (responseURL && !new URL(responseURL).pathname.startsWith("/dashboard/live"))) {
    location.reload(); // signed out, or no longer allowed: the page itself says so
    return;
  }
  root.classList.toggle("is-lost", !detail.successful);
  if (detail.successful) refresh();
});
