// The card of a tool call that waits for a person: what will happen, before and after, and what to do about it.
import { t } from "./config.js";
import { el } from "./dom.js";

// `decide` gets {interrupt_id, decision, args?}; it is called once.
export function renderApproval({ id, value }, decide) {
  const args = Object.entries(value?.args ?? {});
  const fields = args.map(([name, given]) => {
    const input = el("input", { type: "text", name, readonly: "" });
    input.value = typeof given === "string" ? given : JSON.stringify(given);
    return el("label", { class: "approval-field" }, [el("span", {}, argumentLabel(name)), input]);
  });
  const changes = changesTable(value?.changes ?? []);
  // Where before and after say it all, the arguments are only of use to whoever edits them.
  const given = el("div", { class: "approval-fields", hidden: Boolean(changes) }, ...fields);
  const inputs = fields.map((field) => field.querySelector("input"));
  const button = (name, onclick) => el("button", { type: "button", class: "button", "data-decision": name, onclick }, t(name));
  let editing = false;

  const send = (decision) => {
    for (const control of card.querySelectorAll("button, input")) control.disabled = true;
    const edited = Object.fromEntries(args.map(([name, given], index) => [name, valueOf(inputs[index].value, given)]));
    decide({ interrupt_id: id, decision, ...(decision === "edit" ? { args: edited } : {}) });
  };
  const edit = button("edit", () => {
    editing = true;
    given.hidden = false;
    if (changes) changes.hidden = true; // it tells of other values than those that are being typed
    for (const input of inputs) input.readOnly = false;
    edit.hidden = true;
    inputs[0].focus();
  });
  edit.hidden = !inputs.length;
  const approve = button("approve", () => send(editing ? "edit" : "approve"));
  const refuse = button("refuse", () => send("refuse"));
  const card = el("section", { class: "approval", "aria-label": t("approvalTitle") }, [
    el("strong", {}, t("approvalTitle")),
    el("p", {}, value?.description ?? value?.question ?? ""),
    ...(changes ? [changes] : []),
    given,
    el("div", { class: "approval-buttons" }, [approve, edit, refuse]),
  ]);
  return card;
}

function changesTable(changes) {
  if (!changes.length) return null;
  const cell = (text, kind) => (text === null || text === undefined ? el("td", { class: "is-empty" }, "–") : el("td", {}, el(kind, {}, text)));
  const row = ({ field, before, after }) => el("tr", {}, el("th", { scope: "row" }, field), cell(before, "del"), cell(after, "ins"));
  const head = ["", t("changeBefore"), t("changeAfter")].map((text) => el("th", text ? { scope: "col" } : {}, text));
  return el("div", { class: "approval-changes" }, el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...changes.map(row))));
}

function argumentLabel(name) {
  const key = `argument_${name}`;
  const label = t(key);
  return label === key ? name : label; // a tool of somebody else's
}

function valueOf(text, given) {
  if (typeof given === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the server says what is wrong with it
  }
}
