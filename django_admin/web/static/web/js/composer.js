// The question's box: grows with its text, Enter sends, Shift+Enter breaks the line, and the limit shows near the end.
import { config, t } from "./config.js";

const WARN_SHARE = 0.9;

export class Composer {
  constructor({ onSend, onStop }) {
    this.form = document.getElementById("composer");
    this.field = document.getElementById("question");
    this.sendButton = document.getElementById("send");
    this.stopButton = document.getElementById("stop");
    this.limit = document.getElementById("limit");
    this.onSend = onSend;
    this.busy = false;
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.field.addEventListener("input", () => this.update());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.stopButton.addEventListener("click", onStop);
    this.update();
  }

  key(event) {
    // While an input method composes a Hangul syllable, Enter ends the syllable, not the question.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = this.field.value.trim();
    if (this.busy || !text || [...text].length > config.maxMessageChars) return;
    this.fill("");
    this.onSend(text);
  }

  fill(text) {
    this.field.value = text;
    this.update();
  }

  setBusy(busy) {
    this.busy = busy;
    this.update();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  update() {
    const count = [...this.field.value.trim()].length;
    const left = config.maxMessageChars - count;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    this.limit.hidden = count < config.maxMessageChars * WARN_SHARE;
    this.limit.classList.toggle("is-over", left < 0);
    const number = Math.abs(left).toLocaleString(config.language);
    this.limit.textContent = left < 0 ? t("charactersOver", { count: number }) : t("charactersLeft", { count: number });
    this.sendButton.hidden = this.busy;
    this.stopButton.hidden = !this.busy;
    this.sendButton.disabled = !count || left < 0;
  }
}
