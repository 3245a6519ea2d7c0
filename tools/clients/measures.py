"""Measures over clients: how concentrated sales are, how valuable each client is. Pure functions."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from math import ceil
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from tools.clients.queries.behaviour import ClientBehaviour

MIN_CLIENTS = 10
"""Below that, shares and scores say little, and an answer says so."""
SCORES = 5
TOP_SHARE = 0.2
MOST_OF_SALES = 0.8


class Concentration(BaseModel):
    """How much of the sales lies with how few clients.

    Attributes:
        clients: That bought more than they returned.
        top: How many are the top 20 %, rounded up.
        top_share: Of sales, with those; 0 to 1.
        needed: How few clients make 80 % of sales.
        gini: 0 when all buy alike, towards 1 when one buys all.
        hhi: Herfindahl-Hirschman index, 0 to 10,000.
    """

    model_config = ConfigDict(frozen=True)

    clients: int
    top: int
    top_share: float
    needed: int
    gini: float
    hhi: float


class Segment(StrEnum):
    """What the three scores make of a client; see `segment_of`."""

    CHAMPION = "champion"
    LOYAL = "loyal"
    PROMISING = "promising"
    AT_RISK = "at_risk"
    LOST = "lost"
    REGULAR = "regular"


class Scores(NamedTuple):
    """Recency, frequency and money, 1 (low) to 5 (high) each."""

    recency: int
    frequency: int
    money: int


def concentration(amounts: Sequence[int]) -> Concentration | None:
    """Return how concentrated amounts are; None without a positive one.

    Sources: V. Pareto's 80/20 rule as J. M. Juran, "Quality Control Handbook" (1951), has it; the Gini
    coefficient G = 2 Σ i·x_i / (n Σ x_i) - (n + 1) / n over ascending x (C. Gini, 1912); the
    Herfindahl-Hirschman index Σ (100·share)², as the US Department of Justice uses it.

    Args:
        amounts: By client; those that are not positive are left out.
    """
    ascending = sorted(amount for amount in amounts if amount > 0)
    if not ascending:
        return None
    count, whole = len(ascending), sum(ascending)
    descending = ascending[::-1]
    top = ceil(count * TOP_SHARE)
    ranked = sum(rank * amount for rank, amount in enumerate(ascending, start=1))
    return Concentration(
        clients=count,
        top=top,
        top_share=sum(descending[:top]) / whole,
        needed=_needed(descending, whole * MOST_OF_SALES),
        gini=2 * ranked / (count * whole) - (count + 1) / count,
        hhi=sum((100 * amount / whole) ** 2 for amount in ascending),
    )


def rfm_scores(clients: Sequence[ClientBehaviour]) -> Mapping[str, Scores]:
    """Return the scores of clients that bought, by id.

    Each client's last purchase, number of days with a purchase, and net sales are ranked among all clients,
    and the ranks cut into fifths: a score is 1 + ⌊5 · (share of clients strictly below)⌋, so that equal
    values score alike.

    Source: A. M. Hughes, "Strategic Database Marketing" (1994); J. R. Bult & T. Wansbeek, "Optimal Selection
    for Direct Mail", Marketing Science 14 (1995).
    """
    buyers = [client for client in clients if client.last is not None]
    recency = _fifths([client.last.toordinal() for client in buyers if client.last])
    frequency = _fifths([client.purchase_days for client in buyers])
    money = _fifths([client.net_krw for client in buyers])
    return {
        client.client_id: _scores(*scores)
        for client, scores in zip(buyers, zip(recency, frequency, money, strict=True), strict=True)
    }


@cache
def _scores(recency: int, frequency: int, money: int) -> Scores:
    """Return scores, of which there are 125: thousands of clients share them."""
    return Scores(recency, frequency, money)


@cache
def segment_of(scores: Scores) -> Segment:
    """Return a client's segment.

    Champions score 4 or more throughout; loyal ones buy often (4) and not long ago (3); promising ones bought
    lately (4) but seldom (2); who bought often (3) but not lately (2) is at risk, who did neither is lost.
    """
    recency, frequency, money = scores
    if min(scores) >= 4:
        return Segment.CHAMPION
    if recency <= 2:
        return Segment.AT_RISK if max(frequency, money) >= 3 else Segment.LOST
    if frequency >= 4:
        return Segment.LOYAL
    return Segment.PROMISING if recency >= 4 and frequency <= 2 else Segment.REGULAR


def _needed(descending: Sequence[int], wanted: float) -> int:
    running = 0
    for position, amount in enumerate(descending, start=1):
        running += amount
        if running >= wanted:
            return position
    return len(descending)


def _fifths(values: Sequence[int]) -> list[int]:
    scores: dict[int, int] = {}
    for place, value in enumerate(sorted(values)):
        if value not in scores:
            scores[value] = 1 + SCORES * place // len(values)
    return [scores[value] for value in values]
