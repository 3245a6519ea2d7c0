// The reports' page: a person's own reports, page by page; downloaded in each format, removed.
import { call } from "./api.js";
import { config, number, t } from "./config.js";
import { el, icon } from "./dom.js";
import { failure, PAGE, PagedList } from "./paged_list.js";

const FORMATS = ["pdf", "xlsx", "html"];
const KEPT_MS = 60_000;

class ReportList extends PagedList {
  constructor(say) {
    super(document.getElementById("reports"), say);
  }

  address() {
    return `/api/reports?limit=${PAGE}&offset=${this.offset}`;
  }

  entries({ reports }) {
    return reports;
  }

  path({ service, id }) {
    return `/api/reports/${service}/${encodeURIComponent(id)}`;
  }

  draw({ reports, total, unavailable }) {
    const found = t(total === 1 ? "reportFound" : "reportsFound", { count: number(total) });
    this.count.replaceChildren(
      ...(total ? [el("span", {}, found)] : unavailable.length ? [] : [el("span", {}, t("noReports"))]),
      ...unavailable.map((service) => failure(t(`missing_${service}`))),
      ...(unavailable.length ? [this.againButton()] : []),
    );
    this.drawRows(reports, total);
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
      this.removeButton(report),
    ]);
  }

  link(report, format) {
    const label = t("download", { title: report.title, format: t(`format_${format}`) });
    const download = (event) => { event.preventDefault(); this.download(report, format, link); };
    const link = el("a", { href: `${this.path(report)}?format=${format}`, class: format === report.format && "is-asked-for", title: label, "aria-label": label, onclick: download }, [icon("download"), t(`format_${format}`)]);
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
      this.fail(error);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }
}

function day(date) {
  return new Date(`${date}T00:00`).toLocaleDateString(config.language, { dateStyle: "medium" });
}

function moment(time, style = { dateStyle: "medium", timeStyle: "short" }) {
  return new Date(time).toLocaleString(config.language, style);
}

const status = document.getElementById("status");
await new ReportList((text) => { status.textContent = text; }).load();
document.body.dataset.ready = "true";
