// Which agents worked on an answer: a chip for each, and in the fold what they were asked and which tools they used.
import { config, duration, t } from "./config.js";
import { el, icon } from "./dom.js";

const STATES = {
  success: "agentSuccess",
  error: "agentError",
  timeout: "agentTimeout",
  unavailable: "agentUnavailable",
  cancelled: "agentCancelled",
  interrupted: "agentInterrupted",
};

export function agentTitle(name) {
  return config.agents[name] ?? name;
}

// What tells an agent's parts of a question apart; answers of older versions have no positions.
export function partOf(agent, { position }) {
  return `${agent} ${position ?? 0}`;
}

export function renderWork(agents, tools, { open }) {
  return el("details", { class: "work", open, hidden: !agents.length }, [
    el("summary", {}, [
      agents.map(chip),
      el("span", { class: "work-toggle" }, [t("steps"), icon("chevron")]),
    ]),
    el("div", { class: "steps" }, agents.map((agent) => steps(agent, tools))),
  ]);
}

function chip(agent) {
  const running = !agent.status;
  const stopped = agent.status === "cancelled" || agent.status === "interrupted";
  const kind = running || stopped ? "" : agent.status === "success" ? " is-success" : " is-bad";
  const label = running ? t("working") : t(STATES[agent.status] ?? "agentError");
  const state = running
    ? el("span", { class: "spinner" })
    : icon(agent.status === "success" ? "check" : stopped ? "pause" : "alert");
  return el("span", { class: `chip${kind}`, "data-agent": agent.name, title: agent.task || null }, [
    icon(agent.name),
    el("strong", {}, agentTitle(agent.name)),
    el("span", { class: "state", title: label }, [state, el("span", { class: "visually-hidden" }, label)]),
    agent.status && agent.status !== "success" && el("span", {}, label),
    agent.status && el("time", {}, duration(agent.duration_ms)),
  ]);
}

function steps(agent, tools) {
  const own = tools.filter((tool) => partOf(tool.agent, tool) === partOf(agent.name, agent));
  return el("div", {}, [
    el("p", { class: "step-agent" }, [el("strong", {}, agentTitle(agent.name)), agent.task ? ` — ${agent.task}` : ""]),
    own.map((tool) =>
      el("div", { class: `step-tool is-${tool.status}` }, [
        el("code", {}, tool.name),
        el("span", { class: "args" }, Object.entries(tool.args ?? {}).map(argument)),
        tool.status === "running" ? el("span", { class: "spinner" }) : el("time", {}, duration(tool.duration_ms)),
      ]),
    ),
  ]);
}

function argument([name, value]) {
  return el("span", {}, `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
}
