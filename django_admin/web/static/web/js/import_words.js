// Words of a file that mean something here: those that a check did not understand, and those explained before.
import { json } from "./api.js";
import { config, t } from "./config.js";
import { el } from "./dom.js";

const LISTED = 500;
const MOST = 20;
const CUT = 80; // a longer value was cut, and is no word
const UNKNOWN = new Set(["choice_unknown", "department_unknown", "region_unknown"]);

export class ImportWords {
  constructor() {
    this.box = document.getElementById("words");
  }

  async show(job, fields) {
    const id = job.import_id;
    this.id = id;
    this.fields = new Map(fields.map((field) => [field.name, field]));
    this.draw(job.options.words ?? {}, []);
    if (!job.result?.problem_count) return;
    const page = await json("GET", `/api/imports/${id}/problems?limit=${LISTED}`).catch(() => ({ problems: [] }));
    const found = unknown(page.problems, job.result.mapping);
    if (id !== this.id || !found.length) return;
    this.draw(job.options.words ?? {}, found);
    this.box.closest("details").open = true;
  }

  draw(explained, unknownWords) {
    const rows = Object.entries(explained).flatMap(([field, words]) => Object.entries(words).map(([word, meant]) => ({ field, word, meant })));
    for (const { field, word } of unknownWords) {
      if (rows.length < MOST && !rows.some((row) => row.field === field && row.word === word)) rows.push({ field, word, meant: "" });
    }
    const known = rows.filter(({ field }) => this.fields.has(field));
    this.box.replaceChildren(...(known.length ? [el("p", { class: "hint" }, t("words"))] : []), ...known.map((row) => this.row(row)));
  }

  row({ field, word, meant }) {
    const { titles, choices } = this.fields.get(field);
    const named = { "data-field": field, "data-word": word };
    const input = choices.length
      ? el("select", named, [el("option", { value: "" }, t("wordUnknown")), choices.map((choice) => el("option", { value: choice, selected: choice === meant }, choice))])
      : el("input", { ...named, type: "text", value: meant, maxlength: 200, autocomplete: "off" });
    return el("label", {}, [el("span", {}, t("wordMeans", { word, field: titles[config.language] })), input]);
  }

  // By field and word what is meant.
  chosen() {
    const words = {};
    for (const { dataset, value } of this.box.querySelectorAll("select, input")) {
      if (value.trim()) (words[dataset.field] ??= {})[dataset.word] = value.trim();
    }
    return words;
  }
}

function unknown(problems, mapping) {
  const fieldOf = new Map(Object.entries(mapping).map(([field, column]) => [column, field]));
  return problems
    .filter(({ code, value }) => UNKNOWN.has(code) && value && value.length < CUT)
    .map(({ column, value }) => ({ field: fieldOf.get(column) ?? column, word: value.trim() }));
}
