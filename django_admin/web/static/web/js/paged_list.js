// A list that is fetched page by page, and from which one can remove.
import { json } from "./api.js";
import { errorText, number, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";

export const PAGE = 20;

// A kind of list says where a page is (`address`), what of it are the entries (`entries`), how the page and an
// entry look (`draw`, `row`), and where an entry is (`path`).
export class PagedList {
  constructor(rows, say) {
    this.say = say;
    this.offset = 0;
    this.request = 0;
    this.rows = rows;
    this.count = document.getElementById("count");
    this.pager = document.getElementById("pager");
    this.dialog = document.getElementById("remove-dialog");
    this.pager.querySelector("[data-previous]").addEventListener("click", () => this.turnTo(this.offset - PAGE, true));
    this.pager.querySelector("[data-next]").addEventListener("click", () => this.turnTo(this.offset + PAGE, true));
  }

  async turnTo(offset, byPager = false) {
    this.offset = Math.max(offset, 0);
    await this.load();
    if (byPager) this.rows.focus();
  }

  async load({ quietly = false } = {}) {
    const request = ++this.request; // of two answers only that to the later question counts
    if (!quietly && !this.rows.children.length) this.count.textContent = t("loading");
    try {
      const page = await json("GET", this.address());
      if (request !== this.request) return;
      if (!this.entries(page).length && this.offset) return await this.turnTo(this.offset - PAGE);
      this.draw(page);
    } catch (error) {
      if (request === this.request && !quietly) this.fail(error);
    }
  }

  drawRows(entries, total) {
    this.rows.replaceChildren(...entries.map((entry) => this.row(entry)));
    this.pager.hidden = total <= PAGE;
    this.pager.querySelector("[data-previous]").disabled = !this.offset;
    this.pager.querySelector("[data-next]").disabled = this.offset + PAGE >= total;
    this.pager.querySelector("[data-page]").textContent = t("page", { page: number(this.offset / PAGE + 1), pages: number(Math.ceil(total / PAGE)) });
  }

  removeButton(entry) {
    return el("button", { type: "button", class: "icon-button", title: t("remove", entry), "aria-label": t("remove", entry), onclick: () => this.remove(entry) }, icon("trash"));
  }

  async remove(entry) {
    this.dialog.querySelector("[data-title]").textContent = entry.title;
    if (!(await confirmed(this.dialog))) return;
    try {
      await json("DELETE", this.path(entry));
      this.say(t("removed", entry));
    } catch (error) {
      return this.fail(error);
    }
    await this.load();
    this.rows.focus();
  }

  fail(error) {
    this.count.replaceChildren(failure(errorText(error.code, error.message)), this.againButton());
  }

  againButton() {
    return el("button", { type: "button", class: "button plain", onclick: () => this.load() }, t("tryAgain"));
  }
}

export function failure(text) {
  return el("span", { class: "failure", role: "alert" }, [icon("alert"), text]);
}
