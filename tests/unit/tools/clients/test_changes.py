"""Changing clients and contracts by asking for it: shown, approved, done once, written down, undone."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import SecretStr
from sqlalchemy import Engine, select, update

from agents.client.graph import build_graph
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from narutalk.settings import Settings, load_settings
from tests.postgres import make_database
from tests.unit.tools.clients.sample import TINY, Opened, open_company
from tests.unit.tools.reports.samples import reports_in
from tools.clients.changes import planning
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.database import build_client_engine
from tools.clients.models import Change, Client, Contract, ContractNote
from tools.clients.records import ContractFilter
from tools.clients.store import ClientStore
from tools.keyset import PageRequest
from tools.reports.files import ReportFiles

MANAGER = Identity(user_id="m", username="max", roles=frozenset({Role.MANAGER}), conversation_id="c-1")
OTHER_MANAGER = Identity(user_id="m2", username="mia", roles=frozenset({Role.MANAGER}))
OWNER = Identity(user_id="o", username="minsu", groups=frozenset({"Employee:e0001"}))
USER = Identity(user_id="u", username="una")
ELSEWHERE = Identity(user_id="b", username="bora", groups=frozenset({"region:BUS", "employee:E0001"}))
APPROVE, REFUSE = {"type": "approve"}, {"type": "reject"}
GRADE_TO_B = "Change Hanbit Central Hospital's grade to B"


class Company:
    """A small company whose data can be changed, and looked at behind the tools' back."""

    def __init__(self, opened: Opened, engine: Engine) -> None:
        self.store, self.ledger = opened
        self._engine = engine

    def talk(self, identity: Identity = MANAGER) -> "Conversation":
        reports = reports_in(Path(str(self._engine.url.database)).parent)
        return Conversation(self.store, self.ledger, reports, identity)

    def rows(self) -> dict[str, list[Any]]:
        """Return every row of every table that a change could touch."""
        with self._engine.connect() as connection:
            return {
                table.__tablename__: [
                    tuple(row)
                    for row in connection.execute(select(table.__table__).order_by(table.__table__.c.id))
                ]
                for table in (Client, Contract, ContractNote, Change)
            }

    def client(self, client_id: str = "C0001") -> Any:
        return self.store.client(MANAGER, client_id)

    def contract(self, contract_id: str = "K00002") -> Any:
        return self.store.contracts(MANAGER, ContractFilter(ids=(contract_id,))).records[0]

    def set_grade(self, grade: str) -> None:
        """Change a client as an import does: behind everybody's back."""
        with self._engine.begin() as connection:
            connection.execute(update(Client).where(Client.id == "C0001").values(grade=grade))

    def set_contract(self, contract_id: str, **values: Any) -> None:
        """Change a contract in the same way."""
        with self._engine.begin() as connection:
            connection.execute(update(Contract).where(Contract.id == contract_id).values(**values))


class Conversation:
    """One conversation with the client agent and its offline model."""

    def __init__(
        self, store: ClientStore, ledger: ChangeLedger, reports: ReportFiles, identity: Identity
    ) -> None:
        self._graph = build_graph(OfflineChatModel(), store, ledger, reports, InMemorySaver())
        self._config: Any = run_config(identity)
        self._config["configurable"]["thread_id"] = str(uuid4())

    async def ask(self, text: str, question_id: str | None = None) -> dict[str, Any]:
        return await self._run({"messages": [HumanMessage(text, id=question_id)]})

    async def shown(self, text: str) -> dict[str, Any]:
        """Ask for a change, and return what the person is shown."""
        asked = await self.ask(text)
        assert "__interrupt__" in asked, asked["messages"][-1].text
        return dict(asked["__interrupt__"][0].value)

    async def told(self, text: str) -> str:
        """Ask for something that nobody approves, and return the answer."""
        asked = await self.ask(text)
        assert "__interrupt__" not in asked
        return str(asked["messages"][-1].text)

    async def decide(self, decision: dict[str, Any] = APPROVE) -> str:
        return str((await self._run(Command(resume=decision)))["messages"][-1].text)

    async def edit(self, name: str, **args: Any) -> str:
        return await self.decide({"type": "edit", "edited_action": {"name": name, "args": args}})

    async def change(self, text: str) -> str:
        await self.shown(text)
        return await self.decide()

    async def go_on(self) -> str:
        return str((await self._run(None))["messages"][-1].text)

    async def _run(self, given: Any) -> dict[str, Any]:
        return dict(await self._graph.ainvoke(given, self._config, durability="sync"))


def _open(settings: Settings) -> Iterator[Company]:
    with open_company(settings, TINY) as opened:
        engine = build_client_engine(settings, read_only=False)
        yield Company(opened, engine)
        engine.dispose()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    yield from _open(load_settings(data_dir=tmp_path, _env_file=None))


