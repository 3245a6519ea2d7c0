"""What each tool answers, over figures that can be added up by hand."""

from datetime import date

import pytest

from narutalk.choices import CHOICE_KEY, Choice
from narutalk.errors import Forbidden, NotFound, RetryWithFix, TellTheModel
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.settings import Settings
from tests.unit.tools.clients.sample import TINY, open_filled
from tools.clients import insights, lookups
from tools.clients.arguments import (
    AgeReceivables,
    FindClient,
    GetContracts,
    GetTransactions,
    GetUnpaid,
    ListClients,
    RankClients,
    RankProducts,
    SumReturns,
    SumSales,
)
from tools.clients.models import Client, ClientRegion, ClientType, ContractStatus, PaymentStatus
from tools.clients.records import ClientFilter
from tools.clients.store import ClientStore

EN, KO = Language.EN, Language.KO


@pytest.mark.parametrize(
    "text",
    [
        "C0001",
        "c0001",
        "한빛중앙병원",
        "한빛 중앙병원",
        "hanbit central  hospital",
        "Hanbit Central",
        "Hanbit Centrel Hospital",
    ],
)
def test_a_client_is_found_by_what_people_call_it(tiny: ClientStore, someone: Identity, text: str) -> None:
    assert lookups.find_client(tiny, someone, FindClient(client=text)).client.id == "C0001"


@pytest.mark.parametrize(("text", "word"), [("Hanbit", "Which one"), ("한빛", "어느 곳")])
def test_several_clients_are_listed(tiny: ClientStore, someone: Identity, text: str, word: str) -> None:
    with pytest.raises(TellTheModel, match=word) as raised:
        lookups.find_client(tiny, someone, FindClient(client=text))
    choice = Choice.model_validate(raised.value.details[CHOICE_KEY])
    assert [candidate.id for candidate in choice.candidates] == ["C0001", "C0002"]
    assert {*raised.value.details} == {CHOICE_KEY, "en", "ko"}


@pytest.mark.parametrize("text", ["C9999", "Nobody's Clinic", "없는병원", "", "?"])
def test_an_unknown_client_is_told(tiny: ClientStore, someone: Identity, text: str) -> None:
    with pytest.raises(TellTheModel):
        lookups.find_client(tiny, someone, FindClient(client=text))


