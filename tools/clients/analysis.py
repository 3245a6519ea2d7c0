"""Analyses of one client or of all: figures first, formulas in the docstrings."""

import math
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from tools.clients.models import ClientStatus, ClientType, ContractStatus
from tools.clients.records import Names, Total

MIN_PURCHASE_DAYS = 4
HIGH_RISK_BELOW = 0.05
MEDIUM_RISK_BELOW = 0.20
SHRINKING_BY = -0.3
HALVED = -0.5
CONTRACT_ENDS_DAYS = 90


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


_HIGHER = {Risk.LOW: Risk.MEDIUM, Risk.MEDIUM: Risk.HIGH}


class ChurnReason(StrEnum):
    """Why a client may leave.

    `SILENT`: its silence is unusual for it. `SHRINKING`: it bought less in the last six months than in the
    same months a year before, by `SHRINKING_BY` or more. `OVERDUE`: it owes what is past due. `NO_CONTRACT`:
    it has no active contract. `CONTRACT_ENDS`: its last one ends within `CONTRACT_ENDS_DAYS`, and does not
    renew itself.
    """

    SILENT = "silent"
    SHRINKING = "shrinking"
    OVERDUE = "overdue"
    NO_CONTRACT = "no_contract"
    CONTRACT_ENDS = "contract_ends"


class ChurnFigures(BaseModel):
    """How unusual a client's silence is.

    Attributes:
        purchase_days: On how many days the client bought.
        last_purchase: None when it never bought.
        days_since: From the last purchase to the day the data ends.
        usual_interval_days: The mean number of days between two purchases; None below `MIN_PURCHASE_DAYS`.
        silence_probability: The probability of a silence at least this long from a client that still buys
            as it used to, 0 to 1.
    """

    purchase_days: int
    last_purchase: date | None = None
    days_since: int | None = None
    usual_interval_days: float | None = None
    silence_probability: float | None = None
    risk: Risk = Risk.UNKNOWN


class ClientChurn(ChurnFigures):
    """A client, judged.

    Attributes:
        change: Net sales of the last six months over those of the same months a year before, minus 1; None
            where it bought nothing then, or the data does not reach so far back.
        overdue_krw: What is past due.
        reasons: The strongest first. The risk follows from the silence; a client that buys less than half
            of what it did (`HALVED`) is one level higher.
    """

    client_id: str
    name: Names
    grade: str
    change: float | None = None
    overdue_krw: int = 0
    reasons: list[ChurnReason] = []


class GeneralAnalysis(BaseModel):
    """Who the clients are, and what they bought.

    Attributes:
        clients: How many.
        net_sales_krw: In the period, returns deducted.
        return_rate: Returned amount over sold amount, 0 to 1; None without sales.
        average_order_krw: Sold amount per sale; None without sales.
        overdue_krw: Of all days.
    """

    analysis_type: Literal["general"] = "general"
    clients: int
    by_type: dict[ClientType, int]
    by_status: dict[ClientStatus, int]
    net_sales_krw: int
    transactions: int
    return_rate: float | None
    average_order_krw: float | None
    overdue_krw: int
    active_contracts: int


class SalesAnalysis(BaseModel):
    """How sales went.

    Attributes:
        previous_net_sales_krw: Of the period of the same length just before; of as many months of it as have
            data in this one, where the data ends within it.
        growth: Net sales against the previous ones, minus 1; None when there were none.
        trend_krw_per_month: See `slope`; None below three months.
        by_month: Every month with transactions, in order.
    """

    analysis_type: Literal["sales"] = "sales"
    net_sales_krw: int
    previous_net_sales_krw: int
    growth: float | None
    trend_krw_per_month: float | None
    by_month: list[Total]
    by_category: list[Total]
    by_region: list[Total]


class ChurnAnalysis(BaseModel):
    """Who may be about to leave; active clients only, the longest unusual silence first."""

    analysis_type: Literal["churn"] = "churn"
    as_of: date | None
    counts: dict[Risk, int]
    clients: list[ClientChurn]


class ContractAnalysis(BaseModel):
    """How contracts stand.

    Attributes:
        annual_value_krw: Of active contracts.
        expiring: Active contracts that end in the period, and their yearly value.
        expiring_without_renewal: Those of them that do not renew themselves.
        mean_length_days: Of all contracts; None without any.
    """

    analysis_type: Literal["contracts"] = "contracts"
    counts: dict[ContractStatus, int]
    annual_value_krw: int
    expiring: int
    expiring_value_krw: int
    expiring_without_renewal: int
    mean_length_days: float | None


def silence_probability(
    purchase_days: int, first: date | None, last: date | None, as_of: date
) -> float | None:
    """Return how probable a client's silence is while it still buys; None when it bought too seldom to say.

    A client that buys at a steady rate leaves intervals that are exponentially distributed with its mean
    interval m, so a silence of at least t days has the probability exp(-t / m) while it still buys.

    Source: the Poisson purchase process of Ehrenberg, "The Pattern of Consumer Purchases", Applied
    Statistics 8 (1959), and of Schmittlein, Morrison & Colombo, "Counting Your Customers", Management
    Science 33 (1987).

    Args:
        purchase_days: On how many days the client bought.
        first: The first of them; None without any.
        last: The last of them; None without any.
        as_of: The day the data ends; not today, or a late import would look like churn.
    """
    if first is None or last is None or purchase_days < MIN_PURCHASE_DAYS:
        return None
    return math.exp(-(as_of - last).days / _interval(purchase_days, first, last))


def silence_risk(probability: float | None) -> Risk:
    """Return the risk of a silence: high below 5 %, medium below 20 %."""
    if probability is None:
        return Risk.UNKNOWN
    if probability < HIGH_RISK_BELOW:
        return Risk.HIGH
    return Risk.MEDIUM if probability < MEDIUM_RISK_BELOW else Risk.LOW


def churn_figures(purchase_days: int, first: date | None, last: date | None, as_of: date) -> ChurnFigures:
    """Judge a client's silence against its own usual interval; arguments as of `silence_probability`."""
    if first is None or last is None:
        return ChurnFigures(purchase_days=0)
    since = (as_of - last).days
    probability = silence_probability(purchase_days, first, last, as_of)
    if probability is None:
        return ChurnFigures(purchase_days=purchase_days, last_purchase=last, days_since=since)
    return ChurnFigures(
        purchase_days=purchase_days,
        last_purchase=last,
        days_since=since,
        usual_interval_days=round(_interval(purchase_days, first, last), 1),
        silence_probability=round(probability, 4),
        risk=silence_risk(probability),
    )


def raised(risk: Risk) -> Risk:
    """Return the next higher risk; that of a client too new to judge stays unknown."""
    return _HIGHER.get(risk, risk)


def _interval(purchase_days: int, first: date, last: date) -> float:
    """Return the mean number of days from one purchase to the next."""
    return (last - first).days / (purchase_days - 1)
