// The conversation that is open: its messages, and the turn that runs in it.
import { ApiError, json } from "./api.js";
import { Answer } from "./answer.js";
import { errorText, t } from "./config.js";
import { el, icon } from "./dom.js";
import { followTurn } from "./turn.js";

export class ConversationView {
  constructor({ scroll, onBusy, onStarted, onTitle }) {
    this.messages = document.getElementById("messages");
    this.welcome = document.getElementById("welcome");
    this.status = document.getElementById("status");
    this.scroll = scroll;
    this.onBusy = onBusy;
    this.onStarted = onStarted;
    this.onTitle = onTitle;
    this.id = null;
    this.running = null;
    this.visit = 0; // counts what was opened, so that a late answer does not land in another conversation
  }

  clear() {
    this.visit += 1;
    this.id = null;
    this.last = null;
    this.setRunning(null);
    this.messages.replaceChildren();
    this.welcome.hidden = false;
    this.onTitle("");
  }

  async open(id) {
    this.clear();
    this.id = id;
    this.welcome.hidden = true;
    const visit = this.visit;
    try {
      const conversation = await json("GET", `/api/conversations/${id}`);
      if (visit !== this.visit) return;
      this.onTitle(conversation.title);
      this.messages.append(...this.elementsOf(conversation.messages));
      this.showEarlier(conversation);
    } catch (error) {
      if (visit === this.visit) this.messages.append(problem(error));
      return;
    }
    this.scroll.toEnd();
    this.last = this.newest;
    this.last?.wait(!this.last.isRunning);
    if (this.unfinished) this.follow(this.unfinished, {});
  }

  elementsOf(messages) {
    this.unfinished = null;
    this.newest = null;
    return messages.map((message) => {
      if (message.role === "user") return question(message.content, message.id);
      const answer = Answer.of(message, this.answerHandlers());
      if (answer.isRunning) this.unfinished = answer;
      this.newest = answer;
      return answer.element;
    });
  }

  showEarlier({ id, messages, has_more: hasMore }) {
    if (!hasMore) return;
    const button = el("button", { type: "button", class: "earlier" }, t("earlier"));
    button.addEventListener("click", async () => {
      button.disabled = true;
      const page = await json("GET", `/api/conversations/${id}?before=${messages[0].id}`);
      if (this.id !== id) return;
      this.scroll.keepWhile(() => {
        const running = this.unfinished;
        button.replaceWith(...this.elementsOf(page.messages));
        this.unfinished = running;
        this.showEarlier(page);
      });
    });
    this.messages.prepend(button);
  }

  ask(text) {
    const messageId = newId();
    this.welcome.hidden = true;
    const answer = new Answer(messageId, this.answerHandlers());
    this.messages.append(question(text, messageId), answer.element);
    this.scroll.toEnd();
    return this.follow(answer, { question: text, conversationId: this.id });
  }

  decide(decision) {
    if (this.running) return undefined;
    const messageId = newId();
    const answer = new Answer(messageId, this.answerHandlers());
    answer.decision = decision;
    this.messages.append(question(t(`${decision.decision}Said`), messageId), answer.element);
    this.scroll.toEnd();
    return this.follow(answer, { decision, conversationId: this.id });
  }

  answerHandlers() {
    return { onRetry: (answer) => this.retry(answer), onDecide: (decision) => this.decide(decision) };
  }

  retry(answer) {
    if (this.running) return;
    const asked = this.messages.querySelector(`.question[data-id="${CSS.escape(answer.messageId)}"]`);
    answer.restart();
    this.follow(answer, { question: asked.textContent, decision: answer.decision, conversationId: this.id });
  }

  async follow(answer, { question: text, decision, conversationId }) {
    const visit = this.visit;
    this.setRunning(answer);
    this.last?.wait(false);
    this.last = answer;
    this.announce(t("thinking"));
    try {
      const events = followTurn({
        messageId: answer.messageId,
        question: text,
        conversationId,
        decision,
        onBreak: () => answer.showReconnecting(),
        onStart: (ids) => {
          if (visit !== this.visit || this.id === ids.conversationId) return;
          this.id = ids.conversationId;
          this.onStarted(ids.conversationId, text);
        },
      });
      for await (const event of events) {
        if (visit !== this.visit) return; // another conversation is open now; the server goes on without us
        answer.take(event);
      }
      this.announce(answer.state.error ? errorText(answer.state.error.code) : t("answerReady"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer.fail({ code: error.code, message: error.message });
      this.announce(errorText(error.code, error.message));
    } finally {
      if (visit === this.visit) this.setRunning(null);
    }
  }

  async stop() {
    const answer = this.running;
    if (!answer) return;
    answer.state.stopped = true;
    try {
      await json("POST", `/api/messages/${answer.messageId}/stop`);
    } catch (error) {
      this.announce(errorText(error.code, error.message));
    }
  }

  setRunning(answer) {
    this.running = answer;
    this.onBusy(Boolean(answer));
  }

  announce(text) {
    this.status.textContent = text;
  }
}

function question(text, id) {
  return el("article", { class: "question", "data-id": id, "aria-label": t("you") }, el("p", {}, text));
}

function problem(error) {
  return el("div", { class: "notice", role: "alert" }, [
    icon("alert"),
    el("span", { class: "notice-text" }, errorText(error.code, error.message)),
  ]);
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // over plain HTTP there is no randomUUID
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
