"""Reports on clients: the figures of the analyses, of no more clients than the caller sees."""

from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from narutalk.identity import Identity, Role
from narutalk.languages import Language
from tests.unit.services.client.conftest import ClientFor
from tools.clients.records import ClientFilter, SalesFilter
from tools.clients.reports.drafts import draft_report
from tools.clients.reports.requests import ReportKind, ReportWanted
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.reports.content import Draft

ALL = Identity(user_id="boss", username="boss", roles=frozenset({Role.MANAGER}))
BUSAN = Identity(user_id="bus", username="bus", groups=frozenset({"region:BUS"}))
OWN = Identity(user_id="own", username="own", groups=frozenset({"clients:own", "employee:E0003"}))
NOBODY = Identity(user_id="x", username="x", roles=frozenset())
REQUESTS: dict[str, Any] = {
    "sales": {"period": "2026-Q3"},
    "concentration": {"period": "2026"},
    "churn": {},
    "receivables": {},
    "contracts": {"period": "2026-12"},
    "story": {"client": "C0001"},
}


@pytest.fixture
def store(opened: Any) -> ClientStore:
    found: ClientStore = opened.store
    return found


def _figure(draft: Draft, place: int) -> Any:
    return draft.sections[0].figures[place].value


def test_sales_are_those_of_the_transactions(store: ClientStore) -> None:
    period = Period(date(2026, 7, 1), date(2026, 9, 30))
    expected = store.total(ALL, SalesFilter(period=period)).amount_krw

    draft = draft_report(store, ALL, ReportWanted(kind=ReportKind.SALES, period="2026-Q3"), Language.EN)

    tables = {section.title: section.tables[0] for section in draft.sections if section.tables}
    assert _figure(draft, 0) == expected == 9_000
    for title in ("Net sales", "By product", "By region", "By client type", "By owner"):
        assert sum(int(str(row[1])) for row in tables[title].rows) == expected, title
    assert draft.period == period
    assert all(section.queries for section in draft.sections)


def test_other_kinds_hold_the_figures_added_up_by_hand(store: ClientStore) -> None:
    def made(kind: ReportKind) -> Draft:
        return draft_report(store, ALL, ReportWanted(kind=kind, **REQUESTS[kind.value]), Language.KO)

    assert [_figure(made(ReportKind.RECEIVABLES), place) for place in range(3)] == [3_100, 2_400, 700]
    assert [_figure(made(ReportKind.CONTRACTS), place) for place in range(3)] == [1, 2_000_000, 0]
    shares: Any = made(ReportKind.CONCENTRATION).sections[0].tables[0].rows
    assert [row[1] for row in shares] == [5_000, 4_000, 700]
    assert shares[-1][3] == pytest.approx(1)
    assert sum(row[2] for row in shares) == pytest.approx(1)


@pytest.mark.parametrize("kind", [*ReportKind])
@pytest.mark.parametrize("who", [BUSAN, OWN], ids=["region", "own"])
def test_no_other_clients_are_in_a_report(
    store: ClientStore, opened: Any, kind: ReportKind, who: Identity
) -> None:
    clients = {client.id for client in store.clients(who, ClientFilter()).records}
    others = [c for c in store.clients(ALL, ClientFilter()).records if c.id not in clients]
    one = {"client": min(clients)} if kind is ReportKind.STORY else {}
    wanted = ReportWanted(kind=kind, **{**REQUESTS[kind.value], **one})

    draft = draft_report(store, who, wanted, Language.EN)
    report = opened.reports.make(who.user_id, who.username, draft, "html")
    page = opened.reports.path(who.user_id, report).read_text(encoding="utf-8")

    assert others
    assert not [client for client in others if client.name.en in page or client.id in page]
    assert "withheld, also from" in page


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", list(REQUESTS))
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_each_kind_is_made_and_downloaded(client_for: ClientFor, kind: str, language: str) -> None:
    asked = {"kind": kind, **REQUESTS[kind], "language": language}
    async with client_for(ALL) as client:
        made = [
            (await client.post("/reports", json={**asked, "format": name})).json()
            for name in ("pdf", "xlsx", "html")
        ]
        pdf, xlsx, html = [await client.get(report["url"]) for report in made]

    assert len(PdfReader(BytesIO(pdf.content)).pages) >= 2
    assert load_workbook(BytesIO(xlsx.content)).sheetnames[0] == ("표지" if language == "ko" else "Cover")
    assert made[2]["title"] in html.text
    for answer, report in zip((pdf, xlsx, html), made, strict=True):
        assert report["file_name"] in unquote(answer.headers["content-disposition"])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [
        {"kind": "story"},
        {"kind": "contracts", "product": "Cardivel"},
        {"kind": "sales", "region": "Atlantis"},
        {"kind": "sales", "format": "docx"},
        {"kind": "sales", "owner_id": "u1"},
        {"client": "Nobody's Clinic"},
    ],
)
async def test_what_makes_no_sense_is_refused(client_for: ClientFor, body: Any) -> None:
    async with client_for(ALL) as client:
        answer = await client.post("/reports", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")


@pytest.mark.asyncio
async def test_reports_are_their_owners_alone(client_for: ClientFor) -> None:
    async with client_for(BUSAN) as client:
        made = (await client.post("/reports", json={"kind": "receivables", "format": "html"})).json()
    async with client_for(ALL) as client:
        stolen = await client.get(made["url"])
        listed = (await client.get("/reports", params={"limit": 100})).json()
    async with client_for(NOBODY) as client:
        refused = await client.post("/reports", json={"kind": "sales"})

    assert (stolen.status_code, stolen.json()["error"]["code"]) == (404, "report_not_found")
    assert made["id"] not in [report["id"] for report in listed["reports"]]
    assert refused.status_code == 403


def test_a_period_without_data_says_so(store: ClientStore, opened: Any) -> None:
    wanted = ReportWanted(kind=ReportKind.SALES, period="2019")
    draft = draft_report(store, ALL, wanted, Language.EN)

    assert [section.title for section in draft.sections] == ["Net sales"]
    assert "no transactions" in draft.sections[0].text
    for name in ("pdf", "xlsx", "html"):
        assert opened.reports.make("u", "u", draft, name).size_bytes > 1_000


@pytest.mark.parametrize("kind", [ReportKind.SALES, ReportKind.RECEIVABLES, None])
def test_a_period_that_the_figures_do_not_have_is_not_claimed(
    store: ClientStore, kind: ReportKind | None
) -> None:
    wanted = ReportWanted(kind=kind, client="C0001", period="2026-07")
    draft = draft_report(store, ALL, wanted, Language.EN)

    assert draft.kind == ("receivables" if kind is ReportKind.RECEIVABLES else "story")
    assert "not of the period that was asked for" in draft.period_label
    if draft.period:
        total = store.total(ALL, SalesFilter(client_id="C0001", period=draft.period)).amount_krw
        assert _figure(draft, 0) == total