@pytest.fixture
def on_postgres(postgres_server: str, tmp_path: Path) -> Iterator[Company]:
    url = SecretStr(make_database(postgres_server, f"changes_{uuid4().hex}"))
    yield from _open(
        load_settings(
            data_dir=tmp_path, client_database_url=url, transaction_database_url=url, _env_file=None
        )
    )


async def test_before_and_after_are_shown_and_nothing_is_changed_yet(company: Company) -> None:
    before = company.rows()

    shown = await company.talk().shown(GRADE_TO_B)

    assert (shown["name"], shown["args"]) == (
        "update_client",
        {"client": "Hanbit Central Hospital", "grade": "B"},
    )
    assert shown["description"] == "The record of Hanbit Central Hospital (C0001) will be changed."
    assert shown["changes"] == [{"field": "Grade", "before": "A", "after": "B"}]
    assert company.rows() == before


async def test_a_contact_is_changed_as_it_was_shown_and_taken_back(company: Company) -> None:
    conversation = company.talk()

    shown = await conversation.shown("Change the contact of C0001 to Lee Younghee, lee@client.example")

    assert shown["changes"] == [
        {"field": "Contact person at the client", "before": "Contact 1", "after": "Lee Younghee"},
        {"field": "Contact e-mail", "before": "contact1@client.example", "after": "lee@client.example"},
    ]
    assert "was changed" in await conversation.decide()
    assert (company.client().contact_name, company.client().contact_email) == (
        "Lee Younghee",
        "lee@client.example",
    )
    [change] = company.ledger.of_client("C0001", PageRequest(limit=10)).records
    assert change.before == {"contact_name": "Contact 1", "contact_email": "contact1@client.example"}

    assert "taken back" in await conversation.change("undo that")
    assert (company.client().contact_name, company.client().contact_email) == (
        "Contact 1",
        "contact1@client.example",
    )


async def test_they_are_shown_in_korean(company: Company) -> None:
    shown = await company.talk().shown("한빛중앙병원 등급을 B로 바꿔줘")

    assert shown["description"] == "한빛중앙병원(C0001) 거래처 정보를 변경합니다."
    assert shown["changes"] == [{"field": "등급", "before": "A", "after": "B"}]


async def test_what_is_approved_is_done_and_written_down(company: Company) -> None:
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)

    answer = await conversation.decide()

    assert "was changed" in answer
    assert "| Grade | A | B |" in answer
    assert company.client().grade == "B"
    [change], _, total = company.ledger.of_client("C0001", PageRequest(limit=10))
    assert total == 1
    assert (change.before, change.after) == ({"grade": "A"}, {"grade": "B"})
    assert (change.reason, change.conversation_id) == (GRADE_TO_B, "c-1")
    assert (change.asked_by_id, change.approved_by_id, change.approved_by) == ("m", "m", "max")
    assert change.undone_by is None


@pytest.mark.parametrize(
    "request_",
    [GRADE_TO_B, "Add a note to K00002: call back", "Renew contract K00002", "Close contract K00002"],
)
async def test_what_is_refused_leaves_no_trace(company: Company, request_: str) -> None:
    before = company.rows()
    conversation = company.talk()
    await conversation.shown(request_)

    assert "refused" in await conversation.decide(REFUSE)

    assert company.rows() == before


async def test_what_is_edited_is_done_as_edited(company: Company) -> None:
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)

    await conversation.edit("update_client", client="C0001", grade="C", phone="02-999-8888")

    assert (company.client().grade, company.client().phone) == ("C", "02-999-8888")
    [change] = company.ledger.of_client("C0001", PageRequest(limit=10)).records
    assert change.before == {"grade": "A", "phone": "02-000-0001"}


@pytest.mark.parametrize(
    "args",
    [
        pytest.param({"client": "C0002", "grade": "A"}, id="another client"),
        pytest.param({"client": "C0001", "grade": "Z"}, id="no grade"),
        pytest.param({"client": "C0001", "phone": "'; DROP TABLE clients"}, id="no phone number"),
        pytest.param({"client": "C0001", "contact_email": "lee at client"}, id="no e-mail address"),
        pytest.param({"client": "C0001", "contact_name": " "}, id="no name"),
        pytest.param({"client": "C0001"}, id="nothing"),
        pytest.param({"client": "C0001", "grade": "A"}, id="as it is"),
    ],
)
async def test_an_edit_that_makes_no_sense_changes_nothing(company: Company, args: dict[str, Any]) -> None:
    before = company.rows()
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)

    assert await conversation.edit("update_client", **args)

    assert company.rows() == before


async def test_what_is_not_as_it_was_shown_is_not_changed(company: Company) -> None:
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)
    company.set_grade("D")
    before = company.rows()

    assert "meanwhile" in await conversation.decide()

    assert company.rows() == before