def test_a_client_reads_in_both_languages(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.find_client(tiny, someone, FindClient(client="C0001"))
    assert found.to_markdown(EN).startswith(
        "Hanbit Central Hospital (C0001) is a grade A hospital in Seoul, looked after by Kim Minsu (E0001). "
        "The contact person there is Contact 1."
    )
    assert found.to_markdown(KO).startswith(
        "한빛중앙병원(C0001)은 서울 지역의 A등급 병원이며 우리 회사 담당자는 김민수(E0001)입니다. "
        "거래처 측 연락 담당자는 Contact 1입니다."
    )
    assert "| E-mail | contact1@client.example |" in found.to_markdown(EN)
    assert found.citations[0].source == "clients.db · clients"


def test_clients_are_filtered_and_counted(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.list_clients(tiny, someone, ListClients(region="부산"))
    assert (found.total, found.by_type) == (2, {ClientType.CLINIC: 1, ClientType.PHARMACY: 1})
    assert "There are 2 clients in Busan." in found.to_markdown(EN)
    pharmacies = lookups.list_clients(
        tiny, someone, ListClients(client_type=ClientType.PHARMACY, region="Seoul")
    )
    assert pharmacies.to_markdown(EN).startswith("There is 1 pharmacy in Seoul.")
    assert lookups.list_clients(tiny, someone, ListClients(grade="D", region="Busan")).to_markdown(KO) == (
        "부산 D등급 거래처는 없습니다."
    )


def test_an_owner_of_two_names_needs_a_region(tiny: ClientStore, someone: Identity) -> None:
    with pytest.raises(TellTheModel, match=r"\(E0002\) – Seoul\n.*\(E0003\) – Busan"):
        lookups.list_clients(tiny, someone, ListClients(owner="Park Jihun"))
    assert lookups.list_clients(tiny, someone, ListClients(owner="박지훈", region="부산")).total == 2
    assert lookups.list_clients(tiny, someone, ListClients(owner="Jihun Park", region="Seoul")).total == 1
    with pytest.raises(TellTheModel, match="looks after"):
        lookups.list_clients(tiny, someone, ListClients(owner="Lee Nobody"))


def test_transactions_of_a_client(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.client_transactions(tiny, someone, GetTransactions(client="C0001"))
    assert (found.total.amount_krw, found.total.count) == (5_000, 3)
    assert [entry.date for entry in found.latest] == [date(2026, 8, 3), date(2026, 7, 1), date(2025, 10, 1)]
    quarter = lookups.client_transactions(
        tiny, someone, GetTransactions(client="C0001", period="2026-Q3", product="플루백센")
    )
    assert quarter.total.amount_krw == 4_000
    assert quarter.to_markdown(EN).startswith(
        "Net sales of Fluvaxen to Hanbit Central Hospital in Q3 2026 (2026-07-01 – 2026-09-30) were 4,000 KRW"
    )
    assert "4,000원" in quarter.to_markdown(KO)


def test_a_period_without_data_says_what_the_data_covers(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.sales_totals(tiny, someone, SumSales(period="this_month"))
    assert found.to_markdown(EN) == (
        "There are no transactions in November 2026 (2026-11-01 – 2026-11-30). "
        "The data covers 2025-10-01 – 2026-10-31."
    )
    assert "자료 기간: 2025-10-01 – 2026-10-31" in found.to_markdown(KO)


def test_totals_by_region(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.sales_totals(tiny, someone, SumSales(period="2026-Q3", group_by="region"))
    assert found.total.amount_krw == 9_000
    assert [(entry.name.en, entry.total.amount_krw) for entry in found.groups] == [
        ("Busan", 5_000),
        ("Seoul", 4_000),
    ]
    text = found.to_markdown(EN)
    assert "were 9,000 KRW (4 transactions, 27 boxes, returns deducted)." in text
    assert "The largest is Busan with 5,000 KRW (55.6%)." in text
    assert "| Seoul | 2 | 4 | 4,000 KRW | 44.4% |" in text
    assert found.citations[0].detail == "2026-07-01–2026-09-30, by region"


@pytest.mark.parametrize(
    ("wanted", "amount"),
    [
        (SumSales(), 10_100),  # the last 12 months with data: 2025-11-01 to 2026-10-31
        (SumSales(region="Busan"), 5_700),
        (SumSales(client_type=ClientType.PHARMACY), 1_100),
        (SumSales(category="vaccine"), 7_000),
        (SumSales(category="백신", region="부산"), 3_000),
        (SumSales(product="CV-010"), 3_100),
        (SumSales(owner="Kim Minsu"), 4_000),
        (SumSales(period="2025"), 1_400),
    ],
)
def test_totals_with_filters(tiny: ClientStore, someone: Identity, wanted: SumSales, amount: int) -> None:
    assert lookups.sales_totals(tiny, someone, wanted).total.amount_krw == amount


def test_a_period_that_nobody_named_is_stated(tiny: ClientStore, someone: Identity) -> None:
    text = lookups.sales_totals(tiny, someone, SumSales()).to_markdown(EN)
    assert "from 2025-11-01 to 2026-10-31" in text
    assert "No period was named, so this is the last 12 months with data." in text


def test_months_are_in_order(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.sales_totals(tiny, someone, SumSales(period="2026", group_by="month"))
    assert [(entry.total.key, entry.total.amount_krw) for entry in found.groups] == [
        ("2026-07", 7_000),
        ("2026-08", -1_000),
        ("2026-09", 3_000),
        ("2026-10", 700),
    ]


def test_top_and_bottom_clients(tiny: ClientStore, someone: Identity) -> None:
    top = lookups.top_clients(tiny, someone, RankClients(period="2026-Q3", count=1))
    assert (top.entries[0].name.ko, top.entries[0].total.amount_krw, top.clients) == (
        "한빛내과의원",
        5_000,
        2,
    )
    bottom = lookups.top_clients(tiny, someone, RankClients(count=2, order="bottom"))
    assert [entry.total.amount_krw for entry in bottom.entries] == [400, 700]
    assert "최근 12개월" in bottom.to_markdown(KO)


def test_top_products(tiny: ClientStore, someone: Identity) -> None:
    found = lookups.top_products(tiny, someone, RankProducts(region="Busan"))
    assert [(entry.name.en, entry.total.amount_krw) for entry in found.entries] == [
        ("Fluvaxen", 3_000),
        ("Cardivel", 2_700),
    ]
    assert "Fluvaxen sold best in Busan" in found.to_markdown(EN)


def test_unpaid(tiny: ClientStore, someone: Identity) -> None:
    every = lookups.unpaid_transactions(tiny, someone, GetUnpaid())
    assert {status: total.amount_krw for status, total in every.sums.items()} == {
        PaymentStatus.OVERDUE: 2_400,
        PaymentStatus.UNPAID: 700,
    }
    assert [row.amount_krw for row in every.rows] == [2_000, 700, 400]
    by_region = lookups.unpaid_transactions(tiny, someone, GetUnpaid(status="overdue", group_by="region"))
    assert {row.name.en: row.amount_krw for row in by_region.rows} == {"Busan": 2_000, "Seoul": 400}
    nothing = lookups.unpaid_transactions(tiny, someone, GetUnpaid(client="C0001"))
    assert (
        nothing.to_markdown(EN)
        == "There are no overdue / not yet due transactions of Hanbit Central Hospital."
    )


def test_returned_goods(tiny: ClientStore, someone: Identity) -> None:
    by_product = lookups.returned_goods(tiny, someone, SumReturns(period="2026"))
    assert [(entry.name.en, entry.total.amount_krw) for entry in by_product.entries] == [("Fluvaxen", -1_000)]
    assert (by_product.total.count, by_product.groups) == (1, 1)
    assert "1,000 KRW (1 transactions). Most: Fluvaxen." in by_product.to_markdown(EN)
    assert "반품은 1건, 1,000원입니다. 가장 많은 것은 플루백센입니다." in by_product.to_markdown(KO)
    by_client = lookups.returned_goods(tiny, someone, SumReturns(period="2026", group_by="client"))
    assert [entry.name.en for entry in by_client.entries] == ["Hanbit Central Hospital"]
    none = lookups.returned_goods(tiny, someone, SumReturns(period="2026", region="Busan"))
    assert none.to_markdown(EN).startswith("There are no returns in Busan in 2026")
    assert "부산 반품이 없습니다." in none.to_markdown(KO)


def test_what_an_owner_is_owed_is_owed_by_the_clients_of_today(settings: Settings, someone: Identity) -> None:
    minsu = {"owner_id": "E0001", "owner_name_ko": "김민수", "owner_name_en": "Kim Minsu"}
    clients = [{**row, **minsu} if row["id"] == "C0003" else row for row in TINY[Client]]
    with open_filled(settings, {**TINY, Client: clients}) as store:
        owed = {
            owner: lookups.unpaid_transactions(store, someone, GetUnpaid(owner=owner)).rows
            for owner in ("E0001", "E0003")
        }
        aged = insights.receivables_ageing(store, someone, AgeReceivables(owner="E0001"))
    assert {owner: [row.name.en for row in rows] for owner, rows in owed.items()} == {
        "E0001": ["Saeon Pharmacy"],
        "E0003": ["Hanbit Internal Medicine Clinic"],
    }
    assert sum(bucket.unpaid_krw + bucket.overdue_krw for bucket in aged.buckets) == 700


def test_contracts(tiny: ClientStore, someone: Identity) -> None:
    of_client = lookups.client_contracts(tiny, someone, GetContracts(client="C0001"))
    assert of_client.counts == {ContractStatus.ACTIVE: 1, ContractStatus.EXPIRED: 1}
    assert of_client.annual_value_krw == 2_000_000
    assert [contract.id for contract in of_client.contracts] == ["K00002", "K00001"]
    assert "The active contract ends on 2026-12-31." in of_client.to_markdown(EN)
    assert "유효한 계약은 2026-12-31에 끝납니다." in of_client.to_markdown(KO)
    soon = lookups.client_contracts(tiny, someone, GetContracts())
    assert [contract.id for contract in soon.contracts] == ["K00002"]
    assert "next 90 days" in soon.to_markdown(EN)
    december = lookups.client_contracts(tiny, someone, GetContracts(period="12"))
    assert december.ends_in is not None
    assert december.ends_in.start == date(2026, 12, 1)
    june = lookups.client_contracts(tiny, someone, GetContracts(period="06"))
    assert [contract.id for contract in june.contracts] == ["K00003"]
    terminated = lookups.client_contracts(tiny, someone, GetContracts(status=ContractStatus.TERMINATED))
    assert terminated.to_markdown(KO).startswith("해지 상태 계약은 1건이며 연간 금액은 8,000,000원입니다.")


def test_contracts_by_renewal_grade_and_owner(tiny: ClientStore, someone: Identity) -> None:
    ids = {
        str(wanted): [entry.id for entry in lookups.client_contracts(tiny, someone, wanted).contracts]
        for wanted in (
            GetContracts(auto_renewal=True),
            GetContracts(auto_renewal=False),
            GetContracts(grade="B", period="2027"),
            GetContracts(owner="Kim Minsu"),
            GetContracts(owner="Kim Minsu", auto_renewal=False),
            GetContracts(largest_first=True),
        )
    }
    assert list(ids.values()) == [
        ["K00002"],
        ["K00003", "K00004", "K00001"],
        ["K00003"],
        ["K00002", "K00001"],
        ["K00001"],
        ["K00004", "K00003", "K00002", "K00001"],
    ]
    largest = lookups.client_contracts(tiny, someone, GetContracts(largest_first=True))
    assert "Worth most: Supply agreement 4 (K00004) with 8,000,000 KRW a year." in largest.to_markdown(EN)
    assert "연간 금액이 가장 큰 것은 공급 계약 4(K00004), 8,000,000원입니다." in largest.to_markdown(KO)
    manual = lookups.client_contracts(
        tiny, someone, GetContracts(owner="Kim Minsu", grade="A", auto_renewal=False)
    )
    assert manual.to_markdown(EN).startswith(
        "There is 1 contract without automatic renewal with grade A clients of Kim Minsu"
    )
    assert manual.to_markdown(KO).startswith("A등급 거래처 김민수 담당 자동 갱신되지 않는 계약은 1건")


@pytest.mark.parametrize(
    "wanted",
    [
        SumSales(region="Atlantis"),
        SumSales(product="Nothing"),
        SumSales(category="toys"),
        SumSales(period="soon"),
    ],
)
def test_a_wrong_argument_can_be_mended(tiny: ClientStore, someone: Identity, wanted: SumSales) -> None:
    with pytest.raises(RetryWithFix):
        lookups.sales_totals(tiny, someone, wanted)


def test_nobody_without_a_role_reads_anything(tiny: ClientStore) -> None:
    stranger = Identity(user_id="x", username="x", roles=frozenset())
    with pytest.raises(Forbidden):
        tiny.clients(stranger, ClientFilter())
    with pytest.raises(Forbidden):
        lookups.sales_totals(tiny, stranger, SumSales())


def test_an_id_that_is_not_there_is_not_found(tiny: ClientStore, someone: Identity) -> None:
    with pytest.raises(NotFound) as raised:
        tiny.client(someone, "C9999")
    assert raised.value.code == "client_not_found"


def test_empty_databases_answer_that_there_is_nothing(settings: Settings, someone: Identity) -> None:
    with open_filled(settings, {ClientRegion: []}) as store:
        assert "no transactions" in lookups.sales_totals(store, someone, SumSales()).to_markdown(EN)
        assert "no transactions" in lookups.top_clients(store, someone, RankClients()).to_markdown(EN)
        assert lookups.list_clients(store, someone, ListClients()).to_markdown(EN) == "There are no clients."
        assert (
            lookups.unpaid_transactions(store, someone, GetUnpaid())
            .to_markdown(KO)
            .endswith("거래가 없습니다.")
        )
