// What is wrong in a file's rows, page by page.
import { json } from "./api.js";
import { config, errorText, number, t } from "./config.js";
import { el } from "./dom.js";

const PAGE = 25;

export class ImportProblems {
  constructor() {
    this.section = document.getElementById("problems");
    this.count = document.getElementById("problem-count");
    this.rows = document.getElementById("problem-rows");
    this.pager = document.getElementById("problem-pager");
    this.download = document.getElementById("download");
    this.pager.querySelector("[data-previous]").addEventListener("click", () => this.turnTo(this.offset - PAGE));
    this.pager.querySelector("[data-next]").addEventListener("click", () => this.turnTo(this.offset + PAGE));
  }

  async open(job) {
    this.id = job.import_id;
    this.section.hidden = !job.result?.problem_count;
    if (this.section.hidden) return;
    this.download.href = `/import/${this.id}/problems.csv`;
    await this.load(0);
  }

  async turnTo(offset) {
    await this.load(Math.max(offset, 0));
    this.rows.closest("table").focus();
  }

  async load(offset) {
    this.offset = offset;
    const id = this.id;
    try {
      const page = await json("GET", `/api/imports/${id}/problems?limit=${PAGE}&offset=${offset}`);
      if (id === this.id && offset === this.offset) this.draw(page);
    } catch (error) {
      this.count.textContent = errorText(error.code, error.message);
    }
  }

  draw({ problems, total, listed }) {
    this.count.textContent = listed < total ? t("problemsListed", { listed: number(listed), total: number(total) }) : "";
    this.rows.replaceChildren(...problems.map((found) => el("tr", {}, [
      el("td", { class: "number" }, number(found.row)),
      el("td", { "data-title": found.column ? t("column") : null }, found.column),
      el("td", { "data-title": t("value"), class: found.value ? "value" : "value is-empty" }, found.value || t("empty")),
      el("td", { class: "reason" }, found.reason[config.language]),
    ])));
    this.pager.hidden = listed <= PAGE;
    this.pager.querySelector("[data-previous]").disabled = !this.offset;
    this.pager.querySelector("[data-next]").disabled = this.offset + PAGE >= listed;
    this.pager.querySelector("[data-page]").textContent = t("page", { page: number(this.offset / PAGE + 1), pages: number(Math.ceil(listed / PAGE)) });
  }
}
