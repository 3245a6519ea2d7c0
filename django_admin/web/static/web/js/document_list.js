// The documents one may read: searched, narrowed, page by page; removed by those who may.
import { config, number, t } from "./config.js";
import { el, icon } from "./dom.js";
import { PAGE, PagedList } from "./paged_list.js";

const TYPING_MS = 250;
const EVERYONE = "everyone";

export class DocumentList extends PagedList {
  constructor({ say, onRights }) {
    super(document.getElementById("documents"), say);
    this.onRights = onRights;
    this.form = document.getElementById("filters");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.turnTo(0), TYPING_MS);
    });
  }

  address() {
    const query = new URLSearchParams({ limit: PAGE, offset: this.offset });
    for (const [name, value] of new FormData(this.form)) {
      if (name === "format") value.split(",").filter(Boolean).forEach((ending) => query.append(name, ending));
      else if (value) query.set(name, value);
    }
    return `/api/documents?${query}`;
  }

  entries({ documents }) {
    return documents;
  }

  path({ document_id }) {
    return `/api/documents/${encodeURIComponent(document_id)}`;
  }

  draw({ documents, total, may_index }) {
    this.onRights({ mayIndex: may_index });
    const isNarrowed = [...new FormData(this.form).values()].some(Boolean);
    const nothing = t(isNarrowed ? "nothingFound" : "noDocuments");
    this.count.textContent = total ? t(total === 1 ? "documentFound" : "documentsFound", { count: number(total) }) : nothing;
    this.drawRows(documents, total);
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
      found.may_remove && this.removeButton(found),
    ]);
  }
}
