"""Which clients may be about to leave, and why."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from narutalk.identity import Identity
from tools.clients.analysis import (
    CONTRACT_ENDS_DAYS,
    HALVED,
    SHRINKING_BY,
    ChurnAnalysis,
    ChurnReason,
    ClientChurn,
    Risk,
    churn_figures,
    raised,
    silence_probability,
    silence_risk,
)
from tools.clients.models import ClientStatus, PaymentStatus
from tools.clients.queries.behaviour import NOTHING_BOUGHT, ContractHold, Purchases
from tools.clients.queries.clients import ClientBrief
from tools.clients.records import ClientFilter, Names, SalesFilter
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.series import growth

MAX_AT_RISK = 50
DAYS_OF_A_YEAR = 365
_RISK_ORDER = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2, Risk.UNKNOWN: 3}


class _Judged(NamedTuple):
    """A client, judged by its silence, and one level higher when it buys less than half.

    Thousands are judged to show few, so that the figures that are shown are made of those alone.
    """

    client: ClientBrief
    silence: float
    risk: Risk


class _Signs(NamedTuple):
    """What is known of every client, by id."""

    purchases: dict[str, Purchases]
    change: dict[str, float | None]
    overdue: dict[str, int]
    contracts: dict[str, ContractHold]


def analyse_churn(store: ClientStore, identity: Identity, wanted: ClientFilter) -> ChurnAnalysis:
    """Judge one client whatever its status, or, of several, those that are active and so meant to buy.

    Args:
        store: Where the records are.
        identity: Of the caller.
        wanted: Which clients.
    """
    covered = store.covered()
    if covered is None:
        return ChurnAnalysis(as_of=None, counts={}, clients=[])
    one = wanted.ids[0] if wanted.ids and len(wanted.ids) == 1 else None
    clients = store.client_briefs(identity, wanted if one else replace(wanted, status=ClientStatus.ACTIVE))
    sales = SalesFilter(client_id=one, client_type=wanted.client_type)
    signs = _signs(store, identity, sales, covered)
    judged = [_judge(client, signs, covered.end) for client in clients]
    judged.sort(key=_order)
    return ChurnAnalysis(
        as_of=covered.end,
        counts=dict(Counter(entry.risk for entry in judged)),
        clients=[_told(entry, signs, covered.end) for entry in judged[:MAX_AT_RISK]],
    )


def _order(entry: _Judged) -> tuple[int, float, str]:
    return _RISK_ORDER[entry.risk], entry.silence, entry.client.id


def _signs(store: ClientStore, identity: Identity, sales: SalesFilter, covered: Period) -> _Signs:
    now = Period(covered.end - timedelta(days=DAYS_OF_A_YEAR // 2), covered.end)
    year = timedelta(days=DAYS_OF_A_YEAR)
    before = Period(now.start - year, now.end - year)
    changes = store.changes(identity, sales, now, before) if before.start >= covered.start else []
    overdue = replace(sales, payment_statuses=(PaymentStatus.OVERDUE,))
    return _Signs(
        purchases=store.purchases(identity, sales),
        change={entry.client_id: growth(entry.now_krw, entry.before_krw) for entry in changes},
        overdue=store.amounts(identity, overdue),
        contracts=store.contract_holds(identity, sales.client_id),
    )


def _judge(client: ClientBrief, signs: _Signs, as_of: date) -> _Judged:
    probability = silence_probability(*signs.purchases.get(client.id, NOTHING_BOUGHT), as_of)
    risk = silence_risk(probability)
    change = signs.change.get(client.id)
    halved = change is not None and change <= HALVED
    return _Judged(client, round(probability or 0.0, 4), raised(risk) if halved else risk)


def _told(judged: _Judged, signs: _Signs, as_of: date) -> ClientChurn:
    client, risk = judged.client, judged.risk
    figures = churn_figures(*signs.purchases.get(client.id, NOTHING_BOUGHT), as_of)
    change = signs.change.get(client.id)
    overdue = signs.overdue.get(client.id, 0)
    return ClientChurn(
        client_id=client.id,
        name=Names(en=client.name_en, ko=client.name_ko),
        grade=client.grade,
        change=change,
        overdue_krw=overdue,
        reasons=_reasons(figures.risk, change, overdue, signs.contracts.get(client.id), as_of),
        **{**figures.model_dump(), "risk": risk},
    )


def _reasons(
    silence: Risk, change: float | None, overdue_krw: int, contract: ContractHold | None, as_of: date
) -> list[ChurnReason]:
    ends_soon = (
        contract is not None
        and not contract.renews_itself
        and contract.ends <= as_of + timedelta(days=CONTRACT_ENDS_DAYS)
    )
    signs = (
        (ChurnReason.SILENT, silence in (Risk.HIGH, Risk.MEDIUM)),
        (ChurnReason.SHRINKING, change is not None and change <= SHRINKING_BY),
        (ChurnReason.OVERDUE, overdue_krw > 0),
        (ChurnReason.NO_CONTRACT, contract is None),
        (ChurnReason.CONTRACT_ENDS, ends_soon),
    )
    return [reason for reason, holds in signs if holds]
