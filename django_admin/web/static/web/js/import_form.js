// What is imported, and the file: sent to be checked, never to be imported at once.
import { config, errorText, t } from "./config.js";
import { el } from "./dom.js";
import { megabytes, send, sizeOf } from "./sending.js";

export class ImportForm {
  constructor({ onSent }) {
    this.onSent = onSent;
    this.form = document.getElementById("choose");
    this.kinds = document.getElementById("kinds");
    this.input = document.getElementById("file");
    this.chosen = document.getElementById("chosen");
    this.templates = document.getElementById("templates");
    this.button = document.getElementById("check");
    this.stopButton = document.getElementById("stop-sending");
    this.bar = document.getElementById("sending");
    this.failure = document.getElementById("form-failure");
    this.input.addEventListener("change", () => this.draw());
    this.kinds.addEventListener("change", () => this.draw());
    this.stopButton.addEventListener("click", () => this.request?.stop());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.acceptDrops(document.getElementById("drop"));
  }

  acceptDrops(zone) {
    const light = (on) => zone.classList.toggle("is-over", on);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); light(true); });
    zone.addEventListener("dragleave", () => light(false));
    zone.addEventListener("drop", (event) => { event.preventDefault(); light(false); this.input.files = event.dataTransfer.files; this.draw(); });
  }

  offer({ kinds, unavailable }) {
    this.kinds.querySelectorAll("label").forEach((label) => label.remove());
    this.kinds.append(...kinds.map((kind, place) => el("label", { class: "pill" }, [
      el("input", { type: "radio", name: "kind", value: kind.name, checked: place === 0 }),
      el("span", {}, kind.titles[config.language]),
    ])));
    this.fail(unavailable.length ? t("error_import_unavailable") : kinds.length ? "" : t("error_import_forbidden"));
    this.draw();
  }

  get kind() {
    return new FormData(this.form).get("kind");
  }

  get file() {
    return this.input.files[0];
  }

  choose(kind) {
    const radio = [...this.form.elements].find((field) => field.name === "kind" && field.value === kind);
    if (radio) radio.checked = true;
    this.draw();
  }

  focus() {
    this.input.focus();
  }

  draw() {
    const tooLarge = this.file && this.file.size > config.maxFileBytes;
    this.chosen.hidden = !this.file;
    this.chosen.classList.toggle("is-refused", Boolean(tooLarge));
    if (this.file) {
      this.chosen.replaceChildren(
        el("span", { class: "file-name" }, this.file.name),
        el("span", { class: "file-size" }, tooLarge ? t("tooLarge", { limit: megabytes(config.maxFileBytes) }) : sizeOf(this.file)),
      );
    }
    this.templates.hidden = !this.kind;
    for (const link of this.templates.querySelectorAll("a")) link.href = `/import/templates/${this.kind}-${link.lang}.csv`;
    this.button.disabled = !this.file || !this.kind || tooLarge || Boolean(this.request);
    this.stopButton.hidden = this.bar.hidden = !this.request;
  }

  async send() {
    const form = new FormData();
    form.append("kind", this.kind);
    form.append("dry_run", "true");
    form.append("file", this.file, this.file.name);
    this.fail("");
    this.bar.value = 0;
    this.request = send("/api/imports", form, (part) => { this.bar.value = part; });
    this.draw();
    try {
      const job = await this.request.sent;
      this.input.value = "";
      this.onSent(job);
    } catch (error) {
      this.fail(error.name === "AbortError" ? t("sendingStopped") : errorText(error.code, error.message));
    } finally {
      this.request = null;
      this.draw();
    }
  }

  fail(text) {
    this.failure.textContent = text;
    this.failure.hidden = !text;
  }
}
