"""What a change would do: found out from the data as they are, without changing them."""

from datetime import date, timedelta

from narutalk.errors import RetryWithFix, TellTheModel
from narutalk.identity import Identity
from tools.clients.changes.arguments import AddNote, CloseContract, RenewContract, UndoChange, UpdateClient
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.changes.plan import Plan
from tools.clients.changes.refusals import refusal
from tools.clients.models import ChangeKind, ContractStatus
from tools.clients.permissions import require_change
from tools.clients.records import ClientRecord, ContractFilter, ContractRecord
from tools.clients.store import ClientStore

CLIENT_FIELDS = ("grade", "phone", "address", "contact_name", "contact_email")
MAX_CANDIDATES = 8


class Planner:
    """Plans changes; each method raises a `NaruTalkError` when this person may not, or it cannot be done.

    Args:
        store: What is so.
        ledger: What was changed before.
    """

    def __init__(self, store: ClientStore, ledger: ChangeLedger) -> None:
        self._store = store
        self._ledger = ledger

    def update(self, identity: Identity, args: UpdateClient) -> Plan:
        client = self._store.resolve_client(identity, args.client)
        require_change(identity, client)
        wanted = {name: value for name in CLIENT_FIELDS if (value := getattr(args, name)) is not None}
        if not wanted:
            raise RetryWithFix(
                "Say what to change: the grade, the phone number, the address or the contact person."
            )
        after = {name: value for name, value in wanted.items() if value != getattr(client, name)}
        if not after:
            raise refusal(
                f"That is what the record of {client.name.en} says already, so there is nothing to change.",
                f"{client.name.ko} 정보가 이미 그렇게 되어 있어 변경할 것이 없습니다.",
                code="nothing_to_change",
            )
        before = {name: getattr(client, name) for name in after}
        return Plan(kind=ChangeKind.UPDATE_CLIENT, client=client, before=before, after=after)

    def note(self, identity: Identity, args: AddNote) -> Plan:
        client, contract = self._contract(identity, args.contract)
        text = args.text.strip()
        if not text:
            raise RetryWithFix("The note is empty.")
        if self._ledger.has_note(contract.id, text):
            raise refusal(
                f"This note stands at the contract {contract.id} already.",
                f"계약 {contract.id}에 같은 메모가 이미 있습니다.",
                code="nothing_to_change",
            )
        return Plan(
            kind=ChangeKind.ADD_NOTE, client=client, contract=contract, before={}, after={"text": text}
        )

    def renewal(self, identity: Identity, args: RenewContract) -> Plan:
        client, contract = self._contract(identity, args.contract)
        if contract.status is ContractStatus.TERMINATED:
            raise refusal(
                f"The contract {contract.id} was terminated, so it cannot be renewed.",
                f"계약 {contract.id}은(는) 해지되어 갱신할 수 없습니다.",
                code="contract_terminated",
            )
        end = args.until or add_months(contract.end_date + timedelta(days=1), args.months) - timedelta(days=1)
        today = self._store.today()
        if end <= contract.end_date or end < today:
            raise refusal(
                f"The contract {contract.id} ends on {contract.end_date}; a renewal must end later, and not "
                "in the past.",
                f"계약 {contract.id}의 종료일은 {contract.end_date}입니다. 갱신 종료일은 그보다 뒤여야 하고 "
                "지난 날일 수 없습니다.",
                code="renewal_too_short",
            )
        self._refuse_a_second_renewal(identity, contract, end)
        status = ContractStatus.ACTIVE if contract.start_date <= today else contract.status
        return _contract_plan(ChangeKind.RENEW, client, contract, end, status)

    def closing(self, identity: Identity, args: CloseContract) -> Plan:
        client, contract = self._contract(identity, args.contract)
        if contract.status not in (ContractStatus.ACTIVE, ContractStatus.PENDING):
            raise refusal(
                f"The contract {contract.id} has ended already, so there is nothing to close.",
                f"계약 {contract.id}은(는) 이미 끝나서 해지할 것이 없습니다.",
                code="nothing_to_change",
            )
        today = self._store.today()
        end = today if contract.start_date < today < contract.end_date else contract.end_date
        return _contract_plan(ChangeKind.CLOSE, client, contract, end, ContractStatus.TERMINATED)

    def undoing(self, identity: Identity, args: UndoChange) -> Plan:
        change = self._ledger.find(args.change) if args.change else self._ledger.latest_of(identity)
        visible = self._store.clients_by_id(identity, [change.client_id]) if change else {}
        if change is None or change.client_id not in visible:
            raise refusal(
                "There is no change of yours to take back.", "취소할 변경이 없습니다.", code="change_unknown"
            )
        client = visible[change.client_id]
        require_change(identity, client)
        if change.kind is ChangeKind.UNDO or change.undone_by:
            raise refusal(
                "This was taken back already, or is itself one that took a change back.",
                "이미 취소한 변경이거나, 변경을 취소한 기록입니다.",
                code="nothing_to_change",
            )
        contract = self._by_id(identity, change.contract_id) if change.contract_id else None
        plan = Plan(
            kind=ChangeKind.UNDO,
            client=client,
            contract=contract,
            before=change.after,
            after=change.before,
            undone=change,
        )
        if not self._ledger.holds(plan.subject, plan.before):
            raise refusal(
                "It was changed again since, so this change cannot be taken back.",
                "그 뒤에 다시 변경되어 이 변경은 취소할 수 없습니다.",
                code="changed_meanwhile",
            )
        return plan

    def _contract(self, identity: Identity, text: str) -> tuple[ClientRecord, ContractRecord]:
        """Return the contract that a text means, and its client, when the person may change it."""
        ids = self._store.catalogue(identity).contract_ids
        if ids.meant(text) or ids.is_new(text):
            contract = self._by_id(identity, ids.meant(text) or text)
            if contract is None:
                raise refusal(
                    f"There is no contract '{text}'.",
                    f"'{text}' 계약을 찾을 수 없습니다.",
                    code="contract_unknown",
                )
            client = self._store.client(identity, contract.client_id)
        else:
            client = self._store.resolve_client(identity, text)
            contract = self._only_one(identity, client)
        require_change(identity, client)
        return client, contract

    def _by_id(self, identity: Identity, contract_id: str) -> ContractRecord | None:
        found = self._store.contracts(identity, ContractFilter(ids=(contract_id,))).records
        return found[0] if found else None

    def _only_one(self, identity: Identity, client: ClientRecord) -> ContractRecord:
        every = self._store.contracts(
            identity, ContractFilter(client_id=client.id), limit=MAX_CANDIDATES, newest_first=True
        ).records
        active = [contract for contract in every if contract.status is ContractStatus.ACTIVE]
        candidates = active or every
        if len(candidates) != 1:
            raise _which_contract(client, candidates)
        return candidates[0]

    def _refuse_a_second_renewal(self, identity: Identity, contract: ContractRecord, end: date) -> None:
        """Refuse when another contract of the client begins where this one ends."""
        others = self._store.contracts(identity, ContractFilter(client_id=contract.client_id)).records
        following = contract.end_date + timedelta(days=1)
        for other in others:
            if other.start_date == following and other.status is not ContractStatus.TERMINATED:
                raise refusal(
                    f"The contract {contract.id} goes on with {other.id} from {following} already.",
                    f"계약 {contract.id}은(는) {following}부터 {other.id}(으)로 이미 이어집니다.",
                    code="renewed_already",
                )


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day where it has none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


def _contract_plan(
    kind: ChangeKind, client: ClientRecord, contract: ContractRecord, end: date, status: ContractStatus
) -> Plan:
    before = {"end_date": contract.end_date.isoformat(), "status": str(contract.status)}
    after = {"end_date": end.isoformat(), "status": str(status)}
    return Plan(kind=kind, client=client, contract=contract, before=before, after=after)


def _which_contract(client: ClientRecord, candidates: list[ContractRecord]) -> TellTheModel:
    if not candidates:
        return refusal(
            f"{client.name.en} has no contract.",
            f"{client.name.ko}의 계약이 없습니다.",
            code="contract_unknown",
        )
    lines = [f"- {c.id}: {c.start_date} – {c.end_date}" for c in candidates]
    return refusal(
        "\n".join([f"{client.name.en} has several contracts. Which one, by its id?", "", *lines]),
        "\n".join(
            [f"{client.name.ko}의 계약이 여러 건입니다. 어느 계약인가요? 번호로 말씀해 주세요.", "", *lines]
        ),
        code="contract_ambiguous",
    )
