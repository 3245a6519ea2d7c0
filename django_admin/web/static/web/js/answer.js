// One answer on the page: takes a turn's events as they come, or a stored message, and shows them.
import { renderApproval } from "./approval.js";
import { renderChart } from "./charts.js";
import { duration, errorText, t } from "./config.js";
import { el, icon } from "./dom.js";
import { Feedback } from "./feedback.js";
import { renderMarkdown } from "./markdown.js";
import { renderSources, sourceAnchors } from "./sources.js";
import { load as loadVega } from "./vega.js";
import { agentTitle, partOf, renderWork } from "./work.js";

export class Answer {
  constructor(messageId, { onRetry, onDecide }) {
    this.messageId = messageId;
    this.onRetry = onRetry;
    this.onDecide = onDecide;
    this.state = fresh();
    this.work = el("div");
    this.body = el("div", { class: "answer-body prose" });
    this.charts = el("div", { class: "charts" });
    this.shownCharts = "[]";
    this.tail = el("div");
    this.element = el("article", { class: "answer", "aria-label": t("assistant") }, [this.work, this.body, this.charts, this.tail]);
    this.frame = null;
    this.feedback = null; // when the answer is complete: only then there is something to judge
    this.draw();
  }

  static of(message, { onRetry, onDecide }) {
    const answer = new Answer(message.reply_to, { onRetry, onDecide });
    answer.state = {
      ...fresh(),
      status: message.status,
      text: message.content,
      agents: message.agents,
      tools: message.tools,
      citations: message.citations,
      charts: message.charts,
      degraded: message.degraded,
      error: message.error,
      durationMs: message.duration_ms,
    };
    if (message.status === "complete") answer.feedback = new Feedback(message.id, message.feedback);
    answer.draw();
    return answer;
  }

  get isRunning() {
    return this.state.status === "running";
  }

  restart() {
    this.state = fresh();
    this.draw();
  }

  take(event) {
    const state = this.state;
    state.reconnecting = false;
    switch (event.type) {
      case "route": state.routed = event.delegations.map((delegation) => delegation.agent); break;
      case "agent_start": this.note(event, () => ({ name: event.agent, position: event.position, task: event.task })); break;
      case "agent_end": this.note(event, (known) => ({ ...known, status: event.status, duration_ms: event.duration_ms })); break;
      case "interrupt":
        this.note(event, (known) => ({
          ...known, status: "interrupted", duration_ms: 0,
          interrupts: [...(known.interrupts ?? []), { id: event.id, value: event.value }],
        }));
        break;
      case "tool": replace(state.tools, (tool) => isSameCall(tool, event), event); break;
      case "token": if (!event.agent) state.text += event.text; break;
      case "reset": if (!event.agent) state.text = ""; break;
      case "citation": state.citations.push(event); break;
      case "chart":
        state.charts.push({ title: event.title, spec: event.spec });
        loadVega().catch(() => {}); // it is there by the time the answer is; if not, the chart will say so
        break;
      case "final": this.finish(event); break;
      case "error": this.fail(event); break;
    }
    this.drawSoon();
  }

  // An agent may work on several parts of a question: each has its entry.
  note(event, change) {
    const isIt = (agent) => partOf(agent.name, agent) === partOf(event.agent, event);
    const known = this.state.agents.find(isIt) ?? { name: event.agent, position: event.position };
    replace(this.state.agents, isIt, change(known));
  }

  finish(event) {
    const known = new Map(this.state.agents.map((agent) => [partOf(agent.name, agent), agent]));
    Object.assign(this.state, {
      status: "complete",
      waits: true,
      text: event.response,
      citations: event.citations,
      charts: event.charts,
      degraded: event.degraded,
      agents: event.agents.map((agent) => ({ ...known.get(partOf(agent.name, agent)), ...agent })),
      durationMs: performance.now() - this.state.started,
    });
    this.feedback = new Feedback(event.answer_id, null);
  }

  fail({ code, message }) {
    const status = code === "interrupted" ? "interrupted" : "error";
    for (const agent of this.state.agents) agent.status ??= "cancelled";
    Object.assign(this.state, { status, error: { code, message } });
    this.drawSoon();
  }

  showReconnecting() {
    this.state.reconnecting = true;
    this.drawSoon();
  }

