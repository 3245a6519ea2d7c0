// Files on their way to the server: chosen or dropped, sent in portions that it takes, with progress and stop.
import { config, errorText, t } from "./config.js";
import { el, icon } from "./dom.js";
import { megabytes, send, sizeOf } from "./sending.js";

const FILES_AT_ONCE = 100;
const EVERYONE = "everyone";

export class Upload {
  constructor({ say, onSent }) {
    this.say = say;
    this.onSent = onSent;
    this.files = [];
    this.form = document.getElementById("upload");
    this.input = document.getElementById("files");
    this.list = document.getElementById("chosen");
    this.button = document.getElementById("send");
    this.stopButton = document.getElementById("stop-sending");
    this.bar = document.getElementById("sending");
    this.failure = document.getElementById("upload-failure");
    this.input.addEventListener("change", () => { this.add(this.input.files); this.input.value = ""; });
    this.stopButton.addEventListener("click", () => this.request?.stop());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.form.addEventListener("change", (event) => { if (event.target.name === "groups") this.chooseReaders(event.target); });
    this.acceptDrops(document.getElementById("drop"));
  }

  acceptDrops(zone) {
    const light = (on) => zone.classList.toggle("is-over", on);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); light(true); });
    zone.addEventListener("dragleave", () => light(false));
    zone.addEventListener("drop", (event) => { event.preventDefault(); light(false); this.add(event.dataTransfer.files); });
  }

  add(files) {
    if (this.request) return;
    for (const file of files) {
      this.files = this.files.filter((known) => known.name !== file.name); // the later one of a name counts
      this.files.push(file);
    }
    this.draw();
  }

  // All, or some groups: never both; and never nobody.
  chooseReaders(changed) {
    const boxes = [...this.form.elements.groups.length ? this.form.elements.groups : [this.form.elements.groups]];
    const everyone = boxes.find((box) => box.value === EVERYONE);
    if (changed === everyone && changed.checked) for (const box of boxes) box.checked = box === everyone;
    else if (changed.checked) everyone.checked = false;
    if (!boxes.some((box) => box.checked)) everyone.checked = true;
  }

  get sendable() {
    return this.files.filter((file) => file.size <= config.maxFileBytes);
  }

  draw() {
    const count = this.sendable.length;
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(...this.files.map((file) => this.entry(file)));
    this.button.disabled = !count || Boolean(this.request);
    this.button.querySelector("span").textContent = count ? t(count === 1 ? "addOne" : "addMany", { count }) : t("addNone");
    this.stopButton.hidden = this.bar.hidden = !this.request;
  }

  entry(file) {
    const tooLarge = file.size > config.maxFileBytes;
    const size = tooLarge ? t("tooLarge", { limit: megabytes(config.maxFileBytes) }) : sizeOf(file);
    const leaveOut = () => { this.files = this.files.filter((known) => known !== file); this.draw(); this.input.focus(); };
    return el("li", { class: tooLarge ? "is-refused" : null }, [
      icon(tooLarge ? "alert" : "document"),
      el("span", { class: "file-name" }, file.name),
      el("span", { class: "file-size" }, size),
      !this.request && el("button", { type: "button", class: "icon-button", "aria-label": t("leaveOut", { name: file.name }), onclick: leaveOut }, icon("close")),
    ]);
  }

  async send() {
    const groups = new FormData(this.form).getAll("groups");
    this.fail("");
    try {
      for (const portion of portions(this.sendable)) {
        await this.post(portion, groups);
        this.files = this.files.filter((file) => !portion.includes(file));
        await this.onSent();
      }
      this.say(t("sent"));
    } catch (error) {
      if (error.name === "AbortError") this.say(t("sendingStopped"));
      else this.fail(errorText(error.code, error.message));
    } finally {
      this.request = null;
      this.draw();
    }
  }

  async post(files, groups) {
    const form = new FormData();
    for (const group of groups) form.append("groups", group);
    for (const file of files) form.append("files", file, file.name);
    this.bar.value = 0;
    this.request = send("/api/documents/jobs", form, (part) => { this.bar.value = part; });
    this.draw();
    await this.request.sent;
  }

  fail(text) {
    this.failure.textContent = text;
    this.failure.hidden = !text;
  }
}

function portions(files) {
  const found = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > config.maxUploadBytes || found.at(-1).length === FILES_AT_ONCE) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1).push(file);
    bytes += file.size;
  }
  return found;
}
