// Vega-Lite, loaded when the first chart is to be drawn. The policy of the page forbids `eval` and inline styles, so
// expressions are interpreted, and a chart is an untrusted one: it brings its data along, and loads nothing.
const SHORTENED_FROM = 10_000;
let loading = null;

export function load() {
  loading ??= loadAll().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function loadAll() {
  await import("../vendor/vega.min.js"); // leaves the global `vega`, on which the two others stand
  const [{ expressionInterpreter }] = await Promise.all([
    import("../vendor/vega-interpreter.js"),
    import("../vendor/vega-lite.min.js"),
  ]);
  const { vega, vegaLite } = globalThis;
  for (const language of ["en", "ko"]) {
    const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
    vega.expressionFunction(`short_${language}`, (value) => (Math.abs(value) < SHORTENED_FROM ? whole : short).format(value));
  }
  return { vega, vegaLite, expressionInterpreter };
}

const FORBIDDEN_KEYS = new Set(["url", "href", "sequence", "graticule", "bind"]);
const FORBIDDEN_MARKS = new Set(["image", "geoshape"]);

// What fetches, leads elsewhere, makes data out of nothing or puts inputs onto the page. Rows may be named as they like.
function isHarmless(value, key) {
  if (Array.isArray(value)) return key === "values" || value.every((inner) => isHarmless(inner));
  if (value === null || typeof value !== "object") return !(key === "mark" && FORBIDDEN_MARKS.has(value));
  if (key === "mark" && FORBIDDEN_MARKS.has(value.type)) return false;
  return Object.entries(value).every(([name, inner]) => !FORBIDDEN_KEYS.has(name) && isHarmless(inner, name));
}

async function refuse() {
  throw new Error("a chart loads nothing");
}
const LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

function quiet(problems) {
  const logger = {
    level: () => 1, // errors only
    error: (...said) => { problems.push(said); return logger; },
    warn: () => logger, info: () => logger, debug: () => logger,
  };
  return logger;
}

const KOREAN_DAYS = [..."일월화수목금토"];
const KOREAN_MONTHS = Array.from({ length: 12 }, (_, month) => `${month + 1}월`);
const KOREAN_TIME = {
  dateTime: "%Y년 %-m월 %-d일 %X", date: "%Y. %-m. %-d.", time: "%H:%M:%S", periods: ["오전", "오후"],
  days: KOREAN_DAYS.map((day) => `${day}요일`), shortDays: KOREAN_DAYS, months: KOREAN_MONTHS, shortMonths: KOREAN_MONTHS,
};

// Returns a view that has drawn, into the element where there is one. Throws for a specification that cannot be drawn.
export async function draw(spec, { config, language, element = null }) {
  const { vega, vegaLite, expressionInterpreter } = await load();
  if (!isHarmless(spec)) throw new Error("a chart that asks for more than its data");
  const problems = [];
  const logger = quiet(problems);
  const numbers = { customFormatTypes: true, numberFormatType: `short_${language}` };
  const compiled = vegaLite.compile(spec, { config: { ...config, ...numbers }, logger }).spec;
  const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
    expr: expressionInterpreter, loader: LOADER, logger, renderer: element ? "svg" : "none", container: element,
    locale: language === "ko" ? { time: KOREAN_TIME } : undefined,
  });
  try {
    await view.runAsync();
    if (problems.length) throw new Error(problems[0].join(" "));
  } catch (error) {
    view.finalize();
    throw error;
  }
  return view;
}
