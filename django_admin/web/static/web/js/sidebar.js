// The list of conversations: by day, searched, renamed, deleted; a drawer on phones.
import { json } from "./api.js";
import { errorText, t } from "./config.js";
import { confirmed } from "./dialogs.js";
import { el, icon } from "./dom.js";

const PAGE = 40;
const SEARCH_DELAY_MS = 250;
const DAY_MS = 86_400_000;

export class Sidebar {
  constructor({ onOpen, onNew, onRenamed, onDeleted }) {
    Object.assign(this, { onOpen, onNew, onRenamed, onDeleted });
    this.list = document.getElementById("conversations");
    this.search = document.getElementById("search");
    this.items = [];
    this.total = 0;
    this.current = null;
    this.request = 0;
    let timer;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.load(), SEARCH_DELAY_MS);
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".menu, .more")) this.closeMenu();
      if (!event.target.closest(".account")) document.querySelector(".account").open = false;
    });
    this.drawer();
  }

  drawer() {
    const opener = document.getElementById("open-drawer");
    const set = (open) => {
      document.body.classList.toggle("drawer-open", open);
      opener.setAttribute("aria-expanded", String(open));
      if (open) document.getElementById("new-conversation").focus();
    };
    opener.addEventListener("click", () => set(true));
    for (const closer of document.querySelectorAll("[data-close-drawer]")) closer.addEventListener("click", () => set(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.closeMenu();
      if (document.body.classList.contains("drawer-open")) { set(false); opener.focus(); }
    });
    this.closeDrawer = () => set(false);
  }

  async load({ more = false } = {}) {
    const request = ++this.request;
    const query = new URLSearchParams({ limit: PAGE, offset: more ? this.items.length : 0, search: this.search.value });
    try {
      const page = await json("GET", `/api/conversations?${query}`);
      if (request !== this.request) return;
      this.items = more ? [...this.items, ...page.items] : page.items;
      this.total = page.total;
      this.draw();
    } catch (error) {
      this.list.replaceChildren(el("p", { class: "list-note" }, errorText(error.code, error.message)));
    }
  }

  setCurrent(id) {
    this.current = id;
    this.draw();
  }

  draw() {
    if (!this.items.length) {
      const note = this.search.value ? t("nothingFound") : t("noConversations");
      this.list.replaceChildren(el("p", { class: "list-note" }, note));
      return;
    }
    const groups = Map.groupBy ? Map.groupBy(this.items, period) : groupBy(this.items, period);
    const parts = [...groups].flatMap(([name, items]) => [
      el("h2", {}, t(name)),
      el("ul", {}, items.map((item) => this.entry(item))),
    ]);
    if (this.items.length < this.total) {
      parts.push(el("button", { type: "button", class: "list-more", onclick: () => this.load({ more: true }) }, t("more")));
    }
    this.list.replaceChildren(...parts);
  }

  entry(item) {
    const isCurrent = item.id === this.current;
    const link = el("a", { href: `/c/${item.id}`, title: item.title, "aria-current": isCurrent ? "page" : null }, item.title);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.closeDrawer();
      this.onOpen(item.id);
    });
    const more = el("button", { type: "button", class: "more", "aria-label": `${t("options")}: ${item.title}`, "aria-haspopup": "menu" }, icon("more"));
    const entry = el("li", { class: `conversation${isCurrent ? " is-current" : ""}` }, [link, more]);
    more.addEventListener("click", () => this.openMenu(entry, item));
    return entry;
  }

  openMenu(entry, item) {
    const wasOpen = entry.querySelector(".menu");
    this.closeMenu();
    if (wasOpen) return;
    const choice = (name, symbol, kind, run) =>
      el("button", { type: "button", role: "menuitem", class: kind, onclick: () => { this.closeMenu(); run(); } }, [icon(symbol), t(name)]);
    const menu = el("div", { class: "menu", role: "menu" }, [
      choice("rename", "pencil", null, () => this.rename(item)),
      choice("delete", "trash", "is-danger", () => this.remove(item)),
    ]);
    entry.append(menu);
    menu.firstElementChild.focus();
  }

  closeMenu() {
    document.querySelector(".menu")?.remove();
  }

  async rename(item) {
    const dialog = document.getElementById("rename-dialog");
    const field = dialog.querySelector("input");
    field.value = item.title;
    if (!(await confirmed(dialog, () => field.select())) || !field.value.trim()) return;
    const renamed = await json("PATCH", `/api/conversations/${item.id}`, { body: { title: field.value.trim() } });
    item.title = renamed.title;
    this.draw();
    this.onRenamed(item.id, renamed.title);
  }

  async remove(item) {
    const dialog = document.getElementById("delete-dialog");
    dialog.querySelector("[data-title]").textContent = item.title;
    if (!(await confirmed(dialog))) return;
    await json("DELETE", `/api/conversations/${item.id}`);
    this.items = this.items.filter((known) => known.id !== item.id);
    this.total -= 1;
    this.draw();
    this.onDeleted(item.id);
  }
}

function period(item) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const age = midnight - new Date(item.updated_at).getTime();
  if (age <= 0) return "today";
  if (age <= DAY_MS) return "yesterday";
  return age <= 7 * DAY_MS ? "lastWeek" : "older";
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