async def test_it_is_not_changed_when_that_happens_in_the_last_moment(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)
    make = company.ledger.make

    def too_late(*given: Any) -> Any:
        company.set_grade("D")
        return make(*given)

    monkeypatch.setattr(company.ledger, "make", too_late)

    assert "meanwhile" in await conversation.decide()

    assert company.client().grade == "D"
    assert company.rows()["client_changes"] == []


async def test_one_approval_that_arrives_twice_changes_once(company: Company) -> None:
    conversation = company.talk()
    await conversation.shown("Add a note to K00002: call back")

    answers = await asyncio.gather(conversation.decide(), conversation.decide())

    assert all("was added" in answer for answer in answers)
    assert len(company.rows()["client_changes"]) == len(company.rows()["contract_notes"]) == 1


RACES = [
    GRADE_TO_B,
    "Add a note to K00002: call back",
    "Renew contract K00002 for a year",
    "Close contract K00002",
]


async def _race(company: Company, request_: str) -> None:
    conversations = [company.talk(who) for who in (MANAGER, OTHER_MANAGER)]
    for conversation in conversations:
        await conversation.shown(request_)

    answers = await asyncio.gather(*(conversation.decide() for conversation in conversations))

    assert sorted("undo that" in answer for answer in answers) == [False, True], answers
    assert len(company.rows()["client_changes"]) == 1


@pytest.mark.parametrize("request_", RACES)
async def test_two_people_who_approve_the_same_do_it_once(company: Company, request_: str) -> None:
    await _race(company, request_)


@pytest.mark.slow
@pytest.mark.parametrize("request_", RACES)
async def test_they_do_it_once_on_postgresql_too(on_postgres: Company, request_: str) -> None:
    await _race(on_postgres, request_)


@pytest.mark.slow
async def test_everything_works_on_postgresql(on_postgres: Company) -> None:
    conversation = on_postgres.talk()
    before = on_postgres.rows()
    for request_ in RACES:
        await conversation.change(request_)
    for _ in RACES:
        await conversation.change("undo that")
    after = on_postgres.rows()
    assert len(after.pop("client_changes")) == 2 * len(RACES)
    assert after == {name: rows for name, rows in before.items() if name != "client_changes"}


async def test_a_run_that_died_behind_the_change_tells_what_was_done(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = company.talk()
    await conversation.shown(GRADE_TO_B)
    make = company.ledger.make

    def die(*given: Any) -> Any:
        make(*given)
        raise RuntimeError("the process died behind the change")

    with monkeypatch.context() as dying:
        dying.setattr(company.ledger, "make", die)
        with pytest.raises(RuntimeError):
            await conversation.decide()

    assert "was changed" in await conversation.go_on()
    assert len(company.rows()["client_changes"]) == 1


async def test_a_question_asked_again_changes_nothing_again(company: Company) -> None:
    conversation = company.talk()
    await conversation.ask("Renew contract K00002", question_id="q1")
    await conversation.decide()

    again = await conversation.ask("Renew contract K00002", question_id="q1")

    assert "was renewed" in again["messages"][-1].text
    assert company.contract().end_date == date(2027, 12, 31)


@pytest.mark.parametrize(
    ("who", "word"),
    [
        pytest.param(USER, "may not change", id="reader"),
        pytest.param(ELSEWHERE, "no client", id="of another region, though the owner"),
    ],
)
async def test_who_may_not_change_a_client_is_not_asked(company: Company, who: Identity, word: str) -> None:
    before = company.rows()
    for request_ in ("Change C0001's grade to B", "Add a note to C0001: call back", "Renew contract C0001"):
        assert word in await company.talk(who).told(request_)
    assert company.rows() == before


async def test_a_contract_of_another_region_does_not_exist(company: Company) -> None:
    assert "no contract" in await company.talk(ELSEWHERE).told("Close contract K00002")


async def test_the_owner_changes_a_client_of_theirs_only(company: Company) -> None:
    conversation = company.talk(OWNER)
    await conversation.change(GRADE_TO_B)
    assert company.client().grade == "B"
    assert "may not change" in await conversation.told("Change C0002's grade to A")


async def test_a_note_stands_at_its_contract(company: Company) -> None:
    conversation = company.talk()
    shown = await conversation.shown("한빛중앙병원 계약에 메모 추가해줘: 금요일에 다시 연락")
    assert shown["changes"] == [{"field": "메모", "before": None, "after": "금요일에 다시 연락"}]

    assert "메모를 추가했습니다" in await conversation.decide()

    [note] = company.contract("K00002").notes
    assert (note.text, note.author) == ("금요일에 다시 연락", "max")
    assert "이미 있습니다" in await conversation.told("계약 K00002에 메모 추가해줘: 금요일에 다시 연락")
    assert "금요일에 다시 연락" in await conversation.told("한빛중앙병원 계약 알려줘")


async def test_a_contract_is_renewed(company: Company) -> None:
    conversation = company.talk()
    shown = await conversation.shown("Renew contract K00002 for 2 years")
    assert shown["changes"] == [{"field": "Last day", "before": "2026-12-31", "after": "2028-12-31"}]

    await conversation.decide()

    assert company.contract().end_date == date(2028, 12, 31)


async def test_an_expired_contract_becomes_active_again(company: Company) -> None:
    company.set_contract("K00002", status="expired", end_date=date(2026, 10, 31))

    shown = await company.talk().shown("Renew contract K00002 for a year")

    assert shown["changes"] == [
        {"field": "Last day", "before": "2026-10-31", "after": "2027-10-31"},
        {"field": "Status", "before": "expired", "after": "active"},
    ]


async def test_a_contract_that_goes_on_already_is_not_renewed(company: Company) -> None:
    assert "goes on with K00002" in await company.talk().told("Renew contract K00001 until 2027-06-30")


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ("Renew contract K00001 for 3 months", "end later"),  # would end in the past
        ("Renew contract K00002 until 2026-12-01", "end later"),
        ("Renew contract K00004", "terminated"),
        ("Close contract K00001", "ended already"),
        ("Close contract K00004", "ended already"),
        ("Close contract K99999", "no contract"),
        ("Close contract C0003", "no contract"),
        ("Change C0001's grade to A", "already"),
        ("Change Hanbit's grade to B", "Which one"),
        ("undo that", "no change of yours"),
    ],
)
async def test_what_cannot_be_done_is_told_and_not_asked(company: Company, request_: str, word: str) -> None:
    assert word in await company.talk().told(request_)


