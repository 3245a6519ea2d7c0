"""Puts the analyses together from the store, for one client or for all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from statistics import mean

from narutalk.identity import Identity
from tools.clients.analysis import (
    ChurnAnalysis,
    ContractAnalysis,
    GeneralAnalysis,
    SalesAnalysis,
)
from tools.clients.churn import analyse_churn
from tools.clients.models import ClientStatus, ClientType, ContractStatus, PaymentStatus, TransactionKind
from tools.clients.records import ClientFilter, ContractFilter, SalesFilter, SalesGroup
from tools.clients.store import ClientStore
from tools.comparing import compared_periods
from tools.periods import Period
from tools.series import growth, slope

Analysis = GeneralAnalysis | SalesAnalysis | ChurnAnalysis | ContractAnalysis


class AnalysisType(StrEnum):
    GENERAL = "general"
    SALES = "sales"
    CHURN = "churn"
    CONTRACTS = "contracts"


def analyze(
    store: ClientStore, identity: Identity, kind: AnalysisType, *, client_id: str | None, period: Period
) -> Analysis:
    """Return an analysis of one client, or of all that the caller may see.

    Args:
        store: Where the records are.
        identity: Of the caller.
        kind: Which analysis.
        client_id: Of the client; None for all.
        period: Of the transactions; for contracts, in which they end. Churn looks at all days.
    """
    analyses: dict[AnalysisType, Callable[[ClientStore, Identity, str | None, Period], Analysis]] = {
        AnalysisType.GENERAL: _general,
        AnalysisType.SALES: _sales,
        AnalysisType.CHURN: _churn,
        AnalysisType.CONTRACTS: _contracts,
    }
    return analyses[kind](store, identity, client_id, period)


def _general(
    store: ClientStore, identity: Identity, client_id: str | None, period: Period
) -> GeneralAnalysis:
    by_type = store.count_clients_by_type(identity, _clients(client_id))
    by_status = store.count_clients_by_status(identity, _clients(client_id))
    wanted = SalesFilter(client_id=client_id, period=period)
    sold = store.total(identity, replace(wanted, kind=TransactionKind.SALE))
    returned = store.total(identity, replace(wanted, kind=TransactionKind.RETURN))
    overdue = SalesFilter(client_id=client_id, payment_statuses=(PaymentStatus.OVERDUE,))
    active = ContractFilter(client_id=client_id, status=ContractStatus.ACTIVE)
    return GeneralAnalysis(
        clients=sum(by_type.values()),
        by_type={ClientType(kind): count for kind, count in by_type.items()},
        by_status={ClientStatus(status): count for status, count in by_status.items()},
        net_sales_krw=sold.amount_krw + returned.amount_krw,
        transactions=sold.count + returned.count,
        return_rate=round(-returned.amount_krw / sold.amount_krw, 4) if sold.amount_krw else None,
        average_order_krw=round(sold.amount_krw / sold.count) if sold.count else None,
        overdue_krw=store.total(identity, overdue).amount_krw,
        active_contracts=sum(entry.contracts for entry in store.sum_contracts(identity, active).values()),
    )


def _sales(store: ClientStore, identity: Identity, client_id: str | None, period: Period) -> SalesAnalysis:
    wanted = SalesFilter(client_id=client_id, period=period)
    now = store.total(identity, wanted).amount_krw
    _, earlier, _ = compared_periods(period, period.before(), store.covered())
    before = store.total(identity, replace(wanted, period=earlier)).amount_krw
    by_month = store.grouped(identity, wanted, SalesGroup.MONTH)
    trend = slope([month.amount_krw for month in by_month])
    return SalesAnalysis(
        net_sales_krw=now,
        previous_net_sales_krw=before,
        growth=growth(now, before),
        trend_krw_per_month=None if trend is None else round(trend),
        by_month=by_month,
        by_category=store.grouped(identity, wanted, SalesGroup.CATEGORY),
        by_region=store.grouped(identity, wanted, SalesGroup.REGION),
    )


def _churn(store: ClientStore, identity: Identity, client_id: str | None, _period: Period) -> ChurnAnalysis:
    return analyse_churn(store, identity, ClientFilter(ids=(client_id,) if client_id else None))


def _contracts(
    store: ClientStore, identity: Identity, client_id: str | None, period: Period
) -> ContractAnalysis:
    every = store.contract_terms(identity, ContractFilter(client_id=client_id))
    active = [contract for contract in every if contract.status is ContractStatus.ACTIVE]
    expiring = [contract for contract in active if contract.end_date in period]
    return ContractAnalysis(
        counts=dict(Counter(contract.status for contract in every)),
        annual_value_krw=sum(contract.annual_value_krw for contract in active),
        expiring=len(expiring),
        expiring_value_krw=sum(contract.annual_value_krw for contract in expiring),
        expiring_without_renewal=sum(not contract.auto_renewal for contract in expiring),
        mean_length_days=(
            round(mean((contract.end_date - contract.start_date).days + 1 for contract in every), 1)
            if every
            else None
        ),
    )


def _clients(client_id: str | None) -> ClientFilter:
    return ClientFilter(ids=(client_id,) if client_id else None)
