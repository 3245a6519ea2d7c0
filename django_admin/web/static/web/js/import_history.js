// The person's files of the last days, and what was imported, by whomever.
import { json } from "./api.js";
import { config, errorText, number, t } from "./config.js";
import { el } from "./dom.js";

const FILES = 5;
const FIRST = 10;
const MOST = 100;

export class ImportHistory {
  constructor({ onOpen }) {
    this.onOpen = onOpen;
    this.kinds = new Map();
    this.limit = FIRST;
    this.files = document.getElementById("files");
    this.rows = document.getElementById("history-rows");
    this.note = document.getElementById("history-note");
    this.more = document.getElementById("more-history");
    this.more.addEventListener("click", () => { this.limit = MOST; this.loadPast(); });
  }

  async load() {
    await Promise.all([this.loadFiles(), this.loadPast()]);
  }

  async loadFiles() {
    try {
      const { imports } = await json("GET", `/api/imports?limit=${FILES}`);
      const open = imports.filter((job) => job.status === "running" || job.has_file);
      this.files.parentElement.hidden = !open.length;
      this.files.replaceChildren(...open.map((job) => this.file(job)));
    } catch {
      this.files.parentElement.hidden = true; // the history says what is the matter
    }
  }

  file(job) {
    const open = (event) => { event.preventDefault(); this.onOpen(job.import_id); };
    return el("li", {}, [
      el("a", { href: `/import/${job.import_id}`, class: "file-name", onclick: open }, job.file_name),
      el("span", { class: "hint" }, this.title(job.kind)),
      el("span", { class: `state ${stateClass(job)}` }, t(state(job))),
    ]);
  }

  async loadPast() {
    try {
      const { imports } = await json("GET", `/api/imports/history?limit=${this.limit}`);
      this.rows.replaceChildren(...imports.map((past) => this.past(past)));
      this.rows.closest("table").hidden = !imports.length;
      this.note.textContent = imports.length ? "" : t("noHistory");
      this.more.hidden = this.limit === MOST || imports.length < this.limit;
    } catch (error) {
      this.note.textContent = errorText(error.code, error.message);
    }
  }

  past(past) {
    const time = new Date(past.imported_at).toLocaleString(config.language, { dateStyle: "medium", timeStyle: "short" });
    return el("tr", {}, [
      el("td", {}, time),
      el("td", { "data-title": t("by") }, past.imported_by),
      el("td", {}, this.title(past.kind)),
      el("td", { class: "file-name" }, past.file_name),
      ...["inserted", "updated", "unchanged"].map((name) => el("td", { class: "number", "data-title": t(`count_${name}`) }, number(past[name]))),
    ]);
  }

  title(kind) {
    return this.kinds.get(kind)?.titles[config.language] ?? kind;
  }
}

function state({ status, result }) {
  if (status !== "succeeded") return `state_${status}`;
  return result.problem_count ? "state_problems" : "state_ready";
}

function stateClass({ status, result }) {
  if (status === "running") return "";
  return status === "failed" ? "is-bad" : result.problem_count ? "is-warn" : "is-good";
}
