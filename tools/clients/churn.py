"""Which clients may be about to leave, and why."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from heapq import nsmallest
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
from tools.clients.queries.behaviour import NOTHING_BOUGHT, ClientChange, ContractHold, Purchases
from tools.clients.queries.clients import ClientBrief
from tools.clients.records import ClientFilter, Names, SalesFilter
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.series import growth

MAX_AT_RISK = 50
DAYS_OF_A_YEAR = 365
FEW = 500
"""So many clients are asked for by their ids, which an index finds; more are judged with all others."""
_RISKS = (Risk.HIGH, Risk.MEDIUM, Risk.LOW, Risk.UNKNOWN)
_PLACES = {risk: place for place, risk in enumerate(_RISKS)}


_Judged = tuple[int, float, str]
"""A client, judged by its silence, and one level higher when it buys less than half: the place of its risk in
`_RISKS`, the probability of its silence, its id; the riskiest sort first. Plain, as thousands are judged to
show few, and what is shown is made of those alone.
"""


class _Signs(NamedTuple):
    """What clients are judged by, by id."""

    purchases: dict[str, Purchases]
    changes: dict[str, ClientChange]


class _Reasons(NamedTuple):
    """What else is said of the clients that are shown, by id."""

    briefs: dict[str, ClientBrief]
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
    is_one = wanted.ids is not None and len(wanted.ids) == 1
    ids = store.client_ids(identity, wanted if is_one else replace(wanted, status=ClientStatus.ACTIVE))
    sales = SalesFilter(
        client_ids=tuple(ids) if len(ids) <= FEW else None,
        client_type=wanted.client_type,
    )
    signs = _signs(store, identity, sales, covered)
    judged = [_judge(client_id, signs, covered.end) for client_id in ids]
    counts = Counter(place for place, _, _ in judged)
    shown = nsmallest(MAX_AT_RISK, judged)
    reasons = _why(store, identity, sales, [client_id for _, _, client_id in shown])
    return ChurnAnalysis(
        as_of=covered.end,
        counts={_RISKS[place]: counts[place] for place in sorted(counts)},
        clients=[_told(entry, signs, reasons, covered.end) for entry in shown if entry[2] in reasons.briefs],
    )


def _signs(store: ClientStore, identity: Identity, sales: SalesFilter, covered: Period) -> _Signs:
    now = Period(covered.end - timedelta(days=DAYS_OF_A_YEAR // 2), covered.end)
    year = timedelta(days=DAYS_OF_A_YEAR)
    before = Period(now.start - year, now.end - year)
    changes = store.changes(identity, sales, now, before) if before.start >= covered.start else []
    return _Signs(
        purchases=store.purchases(identity, sales),
        changes={entry.client_id: entry for entry in changes},
    )


def _why(store: ClientStore, identity: Identity, sales: SalesFilter, ids: list[str]) -> _Reasons:
    briefs = store.client_briefs(identity, ClientFilter(ids=tuple(ids)))
    overdue = replace(sales, client_ids=tuple(ids), payment_statuses=(PaymentStatus.OVERDUE,))
    return _Reasons(
        briefs={brief.id: brief for brief in briefs},
        overdue=store.amounts(identity, overdue),
        contracts=store.contract_holds(identity, ids),
    )


def _judge(client_id: str, signs: _Signs, as_of: date) -> _Judged:
    probability = silence_probability(*signs.purchases.get(client_id, NOTHING_BOUGHT), as_of)
    risk = silence_risk(probability)
    change = _change(client_id, signs)
    halved = change is not None and change <= HALVED
    return _PLACES[raised(risk) if halved else risk], round(probability or 0.0, 4), client_id


def _change(client_id: str, signs: _Signs) -> float | None:
    change = signs.changes.get(client_id)
    return growth(change.now_krw, change.before_krw) if change else None


def _told(judged: _Judged, signs: _Signs, reasons: _Reasons, as_of: date) -> ClientChurn:
    place, _, client_id = judged
    brief = reasons.briefs[client_id]
    figures = churn_figures(*signs.purchases.get(client_id, NOTHING_BOUGHT), as_of)
    change = _change(client_id, signs)
    overdue = reasons.overdue.get(client_id, 0)
    return ClientChurn(
        client_id=client_id,
        name=Names(en=brief.name_en, ko=brief.name_ko),
        grade=brief.grade,
        change=change,
        overdue_krw=overdue,
        reasons=_reasons(figures.risk, change, overdue, reasons.contracts.get(client_id), as_of),
        **{**figures.model_dump(), "risk": _RISKS[place]},
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
