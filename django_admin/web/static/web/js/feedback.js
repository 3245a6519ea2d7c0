// Thumbs under an answer, and after a thumb a place to say why. What the server has is what the page shows.
import { json } from "./api.js";
import { errorText, t } from "./config.js";
import { el, icon } from "./dom.js";

const MAX_COMMENT_CHARS = 2000;

export class Feedback {
  constructor(answerId, given) {
    this.answerId = answerId;
    this.given = given ?? { rating: null, comment: "" };
    this.isSending = false;
    this.thumbs = { up: this.thumb("up"), down: this.thumb("down") };
    this.buttons = el("span", { class: "thumbs", role: "group", "aria-label": t("feedback") }, Object.values(this.thumbs));
    this.status = el("p", { class: "feedback-status", role: "status" });
    this.comment = el("div", { class: "feedback-comment" });
    this.element = el("div", { class: "feedback" }, [this.comment, this.status]);
    this.draw();
  }

  thumb(rating) {
    const label = t(rating === "up" ? "thumbUp" : "thumbDown");
    const button = el("button", { type: "button", class: "thumb", "aria-label": label, title: label }, icon(`thumb-${rating}`));
    button.addEventListener("click", () => this.rate(this.given.rating === rating ? null : rating));
    return button;
  }

  async rate(rating) {
    if (await this.send({ rating })) this.draw({ writing: Boolean(rating) });
  }

  async write(comment) {
    if (!(await this.send({ rating: this.given.rating, comment }))) return;
    this.draw();
    this.status.textContent = t("feedbackThanks");
    this.thumbs[this.given.rating].focus({ preventScroll: true });
  }

  async send(body) {
    if (this.isSending) return false;
    this.isSending = true;
    this.status.textContent = "";
    this.status.classList.remove("is-bad");
    try {
      this.given = await json("POST", `/api/messages/${this.answerId}/feedback`, { body });
      return true;
    } catch (error) {
      this.status.classList.add("is-bad");
      this.status.textContent = errorText(error.code, error.message);
      return false;
    } finally {
      this.isSending = false;
    }
  }

  draw({ writing = false } = {}) {
    for (const [rating, button] of Object.entries(this.thumbs)) {
      button.setAttribute("aria-pressed", String(rating === this.given.rating));
    }
    this.comment.replaceChildren(...(writing ? [this.form()] : this.written()));
  }

  written() {
    if (!this.given.rating) return [];
    const label = t(this.given.comment ? "feedbackEdit" : "feedbackAdd");
    const edit = el("button", { type: "button", class: "link-button" }, label);
    edit.addEventListener("click", () => {
      this.status.textContent = "";
      this.draw({ writing: true });
      this.comment.querySelector("textarea").focus();
    });
    return [this.given.comment && el("q", {}, this.given.comment), edit].filter(Boolean);
  }

  form() {
    const hint = t(this.given.rating === "up" ? "feedbackWhyGood" : "feedbackWhyBad");
    const field = el("textarea", { rows: "1", maxlength: MAX_COMMENT_CHARS, placeholder: hint, "aria-label": hint });
    field.value = this.given.comment;
    const close = () => { this.draw(); this.thumbs[this.given.rating].focus({ preventScroll: true }); };
    const form = el("form", { class: "feedback-form" }, [
      field,
      el("button", { type: "submit", class: "button plain" }, t("send")),
      el("button", { type: "button", class: "link-button", onclick: close }, t("notNow")),
    ]);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.write(field.value.trim()); });
    form.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !event.shiftKey && event.target === field) { event.preventDefault(); form.requestSubmit(); }
    });
    return form;
  }
}
