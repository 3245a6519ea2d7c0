"""Analyses of one client or of all: figures first, formulas in the docstrings."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from statistics import mean
from typing import Literal

from pydantic import BaseModel

from tools.clients.models import ClientStatus, ClientType, ContractStatus
from tools.clients.records import Names, Total

MIN_PURCHASE_DAYS = 4
HIGH_RISK_BELOW = 0.05
MEDIUM_RISK_BELOW = 0.20


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


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
    client_id: str
    name: Names
    grade: str


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
        growth: Net sales against the period of the same length just before, minus 1; None when that had none.
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


def churn_figures(purchase_days: Sequence[date], as_of: date) -> ChurnFigures:
    """Judge a client's silence against its own usual interval.

    A client that buys at a steady rate leaves intervals that are exponentially distributed with its mean
    interval m, so a silence of at least t days has the probability exp(-t / m) while it still buys. Below
    5 % the risk is high, below 20 % medium.

    Source: the Poisson purchase process of Ehrenberg, "The Pattern of Consumer Purchases", Applied
    Statistics 8 (1959), and of Schmittlein, Morrison & Colombo, "Counting Your Customers", Management
    Science 33 (1987).

    Args:
        purchase_days: The days on which the client bought, in order, each once.
        as_of: The day the data ends; not today, or a late import would look like churn.
    """
    if not purchase_days:
        return ChurnFigures(purchase_days=0)
    since = (as_of - purchase_days[-1]).days
    figures = ChurnFigures(
        purchase_days=len(purchase_days), last_purchase=purchase_days[-1], days_since=since
    )
    if len(purchase_days) < MIN_PURCHASE_DAYS:
        return figures
    interval = (purchase_days[-1] - purchase_days[0]) / timedelta(days=1) / (len(purchase_days) - 1)
    probability = math.exp(-since / interval)
    return figures.model_copy(
        update={
            "usual_interval_days": round(interval, 1),
            "silence_probability": round(probability, 4),
            "risk": _risk(probability),
        }
    )


def growth(now: int, before: int) -> float | None:
    """Return the relative growth, such as 0.05 for 5 %; None without sales before."""
    return round(now / before - 1, 4) if before > 0 else None


def slope(amounts: Sequence[float]) -> float | None:
    """Return the slope of the least-squares line through equally spaced values, per step; None below three.

    Source: ordinary least squares, b = Σ(x - x̄)(y - ȳ) / Σ(x - x̄)².
    """
    if len(amounts) < 3:
        return None
    middle, level = (len(amounts) - 1) / 2, mean(amounts)
    spread = sum((index - middle) ** 2 for index in range(len(amounts)))
    return sum((index - middle) * (amount - level) for index, amount in enumerate(amounts)) / spread


def _risk(probability: float) -> Risk:
    if probability < HIGH_RISK_BELOW:
        return Risk.HIGH
    return Risk.MEDIUM if probability < MEDIUM_RISK_BELOW else Risk.LOW
