// The card of a tool call that waits for a person: what will happen, its arguments, and what to do about it.
import { t } from "./config.js";
import { el } from "./dom.js";

// `decide` gets {interrupt_id, decision, args?}; it is called once.
export function renderApproval({ id, value }, decide) {
  const args = Object.entries(value?.args ?? {});
  const fields = args.map(([name, given]) => {
    const input = el("input", { type: "text", name, readonly: "" });
    input.value = typeof given === "string" ? given : JSON.stringify(given);
    return el("label", { class: "approval-field" }, [el("span", {}, name), input]);
  });
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
    ...fields,
    el("div", { class: "approval-buttons" }, [approve, edit, refuse]),
  ]);
  return card;
}

function valueOf(text, given) {
  if (typeof given === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the server says what is wrong with it
  }
}