async def test_several_contracts_are_asked_back(company: Company) -> None:
    company.set_contract("K00001", status="active")

    told = await company.talk().told("Close contract C0001")

    assert "K00001" in told
    assert "K00002" in told


async def test_a_contract_is_closed_as_of_today(company: Company) -> None:
    conversation = company.talk()
    shown = await conversation.shown("한빛중앙병원 계약 해지해줘")
    assert shown["changes"] == [
        {"field": "종료일", "before": "2026-12-31", "after": "2026-11-22"},
        {"field": "상태", "before": "유효", "after": "해지"},
    ]
    assert "해지했습니다" in await conversation.decide()


@pytest.mark.parametrize(
    ("request_", "undo"), [(text, "undo that") for text in RACES] + [(GRADE_TO_B, "방금 변경 취소해줘")]
)
async def test_a_change_is_taken_back(company: Company, request_: str, undo: str) -> None:
    before = company.rows()
    conversation = company.talk()
    await conversation.change(request_)
    changed = company.rows()

    shown = await conversation.shown(undo)
    assert company.rows() == changed
    await conversation.decide()

    after = company.rows()
    assert len(after["client_changes"]) == 2
    assert {**after, "client_changes": []} == before
    [undoing, undone] = company.ledger.of_client("C0001", PageRequest(limit=10)).records
    assert (undoing.undoes, undone.undone_by) == (undone.id, undoing.id)
    assert [(c["before"], c["after"]) for c in shown["changes"]] != []


async def test_a_change_is_not_taken_back_over_a_later_one(company: Company) -> None:
    conversation = company.talk()
    await conversation.change(GRADE_TO_B)
    company.set_grade("D")

    assert "changed again" in await conversation.told("undo that")
    assert company.client().grade == "D"


async def test_undoing_goes_back_one_change_after_the_other_and_then_ends(company: Company) -> None:
    conversation = company.talk()
    await conversation.change(GRADE_TO_B)
    await conversation.change("Change Hanbit Central Hospital's grade to C")

    await conversation.change("undo that")
    assert company.client().grade == "B"
    await conversation.change("undo that")
    assert company.client().grade == "A"
    assert "no change of yours" in await conversation.told("undo that")


async def test_two_people_take_a_change_back_once(company: Company) -> None:
    await company.talk().change(GRADE_TO_B)
    conversations = [company.talk(), company.talk()]
    for conversation in conversations:
        await conversation.shown("undo that")

    await asyncio.gather(*(conversation.decide() for conversation in conversations))

    assert company.client().grade == "A"
    assert len(company.rows()["client_changes"]) == 2


async def test_nobody_takes_back_what_somebody_else_changed_by_saying_that(company: Company) -> None:
    await company.talk().change(GRADE_TO_B)
    assert "no change of yours" in await company.talk(OTHER_MANAGER).told("undo that")


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 1), 1, date(2026, 12, 1)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 6, 15), 60, date(2031, 6, 15)),
    ],
)
def test_months_are_added(day: date, months: int, later: date) -> None:
    assert planning.add_months(day, months) == later
