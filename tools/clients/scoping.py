"""Turns what a tool was called with into a filter over transactions, and into the words for it."""

import re
from dataclasses import dataclass, replace
from datetime import date

from narutalk.errors import RetryWithFix
from narutalk.identity import Identity
from tools.clients.models import ClientType
from tools.clients.records import ClientFilter, SalesFilter
from tools.clients.results.scope import Days, Scope
from tools.clients.store import ClientStore
from tools.clients.wording import CATEGORIES
from tools.comparing import Comparison, compared_periods
from tools.periods import Period, resolve_against, resolve_period

DEFAULT_MONTHS = 12
_BARE_UNIT = re.compile(r"(?:Q[1-4]|H[12]|0?[1-9]|1[0-2])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for, as people say it."""

    period: str | None = None
    region: str | None = None
    client_type: ClientType | None = None
    product: str | None = None
    category: str | None = None
    owner: str | None = None


def scoped(
    store: ClientStore, identity: Identity, wanted: Wanted, *, default_period: bool = True
) -> tuple[SalesFilter, Scope]:
    """Return the filter and its words.

    Args:
        store: Knows the names.
        identity: Of the caller, who is only told of names that are not hidden from them.
        wanted: What was asked for.
        default_period: Take the last 12 months with data when no period was asked for; all days otherwise.

    Raises:
        RetryWithFix: A period, region, product or category that does not exist.
        TellTheModel: An owner who does not exist, or several of the name.
    """
    catalogue = store.catalogue(identity)
    region_code = catalogue.region_code(wanted.region) if wanted.region else None
    owner = catalogue.owner(wanted.owner, region_code) if wanted.owner else None
    product_code = catalogue.product_code(wanted.product) if wanted.product else None
    category = category_code(wanted.category) if wanted.category else None
    covered = store.covered()
    period = resolve_period(wanted.period, store.today()) if wanted.period else None
    is_default = period is None and default_period
    if is_default and covered:
        period = last_months(covered.end, DEFAULT_MONTHS)
    sales = SalesFilter(
        period=period,
        region_code=region_code,
        client_type=wanted.client_type,
        owner_id=owner.id if owner else None,
        product_code=product_code,
        category=category,
    )
    scope = Scope(
        period=Days.of(period) if period else None,
        is_default=is_default,
        covered=Days.of(covered) if covered else None,
        region=catalogue.regions[region_code] if region_code else None,
        client_type=wanted.client_type,
        owner=owner.name if owner else None,
        product=catalogue.products[product_code].name if product_code else None,
        category=category,
    )
    return sales, scope


def of_their_clients(store: ClientStore, identity: Identity, sales: SalesFilter) -> SalesFilter:
    """Return the filter with an owner's clients instead of the owner.

    These are the clients that they look after today, with all that these bought: who took over a client has
    not lost or won its sales, and asks it for what it owes.
    """
    if not sales.owner_id:
        return sales
    theirs = store.clients(identity, ClientFilter(owner_ids=(sales.owner_id,))).records
    return replace(sales, owner_id=None, client_ids=tuple(client.id for client in theirs))


def compared(
    store: ClientStore, identity: Identity, sales: SalesFilter, scope: Scope, against: str | None
) -> tuple[SalesFilter, Scope, Comparison | None]:
    """Return a filter over the later of two periods, its words, and the earlier one's sum beside it.

    Args:
        store: Knows the sums.
        identity: Of the caller.
        sales: With one of the periods; without any there is nothing to compare.
        scope: Its words.
        against: The other one; None for no comparison.
    """
    if against is None or sales.period is None:
        return sales, scope, None
    other = resolve_against(against, sales.period, store.today())
    now, before, is_shortened = compared_periods(sales.period, other, store.covered())
    sales = replace(sales, period=now)
    comparison = Comparison(
        start=before.start,
        end=before.end,
        amount_krw=store.total(identity, replace(sales, period=before)).amount_krw,
        now_krw=store.total(identity, sales).amount_krw,
        is_shortened=is_shortened,
    )
    return sales, scope.model_copy(update={"period": Days.of(now)}), comparison


def last_months(end: date, count: int) -> Period:
    """Return the ``count`` calendar months up to and including the one of ``end``."""
    return Period(
        resolve_period(f"last_{count}_months", _next_month(end)).start,
        resolve_period("this_month", end).end,
    )


def upcoming(text: str, today: date) -> Period:
    """Return the period in which something ends: without a year, the next one that is not over.

    Raises:
        RetryWithFix: It says no period.
    """
    period = resolve_period(text, today)
    if _BARE_UNIT.fullmatch(text.strip()) and period.end < today:
        unit = period.canonical.partition("-")[2]
        return resolve_period(f"{period.start.year + 1}-{unit}", today)
    return period


def _next_month(day: date) -> date:
    return resolve_period("next_month", day).start


def category_code(text: str) -> str:
    """Return a product category told by its code, or its name in either language.

    Raises:
        RetryWithFix: There is no such category.
    """
    wanted = text.strip().casefold()
    for code, words in CATEGORIES.items():
        if wanted in (code, *(word.casefold() for word in words.values())):
            return code
    raise RetryWithFix(
        f"There is no product category '{text}'. Known: {', '.join(CATEGORIES)}.", details={"category": text}
    )
