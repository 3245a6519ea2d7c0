// One file: followed while it is checked or imported, shown with what is wrong, run again as the person says.
import { json } from "./api.js";
import { config, errorText, number, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { ImportColumns } from "./import_columns.js";
import { ImportProblems } from "./import_problems.js";

const FOLLOW_MS = 700;
const FOLLOW_AFTER_FAILURE_MS = 3000;
const COUNTS = ["inserted", "updated", "unchanged"];

export class ImportJob {
  constructor({ say, onEnd, onKind, onDiscarded }) {
    this.say = say;
    this.onEnd = onEnd;
    this.onKind = onKind;
    this.onDiscarded = onDiscarded;
    this.kinds = new Map();
    this.section = document.getElementById("job");
    this.title = document.getElementById("job-title");
    this.facts = document.getElementById("job-facts");
    this.outcome = document.getElementById("outcome");
    this.working = document.getElementById("working");
    this.elapsed = document.getElementById("elapsed");
    this.failure = document.getElementById("job-failure");
    this.importButton = document.getElementById("import");
    this.dialog = document.getElementById("import-dialog");
    this.discardButton = document.getElementById("discard");
    this.discardDialog = document.getElementById("discard-dialog");
    this.discardButton.addEventListener("click", () => this.discard());
    this.columns = new ImportColumns({ onCheck: (options) => this.run({ dry_run: true, options }) });
    this.problems = new ImportProblems();
    this.importButton.addEventListener("click", () => this.import());
  }

  // Shows an import from now on; null shows none.
  async open(id) {
    clearTimeout(this.timer);
    this.id = id;
    this.job = null;
    this.section.hidden = !id;
    this.outcome.hidden = this.working.hidden = this.discardButton.hidden = true;
    this.title.textContent = "";
    this.facts.replaceChildren();
    if (!id) return;
    this.fail("");
    await this.follow();
    this.section.focus();
  }

  async follow() {
    const id = this.id;
    let wait = FOLLOW_MS;
    try {
      const job = await json("GET", `/api/imports/${id}`);
      if (id !== this.id) return;
      this.fail("");
      await this.show(job);
      if (job.status !== "running") return;
    } catch (error) {
      if (id !== this.id) return;
      this.fail(errorText(error.code, error.message));
      if (error.status && error.status < 500) { this.outcome.hidden = this.working.hidden = true; return; }
      wait = FOLLOW_AFTER_FAILURE_MS; // the server goes on without this page
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.follow(), wait);
  }

  async show(job) {
    const before = this.job?.status;
    this.job = job;
    const kind = this.kinds.get(job.kind);
    this.onKind(job.kind);
    this.title.textContent = job.file_name;
    this.facts.replaceChildren(el("span", {}, kind?.titles[config.language] ?? job.kind), ...(job.result ? [el("span", {}, t("rows", { count: number(job.result.rows) }))] : []));
    const isRunning = job.status === "running";
    this.working.hidden = !isRunning;
    this.outcome.hidden = isRunning;
    this.discardButton.hidden = isRunning ? !job.dry_run : !job.has_file;
    this.discardButton.textContent = t(isRunning ? "stopCheck" : "discard");
    if (isRunning) {
      const seconds = Math.max(0, Math.round((Date.now() - new Date(job.started_at)) / 1000));
      this.elapsed.textContent = t(job.dry_run ? "checking" : "importing", { seconds: number(seconds) });
      if (before !== "running") this.say(this.elapsed.textContent);
      return;
    }
    this.draw(job, kind);
    await this.problems.open(job);
    if (before === "running") {
      this.say(this.verdict(job));
      this.onEnd();
    }
  }

  draw(job, kind) {
    const { result } = job;
    const isReady = Boolean(result) && job.has_file && !result.problem_count && result.inserted + result.updated > 0;
    const state = !result ? "is-bad" : result.applied ? "is-good" : result.problem_count ? "is-bad" : "";
    const banner = document.getElementById("verdict");
    banner.className = `verdict ${state}`;
    banner.replaceChildren(icon(state === "is-bad" ? "alert" : "check"), el("p", {}, this.verdict(job)));
    document.getElementById("counts").replaceChildren(...(result ? this.counts(result) : []));
    document.getElementById("created").hidden = !result?.created.length;
    document.getElementById("created").textContent = t(result?.applied ? "placesMade" : "placesToMake", { names: result?.created.join(", ") });
    this.importButton.parentElement.hidden = !isReady;
    this.importButton.querySelector("span").textContent = t("importRows", { count: number(result ? result.inserted + result.updated : 0) });
    this.columns.show(job, kind);
  }

  counts(result) {
    const shown = COUNTS.map((name) => [name, result[name]]);
    if (result.problem_count) shown.push(["problems", result.problem_count]);
    return shown.map(([name, count]) => el("div", { class: `count-of is-${name}${count ? "" : " is-none"}` }, [el("dt", {}, t(`count_${name}`)), el("dd", {}, number(count))]));
  }

  verdict({ result, error, has_file: hasFile }) {
    if (!result) return error?.details[config.language] ?? errorText(error?.code, error?.message);
    const counts = { rows: number(result.rows), count: number(result.problem_count), written: number(result.inserted + result.updated) };
    if (result.applied) return t("verdictApplied", counts);
    if (result.problem_count) return t(result.problem_count === 1 ? "verdictOneProblem" : "verdictProblems", counts);
    if (!result.rows) return t("verdictEmpty");
    if (!(result.inserted + result.updated)) return t("verdictNothingNew", counts);
    return t(hasFile ? "verdictReady" : "verdictFileGone", counts);
  }

  async import() {
    const { result } = this.job;
    this.dialog.querySelector("[data-counts]").textContent = t("confirmCounts", { inserted: number(result.inserted), updated: number(result.updated) });
    if (await confirmed(this.dialog)) await this.run({ dry_run: false, options: this.job.options });
  }

  // A check that goes on is stopped at once; a file that was checked, only after a question.
  async discard() {
    const { job } = this;
    this.discardDialog.querySelector("[data-name]").textContent = job.file_name;
    if (job.status !== "running" && !(await confirmed(this.discardDialog))) return;
    clearTimeout(this.timer);
    try {
      await json("DELETE", `/api/imports/${job.import_id}`);
    } catch (error) {
      this.fail(errorText(error.code, error.message));
      if (job.status === "running") this.timer = setTimeout(() => this.follow(), FOLLOW_AFTER_FAILURE_MS);
      return;
    }
    if (this.id !== job.import_id) return;
    this.say(t("discarded", { name: job.file_name }));
    this.onDiscarded();
  }

  async run(body) {
    this.importButton.disabled = true;
    try {
      await this.show(await json("POST", `/api/imports/${this.id}/runs`, { body }));
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.follow(), FOLLOW_MS);
    } catch (error) {
      this.fail(errorText(error.code, error.message));
    } finally {
      this.importButton.disabled = false;
    }
  }

  fail(text) {
    this.failure.textContent = text;
    this.failure.hidden = !text;
  }
}
