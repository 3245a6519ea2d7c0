"""How the offline model uses the tools that change client data."""

from collections.abc import Mapping
from functools import partial

from narutalk.languages import Language
from narutalk.offline.hints import ArgumentFinder, OfflineHints
from tools.clients.changes import finders as find
from tools.clients.changes.requests import asks_for
from tools.clients.finders import client_finder, contract_finder
from tools.clients.models import ChangeKind
from tools.clients.store import ClientStore

EN, KO = Language.EN, Language.KO

_PHRASES: Mapping[ChangeKind, Mapping[Language, tuple[str, ...]]] = {
    ChangeKind.UPDATE_CLIENT: {
        EN: (
            "change {client} grade {grade}",
            "set the grade of {client} {grade}",
            "upgrade {client} {grade}",
            "update the phone number of {client} {phone}",
            "change the address of {client} {address}",
            "change the contact person of {client} to {contact_name}",
            "make {contact_name} the contact of {client}",
            "set the contact e-mail of {client} {contact_email}",
            "update the email address of {client} {contact_email}",
        ),
        KO: (
            "{client} 등급을 {grade} 바꿔줘",
            "{client} 등급 {grade} 변경해 줘",
            "{client} 전화번호를 {phone} 수정해 줘",
            "{client} 주소를 {address} 변경해 줘",
            "{client} 연락 담당자를 {contact_name} 변경해 줘",
            "{client} 거래처 담당자를 {contact_name} 바꿔줘",
            "{client} 이메일을 {contact_email} 수정해 줘",
            "{client} 연락 담당자 이메일을 {contact_email} 바꿔줘",
        ),
    },
    ChangeKind.ADD_NOTE: {
        EN: (
            "add a note to contract {contract} {text}",
            "write a note on the contract of {contract} {text}",
            "note on {contract} {text}",
        ),
        KO: (
            "계약 {contract} 메모 추가해 줘 {text}",
            "{contract} 계약에 {text} 메모 남겨줘",
            "{contract} 비고에 {text} 적어 줘",
        ),
    },
    ChangeKind.RENEW: {
        EN: ("renew contract {contract} {months}", "extend the contract with {contract} {until}"),
        KO: ("계약 {contract} 갱신해줘 {months}", "{contract} 계약 {until} 연장해 줘"),
    },
    ChangeKind.CLOSE: {
        EN: ("close contract {contract}", "terminate the contract with {contract}"),
        KO: ("계약 {contract} 해지해 줘", "{contract} 계약 종료해 줘"),
    },
    ChangeKind.UNDO: {
        EN: ("undo that", "undo the last change", "take that back", "revert my change"),
        KO: ("방금 변경 취소해줘", "마지막 변경을 되돌려 줘", "그거 취소해 줘"),
    },
}
_QUESTIONS: Mapping[str, Mapping[Language, str]] = {
    "client": {
        EN: "Which client do you want to change? A name or an id such as C0042 will do.",
        KO: "어느 거래처를 변경할까요? 이름이나 C0042 같은 번호로 말씀해 주세요.",
    },
    "contract": {
        EN: "Which contract do you mean? Its id such as K00042, or the client's name, will do.",
        KO: "어느 계약인가요? K00042 같은 번호나 거래처 이름으로 말씀해 주세요.",
    },
    "text": {
        EN: "What should the note say? For instance: Add a note to contract K00042: calls back on Friday.",
        KO: "메모 내용을 말씀해 주세요. 예: 계약 K00042에 메모 추가해 줘: 금요일에 다시 연락",
    },
}


def build_hints(store: ClientStore) -> Mapping[ChangeKind, OfflineHints]:
    """Return the hints by kind of change."""
    contract = contract_finder(store)
    finders: Mapping[ChangeKind, Mapping[str, ArgumentFinder]] = {
        ChangeKind.UPDATE_CLIENT: {
            "contact_email": find.find_email,
            "contact_name": find.find_contact,
            "address": find.find_address,
            "client": client_finder(store),
            "grade": find.find_grade,
            "phone": find.find_phone,
        },
        # What the note says is taken up first: it may name clients, too.
        ChangeKind.ADD_NOTE: {"text": find.find_text, "contract": contract},
        ChangeKind.RENEW: {"until": find.find_until, "contract": contract, "months": find.find_months},
        ChangeKind.CLOSE: {"contract": contract},
        ChangeKind.UNDO: {},
    }
    return {
        kind: OfflineHints(
            phrases=_PHRASES[kind],
            finders=found,
            questions=_QUESTIONS,
            asked_for=partial(asks_for, kind),
            own=frozenset({"text"}),
        )
        for kind, found in finders.items()
    }
