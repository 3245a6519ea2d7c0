// The reports' page: a person's own reports, page by page; downloaded in each format, removed.
import { call, json } from "./api.js";
import { config, errorText, number, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";

const PAGE = 20;
const FORMATS = ["pdf", "xlsx", "html"];
const KEPT_MS = 60_000;

class ReportList {
  constructor({ say }) {
    this.say = say;
    this.offset = 0;
    this.request = 0;
    this.rows = document.getElementById("reports");
    this.count = document.getElementById("count");
    this.pager = document.getElementById("pager");
    this.dialog = document.getElementById("remove-dialog");
    this.pager.querySelector("[data-previous]").addEventListener("click", () => this.turnTo(this.offset - PAGE));
    this.pager.querySelector("[data-next]").addEventListener("click", () => this.turnTo(this.offset + PAGE));
  }

  async turnTo(offset) {
    this.offset = Math.max(offset, 0);
    await this.load();
    this.rows.focus();
  }

  async load() {
    const request = ++this.request; // of two answers only that to the later question counts
    if (!this.rows.children.length) this.count.textContent = t("loading");
    try {
      const page = await json("GET", `/api/reports?limit=${PAGE}&offset=${this.offset}`);
      if (request !== this.request) return;
      if (!page.reports.length && this.offset) return await this.turnTo(this.offset - PAGE);
      this.draw(page);
    } catch (error) {
      if (request === this.request) this.fail(error, () => this.load());
    }
  }

  draw({ reports, total, unavailable }) {
    const found = t(total === 1 ? "reportFound" : "reportsFound", { count: number(total) });
    this.count.replaceChildren(
      ...(total ? [el("span", {}, found)] : unavailable.length ? [] : [el("span", {}, t("noReports"))]),
      ...unavailable.map((service) => el("span", { class: "failure", role: "alert" }, [icon("alert"), t(`missing_${service}`)])),
      ...(unavailable.length ? [this.again(() => this.load())] : []),
    );
    this.rows.replaceChildren(...reports.map((report) => this.row(report)));
    this.pager.hidden = total <= PAGE;
    this.pager.querySelector("[data-previous]").disabled = !this.offset;
    this.pager.querySelector("[data-next]").disabled = this.offset + PAGE >= total;
    this.pager.querySelector("[data-page]").textContent = t("page", { page: number(this.offset / PAGE + 1), pages: number(Math.ceil(total / PAGE)) });
  }

  row(report) {
    const period = report.period_start && t("periodOf", { start: day(report.period_start), end: day(report.period_end) });
    return el("li", { class: "document-row report-row" }, [
      icon(report.service),
      el("div", {}, [
        el("span", { class: "document-title", lang: report.language }, report.title),
        el("p", { class: "facts" }, [
          el("span", { class: "groups" }, t(`service_${report.service}`)),
          period && el("span", {}, period),
          el("span", {}, t("made", { time: moment(report.made_at) })),
          el("span", {}, t("keptUntil", { time: moment(report.expires_at, { dateStyle: "medium" }) })),
        ]),
      ]),
      el("ul", { class: "report-files" }, FORMATS.map((format) => el("li", {}, this.link(report, format)))),
      el("button", { type: "button", class: "icon-button", title: t("remove", report), "aria-label": t("remove", report), onclick: () => this.remove(report) }, icon("trash")),
    ]);
  }

  link(report, format) {
    const label = t("download", { title: report.title, format: t(`format_${format}`) });
    const download = (event) => { event.preventDefault(); this.download(report, format, link); };
    const link = el("a", { href: `${path(report)}?format=${format}`, class: format === report.format && "is-asked-for", title: label, "aria-label": label, onclick: download }, [icon("download"), t(`format_${format}`)]);
    return link;
  }

  // Fetched first, so that what is amiss is said here rather than in place of the page.
  async download(report, format, link) {
    link.setAttribute("aria-busy", "true");
    this.say(t("preparing", { title: report.title, format: t(`format_${format}`) }));
    try {
      const response = await call("GET", link.getAttribute("href"));
      const url = URL.createObjectURL(await response.blob());
      el("a", { href: url, download: report.file_name.replace(/[^.]+$/, format) }).click();
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
    } catch (error) {
      this.fail(error, () => this.load());
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  async remove(report) {
    this.dialog.querySelector("[data-title]").textContent = report.title;
    if (!(await confirmed(this.dialog))) return;
    try {
      await json("DELETE", path(report));
      this.say(t("removed", report));
    } catch (error) {
      return this.fail(error, () => this.load());
    }
    await this.load();
    this.rows.focus();
  }

  fail(error, again) {
    this.count.replaceChildren(el("span", { class: "failure", role: "alert" }, [icon("alert"), errorText(error.code, error.message)]), this.again(again));
  }

  again(again) {
    return el("button", { type: "button", class: "button plain", onclick: again }, t("tryAgain"));
  }
}

function path({ service, id }) {
  return `/api/reports/${service}/${encodeURIComponent(id)}`;
}

function day(date) {
  return new Date(`${date}T00:00`).toLocaleDateString(config.language, { dateStyle: "medium" });
}

function moment(time, style = { dateStyle: "medium", timeStyle: "short" }) {
  return new Date(time).toLocaleString(config.language, style);
}

const status = document.getElementById("status");
await new ReportList({ say: (text) => { status.textContent = text; } }).load();
document.body.dataset.ready = "true";