  drawSoon() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    const { state } = this;
    const open = this.work.firstElementChild?.open ?? false;
    this.element.classList.toggle("is-running", state.status === "running");
    this.element.dataset.status = state.status;
    this.work.replaceChildren(renderWork(state.agents, state.tools, { open }));
    this.body.replaceChildren(renderMarkdown(state.text, sourceAnchors(state.citations, this.messageId)));
    this.drawCharts();
    this.tail.replaceChildren(...this.tailParts());
    this.element.dispatchEvent(new CustomEvent("grown", { bubbles: true }));
  }

  // Below the text once it is there: above it they would be pushed away with every word.
  drawCharts() {
    const charts = this.isRunning ? [] : this.state.charts;
    const shown = JSON.stringify(charts);
    if (shown === this.shownCharts) return;
    this.shownCharts = shown;
    this.charts.replaceChildren(...charts.map(renderChart));
  }

  tailParts() {
    const { state } = this;
    const parts = [];
    if (state.status === "running") {
      if (state.reconnecting) parts.push(waiting(t("reconnecting")));
      else if (!state.text) parts.push(waiting(waitingText(state)));
      return parts;
    }
    if (state.error) parts.push(this.notice());
    if (state.waits) parts.push(...this.approvals());
    if (state.citations.length) parts.push(renderSources(state.citations, this.messageId));
    if (state.text) parts.push(this.foot());
    if (state.text && this.feedback) parts.push(this.feedback.element);
    return parts;
  }

  // Only a conversation's last answer can wait: whoever goes on with something else gives it up.
  get interrupts() {
    const waiting = this.state.agents.filter((agent) => agent.status === "interrupted");
    return waiting.flatMap((agent) => agent.interrupts ?? []);
  }

  wait(waits) {
    if (this.state.waits === waits) return;
    this.state.waits = waits;
    this.draw();
  }

  approvals() {
    return this.interrupts.map((asked) => renderApproval(asked, this.onDecide));
  }

  notice() {
    const { code, message } = this.state.error;
    const calm = this.state.status === "interrupted";
    const retry = el("button", { type: "button", class: "button", onclick: () => this.onRetry(this) }, [icon("retry"), t("retry")]);
    return el("div", { class: `notice${calm ? " is-calm" : ""}`, role: calm ? null : "alert" }, [
      icon(calm ? "pause" : "alert"),
      el("span", { class: "notice-text" }, calm ? t(this.state.stopped ? "stopped" : "interrupted") : errorText(code, message)),
      retry,
    ]);
  }

  foot() {
    const label = el("span", {}, t("copy"));
    const mark = el("span", { class: "state" }, icon("copy"));
    const copy = el("button", { type: "button", class: "foot-button" }, [mark, label]);
    copy.addEventListener("click", async () => {
      await copyText(this.state.text);
      label.textContent = t("copied");
      mark.replaceChildren(icon("check"));
      setTimeout(() => { label.textContent = t("copy"); mark.replaceChildren(icon("copy")); }, 2000);
    });
    return el("footer", { class: "answer-foot" }, [
      copy,
      this.feedback?.buttons,
      this.state.durationMs ? el("span", {}, duration(this.state.durationMs)) : null,
      this.state.degraded && el("span", { class: "badge", title: t("degradedHint") }, t("degraded")),
    ]);
  }
}

function fresh() {
  return { status: "running", text: "", routed: [], agents: [], tools: [], citations: [], charts: [], error: null, degraded: false,
    reconnecting: false, stopped: false, waits: false, durationMs: null, started: performance.now() };
}

function isSameCall(known, event) {
  return known.status === "running" && partOf(known.agent, known) === partOf(event.agent, event) && known.name === event.name &&
    JSON.stringify(known.args) === JSON.stringify(event.args);
}

function replace(list, isSame, item) {
  const index = list.findIndex(isSame);
  if (index < 0) list.push(item);
  else list[index] = item;
}

function waitingText(state) {
  if (state.agents.length) return t("thinking");
  return state.routed.length ? state.routed.map(agentTitle).join(", ") : t("routing");
}

function waiting(text) {
  return el("p", { class: "waiting" }, [el("span", { class: "dots" }, [el("i"), el("i"), el("i")]), text]);
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = el("textarea", { class: "visually-hidden" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy"); // without HTTPS there is no clipboard to write to
  area.remove();
}
