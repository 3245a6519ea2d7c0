// What the assistant remembers of the person: a dialog that lists it, and forgets one thing or all.
import { json } from "./api.js";
import { config, errorText, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";

const PAGE = 50;

export class Memories {
  constructor({ onClosed }) {
    this.dialog = document.getElementById("memories-dialog");
    this.body = this.dialog.querySelector("[data-body]");
    this.status = this.dialog.querySelector("[data-status]");
    this.all = this.dialog.querySelector("[data-forget-all]");
    this.request = 0;
    this.all.addEventListener("click", () => this.forgetAll());
    for (const closer of this.dialog.querySelectorAll("[data-close]")) closer.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", onClosed);
    document.getElementById("open-memories").addEventListener("click", () => this.open());
  }

  open() {
    this.say("");
    this.dialog.showModal();
    return this.reload();
  }

  reload() {
    this.items = [];
    this.offset = 0; // of the next page; the server counts what lies among the memories and is none, too
    this.show(el("p", { class: "memories-note" }, t("memoriesLoading")));
    return this.load();
  }

  async load() {
    const request = ++this.request; // of two answers only that to the later question counts
    try {
      const page = await json("GET", `/api/memories?limit=${PAGE}&offset=${this.offset}`);
      if (request !== this.request) return;
      const first = this.items.length;
      this.items.push(...page.items);
      this.offset += PAGE;
      this.hasMore = page.has_more;
      this.draw();
      if (first) this.focusOn(first);
    } catch (error) {
      if (request === this.request) this.fail(error);
    }
  }

  draw() {
    if (!this.items.length && !this.hasMore) {
      this.show(el("div", { class: "memories-note" }, [icon("memory"), el("p", {}, t("memoriesNone")), el("p", {}, t("memoriesHint"))]));
      return;
    }
    const more = el("button", { type: "button", class: "list-more", onclick: () => this.load() }, t("more"));
    this.show(el("ul", {}, this.items.map((memory) => this.entry(memory))), this.hasMore && more);
    this.all.hidden = false;
  }

  entry(memory) {
    const date = new Date(memory.created_at).toLocaleDateString(config.language, { dateStyle: "medium" });
    const kind = memory.name ? t(`memory_${memory.name}`) : t("memory_note");
    return el("li", { class: "memory" }, [
      el("div", {}, [
        el("p", { class: "memory-text", lang: memory.language }, memory.text),
        el("p", { class: "memory-facts" }, [el("span", {}, kind), el("time", { datetime: memory.created_at }, date)]),
      ]),
      el("button", { type: "button", class: "icon-button", title: t("forget"), "aria-label": `${t("forget")}: ${memory.text}`, onclick: () => this.forget(memory) }, icon("trash")),
    ]);
  }

  async forget(memory) {
    const dialog = document.getElementById("forget-dialog");
    dialog.querySelector("#forget-text").textContent = memory.text;
    if (!(await confirmed(dialog))) return;
    try {
      await json("DELETE", `/api/memories/${memory.id}`);
    } catch (error) {
      if (error.code !== "memory_not_found") return this.fail(error); // forgotten in another window: as wished
    }
    this.say(t("memoryForgotten"));
    const place = this.items.findIndex((known) => known.id === memory.id);
    if (place < 0) return; // the list was closed and opened again meanwhile
    this.items.splice(place, 1);
    this.offset -= 1;
    this.draw();
    this.focusOn(place);
  }

  async forgetAll() {
    if (!(await confirmed(document.getElementById("forget-all-dialog")))) return;
    try {
      const { deleted } = await json("DELETE", "/api/memories");
      this.items = [];
      this.hasMore = false;
      this.draw();
      this.say(t("memoriesForgotten", { count: deleted }));
      this.body.focus();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error) {
    this.show(
      el("p", { class: "memories-error", role: "alert" }, [icon("alert"), errorText(error.code, error.message)]),
      el("button", { type: "button", class: "button plain", onclick: () => this.reload() }, t("tryAgain")),
    );
  }

  show(...parts) {
    this.all.hidden = true;
    this.body.replaceChildren(...parts.filter(Boolean));
  }

  say(text) {
    this.status.textContent = text;
  }

  // A button that was pressed is gone with its row: go on at the row that took its place.
  focusOn(place) {
    const rows = this.body.querySelectorAll(".memory button");
    (rows[Math.min(place, rows.length - 1)] ?? this.body).focus();
  }
}
