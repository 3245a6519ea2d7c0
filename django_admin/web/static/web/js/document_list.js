// The documents one may read: searched, narrowed, page by page; removed by those who may.
import { json } from "./api.js";
import { config, errorText, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";

const PAGE = 20;
const TYPING_MS = 250;
const EVERYONE = "everyone";

export class DocumentList {
  constructor({ say, onRights }) {
    this.say = say;
    this.onRights = onRights;
    this.offset = 0;
    this.request = 0;
    this.form = document.getElementById("filters");
    this.rows = document.getElementById("documents");
    this.count = document.getElementById("count");
    this.pager = document.getElementById("pager");
    this.dialog = document.getElementById("remove-dialog");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.turnTo(0), TYPING_MS);
    });
    this.pager.querySelector("[data-previous]").addEventListener("click", () => this.turnTo(this.offset - PAGE, true));
    this.pager.querySelector("[data-next]").addEventListener("click", () => this.turnTo(this.offset + PAGE, true));
  }

  async turnTo(offset, byPager = false) {
    this.offset = Math.max(offset, 0);
    await this.load();
    if (byPager) this.rows.focus();
  }

  query() {
    const query = new URLSearchParams({ limit: PAGE, offset: this.offset });
    for (const [name, value] of new FormData(this.form)) {
      if (name === "format") value.split(",").filter(Boolean).forEach((ending) => query.append(name, ending));
      else if (value) query.set(name, value);
    }
    return query;
  }

  async load({ quietly = false } = {}) {
    const request = ++this.request; // of two answers only that to the later question counts
    if (!quietly && !this.rows.children.length) this.count.textContent = t("loading");
    try {
      const page = await json("GET", `/api/documents?${this.query()}`);
      if (request !== this.request) return;
      if (!page.documents.length && this.offset) return await this.turnTo(this.offset - PAGE);
      this.onRights({ mayIndex: page.may_index });
      this.draw(page);
    } catch (error) {
      if (request === this.request && !quietly) this.fail(error);
    }
  }

  draw({ documents, total }) {
    const isNarrowed = [...new FormData(this.form).values()].some(Boolean);
    const nothing = t(isNarrowed ? "nothingFound" : "noDocuments");
    this.count.textContent = total ? t(total === 1 ? "documentFound" : "documentsFound", { count: total.toLocaleString(config.language) }) : nothing;
    this.rows.replaceChildren(...documents.map((document) => this.row(document)));
    this.pager.hidden = total <= PAGE;
    this.pager.querySelector("[data-previous]").disabled = !this.offset;
    this.pager.querySelector("[data-next]").disabled = this.offset + PAGE >= total;
    this.pager.querySelector("[data-page]").textContent = t("page", { page: this.offset / PAGE + 1, pages: Math.ceil(total / PAGE) });
  }

  row(found) {
    const day = new Date(found.date ? `${found.date}T00:00` : found.indexed_at);
    const groups = found.groups.map((group) => (group === EVERYONE ? t("everyone") : group)).join(", ");
    const facts = [found.format.toUpperCase(), t(`language_${found.language}`), day.toLocaleDateString(config.language, { dateStyle: "medium" })];
    return el("li", { class: "document-row" }, [
      icon("document"),
      el("div", {}, [
        el("a", { class: "document-title", href: `/documents/${encodeURIComponent(found.document_id)}`, lang: found.language }, found.title),
        el("p", { class: "facts" }, [
          found.source !== found.title && el("span", { class: "file-name" }, found.source),
          facts.map((fact) => el("span", {}, fact)),
          el("span", { class: "groups" }, groups),
        ]),
      ]),
      found.may_remove && el("button", { type: "button", class: "icon-button", title: t("remove", found), "aria-label": t("remove", found), onclick: () => this.remove(found) }, icon("trash")),
    ]);
  }

  async remove(found) {
    this.dialog.querySelector("[data-title]").textContent = found.title;
    if (!(await confirmed(this.dialog))) return;
    try {
      await json("DELETE", `/api/documents/${encodeURIComponent(found.document_id)}`);
      this.say(t("removed", found));
    } catch (error) {
      return this.fail(error);
    }
    await this.load();
    this.rows.focus();
  }

  fail(error) {
    this.count.replaceChildren(
      el("span", { class: "failure", role: "alert" }, [icon("alert"), errorText(error.code, error.message)]),
      el("button", { type: "button", class: "button plain", onclick: () => this.load() }, t("tryAgain")),
    );
  }
}
