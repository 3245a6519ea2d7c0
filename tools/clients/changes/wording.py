"""How a change reads, before it is made and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.languages import Language
from tools.changing import FieldChange
from tools.clients.changes.plan import Plan
from tools.clients.models import ChangeKind, ContractStatus
from tools.clients.records import ChangeRecord, Names
from tools.clients.wording import CONTRACT_STATUSES, Words, table

EN, KO = Language.EN, Language.KO

FIELDS: Mapping[str, Words] = {
    "grade": {EN: "Grade", KO: "등급"},
    "phone": {EN: "Phone", KO: "전화번호"},
    "address": {EN: "Address", KO: "주소"},
    "contact_name": {EN: "Contact person at the client", KO: "거래처 측 연락 담당자"},
    "contact_email": {EN: "Contact e-mail", KO: "연락 담당자 이메일"},
    "end_date": {EN: "Last day", KO: "종료일"},
    "status": {EN: "Status", KO: "상태"},
    "text": {EN: "Note", KO: "메모"},
}
_WILL: Mapping[ChangeKind, Words] = {
    ChangeKind.UPDATE_CLIENT: {
        EN: "The record of {client} will be changed.",
        KO: "{client} 거래처 정보를 변경합니다.",
    },
    ChangeKind.ADD_NOTE: {
        EN: "A note will be added to {contract}.",
        KO: "{contract}에 메모를 추가합니다.",
    },
    ChangeKind.RENEW: {EN: "{contract} will be renewed.", KO: "{contract} 계약을 갱신합니다."},
    ChangeKind.CLOSE: {EN: "{contract} will be closed.", KO: "{contract} 계약을 해지합니다."},
    ChangeKind.UNDO: {
        EN: "The change that {who} made on {when} will be taken back: {what}.",
        KO: "{when}에 {who} 님이 한 변경을 취소합니다: {what}.",
    },
}
_DONE: Mapping[ChangeKind, Words] = {
    ChangeKind.UPDATE_CLIENT: {
        EN: "The record of {client} was changed.",
        KO: "{client} 거래처 정보를 변경했습니다.",
    },
    ChangeKind.ADD_NOTE: {EN: "A note was added to {contract}.", KO: "{contract}에 메모를 추가했습니다."},
    ChangeKind.RENEW: {EN: "{contract} was renewed.", KO: "{contract} 계약을 갱신했습니다."},
    ChangeKind.CLOSE: {EN: "{contract} was closed.", KO: "{contract} 계약을 해지했습니다."},
    ChangeKind.UNDO: {
        EN: "The change was taken back: {what} is as it was before.",
        KO: "변경을 취소했습니다. {what}의 내용이 변경 전으로 돌아갔습니다.",
    },
}
_HEADER: Mapping[Language, tuple[str, str, str]] = {
    EN: ("Field", "Before", "After"),
    KO: ("항목", "변경 전", "변경 후"),
}
UNDO_HINT: Words = {
    EN: "Say “undo that” to take it back.",
    KO: "되돌리려면 “방금 변경 취소해 줘”라고 말씀하세요.",
}


def will_happen(plan: Plan, language: Language) -> str:
    """Return the sentence that a person approves."""
    contract = (plan.contract.title, plan.contract.id) if plan.contract else None
    names = _names((plan.client.name, plan.client.id), contract, language)
    if plan.undone:
        names |= {"who": plan.undone.approved_by, "when": _when(plan.undone.made_at)}
    return _WILL[plan.kind][language].format(**names)


def has_happened(change: ChangeRecord, language: Language) -> str:
    """Return what was done, with a table of what is different."""
    contract = (change.contract, change.contract_id) if change.contract and change.contract_id else None
    names = _names((change.client, change.client_id), contract, language)
    rows = [
        (line.field, line.before or "–", line.after or "–")
        for line in field_changes(change.before, change.after, language)
    ]
    parts = [_DONE[change.kind][language].format(**names), table(_HEADER[language], rows)]
    if change.kind is not ChangeKind.UNDO:
        parts.append(UNDO_HINT[language])
    return "\n\n".join(parts)


def field_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], language: Language
) -> list[FieldChange]:
    """Return what will be different, or is, line by line; what stays as it is is left out."""
    return [
        FieldChange(
            field=FIELDS[name][language],
            before=_value(name, before.get(name), language),
            after=_value(name, after.get(name), language),
        )
        for name in FIELDS
        if before.get(name) != after.get(name)
    ]


def _value(name: str, value: str | None, language: Language) -> str | None:
    if name == "status" and value is not None:
        return CONTRACT_STATUSES[ContractStatus(value)][language]
    return value


def _names(
    client: tuple[Names, str], contract: tuple[Names, str] | None, language: Language
) -> dict[str, str]:
    shown = {"client": _named(client, language)}
    if contract:
        shown["contract"] = _named(contract, language)
    shown["what"] = shown.get("contract", shown["client"])
    return shown


def _named(what: tuple[Names, str], language: Language) -> str:
    name, record_id = what
    return f"{name.ko}({record_id})" if language is KO else f"{name.en} ({record_id})"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(COMPANY_TIME_ZONE):%Y-%m-%d %H:%M}"
