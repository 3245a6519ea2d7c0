"""The tools that change client data, as an agent gets them."""

from collections.abc import Callable
from typing import TypeVar

from langchain_core.tools import BaseTool
from pydantic import BaseModel

from narutalk.errors import NaruTalkError
from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from tools.changing import Approval, ApprovedCall, Proposal, build_changing_tool
from tools.clients.changes import arguments as args
from tools.clients.changes.hints import build_hints
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.changes.plan import Plan
from tools.clients.changes.planning import CLIENT_FIELDS, Planner
from tools.clients.changes.refusals import changed_meanwhile, other_record
from tools.clients.changes.wording import field_changes, has_happened, will_happen
from tools.clients.models import ChangeKind
from tools.clients.records import ChangeRecord
from tools.clients.store import ClientStore
from tools.tool import ToolResult

ArgsT = TypeVar("ArgsT", bound=BaseModel)


class Changed(ToolResult):
    """A change that was made."""

    change: ChangeRecord

    def to_markdown(self, language: Language) -> str:
        return has_happened(self.change, language)


def build_change_tools(store: ClientStore, ledger: ChangeLedger) -> list[BaseTool]:
    """Return the tools; each waits for a person's approval."""
    planner = Planner(store, ledger)
    hints = build_hints(store)

    def tool(
        kind: ChangeKind,
        plan: Callable[[Identity, ArgsT], Plan],
        schema: type[ArgsT],
        description: str,
    ) -> BaseTool:
        def propose(identity: Identity, given: ArgsT, language: Language) -> Proposal:
            planned = plan(identity, given)
            return Proposal(
                description=will_happen(planned, language),
                changes=field_changes(planned.before, planned.after, language),
                seen={"subject": planned.subject, "record": _whole(planned)},
            )

        def done(key: str) -> Changed | None:
            change = ledger.find(key)
            return _changed(change) if change else None

        def run(identity: Identity, given: ArgsT, call: ApprovedCall) -> Changed:
            try:
                planned = _as_shown(plan(identity, _meant(given, call)), call)
                return _changed(ledger.make(planned, identity, call))
            except NaruTalkError:
                if first := done(call.key):  # the same call, at the same time, was faster
                    return first
                raise

        return build_changing_tool(
            run,
            name=kind.value,
            description=f"{description} Needs the person's approval, which the system asks for.",
            args=schema,
            hints=hints[kind],
            approval=Approval(propose=propose, done=done),
        )

    return [
        tool(
            ChangeKind.UPDATE_CLIENT,
            planner.update,
            args.UpdateClient,
            "Change a client's grade, phone number, address, or the contact person there and their e-mail "
            "address, when the person asks for that.",
        ),
        tool(
            ChangeKind.ADD_NOTE,
            planner.note,
            args.AddNote,
            "Add a note to a contract, when the person asks for that.",
        ),
        tool(
            ChangeKind.RENEW,
            planner.renewal,
            args.RenewContract,
            "Renew a contract: it goes on after its last day, when the person asks for that.",
        ),
        tool(
            ChangeKind.CLOSE,
            planner.closing,
            args.CloseContract,
            "Close (terminate) a contract as of today, when the person asks for that.",
        ),
        tool(
            ChangeKind.UNDO,
            planner.undoing,
            args.UndoChange,
            "Take back the person's latest change of client data, or the one with an id, when they ask.",
        ),
    ]


def _meant(given: ArgsT, call: ApprovedCall) -> ArgsT:
    """Return the arguments with the change that was shown where they say "the latest"."""
    if isinstance(given, args.UndoChange) and given.change is None:
        return given.model_copy(update={"change": call.seen.get("subject", {}).get("undoes")})
    return given


def _as_shown(plan: Plan, call: ApprovedCall) -> Plan:
    """Return the plan if it is of the record that was shown, and that says what was shown.

    Raises:
        TellTheModel: ``other_record`` or ``changed_meanwhile``.
    """
    if plan.subject != call.seen.get("subject"):
        raise other_record()
    shown = call.seen.get("record", {})
    if any(name in shown and shown[name] != value for name, value in plan.before.items()):
        raise changed_meanwhile()
    return plan


def _whole(plan: Plan) -> dict[str, str]:
    """Return what the record says in every field that a change of this kind may touch.

    An edit may change other fields than those that were asked for.
    """
    if plan.kind is ChangeKind.UPDATE_CLIENT:
        return {name: getattr(plan.client, name) for name in CLIENT_FIELDS}
    return dict(plan.before)


def _changed(change: ChangeRecord) -> Changed:
    source = "contracts" if change.contract_id else "clients"
    detail = ", ".join(part for part in (change.client_id, change.contract_id, f"change {change.id}") if part)
    citation = Citation(kind="records", title="Changes", source=f"clients.db · {source}", detail=detail)
    return Changed(change=change, citations=[citation])
