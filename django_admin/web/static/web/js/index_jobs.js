// The person's uploads: how far each is, what became of each file and why; followed while one is under way.
import { json } from "./api.js";
import { config, errorText, t } from "./config.js";
import { el, icon } from "./dom.js";

const FIRST = 3;
const MORE = 20;
const FOLLOW_MS = 800;
const FOLLOW_AFTER_FAILURE_MS = 5000;
const ENDED = ["succeeded", "failed", "cancelled"];
const ICONS = { indexed: "check", replaced: "check", unchanged: "check", failed: "alert", cancelled: "stop", queued: "more" };

export class IndexJobs {
  constructor({ say, onProgress }) {
    this.say = say;
    this.onProgress = onProgress;
    this.shown = FIRST;
    this.done = new Map(); // files that have ended, by job
    this.opened = new Map(); // whether the person opened or closed a job's files
    this.section = document.getElementById("jobs");
    this.body = this.section.querySelector("[data-jobs]");
    this.more = this.section.querySelector("[data-more]");
    this.more.addEventListener("click", () => { this.shown = Math.min(this.shown + MORE, 50); this.load(); });
  }

  async load() {
    clearTimeout(this.timer);
    let wait = FOLLOW_MS;
    try {
      const page = await json("GET", `/api/documents/jobs?limit=${this.shown}`);
      this.draw(page);
      this.note(page.jobs);
      if (page.jobs.every(hasEnded)) return;
    } catch (error) {
      if (!this.done.size) return; // the list of documents says that the service is away
      this.say(errorText(error.code, error.message));
      wait = FOLLOW_AFTER_FAILURE_MS;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), wait);
  }

  note(jobs) {
    let moved = false;
    for (const job of jobs) {
      const before = this.done.get(job.job_id);
      const now = hasEnded(job) ? "ended" : job.done;
      this.done.set(job.job_id, now);
      if (before === now || before === undefined && now === "ended") continue;
      moved = true;
      if (now === "ended") this.say(t("jobEnded", job));
    }
    if (moved) this.onProgress();
  }

  draw({ jobs, total }) {
    const focused = document.activeElement?.dataset.cancel;
    this.section.hidden = !jobs.length;
    this.body.replaceChildren(...jobs.map((job, place) => this.job(job, place)));
    this.more.hidden = total <= this.shown || this.shown >= 50;
    this.more.textContent = t("moreJobs");
    if (focused) this.body.querySelector(`[data-cancel="${focused}"]`)?.focus();
  }

  job(job, place) {
    const time = new Date(job.created_at).toLocaleString(config.language, { dateStyle: "medium", timeStyle: "short" });
    const failed = job.files.filter(({ status }) => status === "failed").length;
    let state = t(`job_${job.status}`);
    if (job.cancel_requested && !hasEnded(job)) state = t("cancelRequested");
    else if (job.status === "succeeded" && failed) state = t("jobPartly", { count: failed });
    const details = el("details", { class: "job-files", open: this.opened.get(job.job_id) ?? (place === 0 || !hasEnded(job)) }, [
      el("summary", {}, t("jobDone", job)),
      el("ul", {}, job.files.map(file)),
    ]);
    details.querySelector("summary").addEventListener("click", () => this.opened.set(job.job_id, !details.open));
    return el("article", { class: "job" }, [
      el("header", {}, [
        el("h3", {}, t("jobOf", { time })),
        el("span", { class: `state ${stateClass(job)}` }, state),
        !hasEnded(job) && el("button", { type: "button", class: "button plain", "data-cancel": job.job_id, disabled: job.cancel_requested, onclick: () => this.cancel(job) }, t("cancelJob")),
      ]),
      !hasEnded(job) && el("progress", { max: job.total, value: job.done, "aria-label": t("jobDone", job) }),
      details,
    ]);
  }

  async cancel(job) {
    try {
      await json("POST", `/api/documents/jobs/${job.job_id}/cancel`);
    } catch (error) {
      this.say(errorText(error.code, error.message));
    }
    await this.load();
  }
}

function hasEnded(job) {
  return ENDED.includes(job.status);
}

function stateClass(job) {
  if (job.status === "failed") return "is-bad";
  if (job.status === "cancelled" || job.files.some((file) => file.status === "failed")) return "is-warn";
  return hasEnded(job) ? "is-good" : "";
}

function file({ file, status, code, message, document_id }) {
  const known = config.strings[`reason_${code}`];
  return el("li", { class: `is-${status}` }, [
    icon(ICONS[status]),
    el("span", { class: "file-name" }, document_id ? el("a", { href: `/documents/${encodeURIComponent(document_id)}` }, file) : file),
    el("span", { class: "file-state" }, t(`file_${status}`)),
    status === "failed" && el("span", { class: "file-reason" }, known ?? message),
  ]);
}
