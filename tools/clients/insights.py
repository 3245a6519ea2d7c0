"""What the analysing client tools do: resolve the names, ask the store, measure, put the result together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from heapq import nsmallest
from itertools import accumulate

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients import arguments as args
from tools.clients.analysis import Risk
from tools.clients.churn import analyse_churn
from tools.clients.measures import Segment, concentration, rfm_scores, segment_of
from tools.clients.models import ContractStatus, PaymentStatus
from tools.clients.queries.behaviour import ClientBehaviour
from tools.clients.records import ClientFilter, ContractFilter, Names, SalesFilter, SalesGroup
from tools.clients.results.clients import client_citation
from tools.clients.results.contracts import contract_citation
from tools.clients.results.developments import (
    AgeBucket,
    ChangedClient,
    ChangedClients,
    ReceivablesAgeing,
    SalesTrend,
)
from tools.clients.results.risks import (
    ClientRisks,
    ConcentratedSales,
    RfmSegments,
    ScoredClient,
    SegmentFigures,
)
from tools.clients.results.sales import NamedTotal
from tools.clients.results.scope import Days, Scope
from tools.clients.results.story import ClientStory
from tools.clients.scoping import Wanted, compared, of_their_clients, scoped
from tools.clients.store import ClientStore
from tools.clients.wording import TYPES
from tools.comparing import compared_periods
from tools.periods import YEAR_BEFORE, Period, resolve_against
from tools.series import growth, measure_series

BEST = 5
TOP_ROWS = 10
MAX_SHARES = 2_000
AGES_DAYS = (30, 60, 90, 120)
"""The usual buckets of an ageing schedule; the last is open."""
OWED = (PaymentStatus.OVERDUE, PaymentStatus.UNPAID)


def clients_at_risk(store: ClientStore, identity: Identity, wanted: args.GetRisks) -> ClientRisks:
    """Return who may leave, and why."""
    catalogue = store.catalogue(identity)
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    region_code = catalogue.region_code(wanted.region) if wanted.region else None
    owner = catalogue.owner(wanted.owner, region_code) if wanted.owner else None
    clients = ClientFilter(
        client_type=wanted.client_type,
        region_code=region_code,
        grade=wanted.grade,
        owner_ids=(owner.id,) if owner else None,
        ids=(client.id,) if client else None,
    )
    found = analyse_churn(store, identity, clients)
    shown = found.clients if client else [c for c in found.clients if c.risk in (Risk.HIGH, Risk.MEDIUM)]
    filters = _filters(
        catalogue.regions[region_code] if region_code else None,
        owner.name if owner else None,
        Names(en=TYPES[wanted.client_type][Language.EN], ko=TYPES[wanted.client_type][Language.KO])
        if wanted.client_type
        else None,
        Names(en=f"grade {wanted.grade}", ko=f"{wanted.grade}등급") if wanted.grade else None,
    )
    return ClientRisks(
        as_of=found.as_of,
        filters=filters,
        judged=sum(found.counts.values()),
        counts=found.counts,
        clients=shown,
        is_one=client is not None,
        citations=[
            Scope(period=None, covered=_days(store.covered())).citation(
                client.id if client else filters.en, "every purchase"
            ),
            client_citation(client.id if client else "active"),
            contract_citation("active"),
        ],
    )


def rfm_segments(store: ClientStore, identity: Identity, wanted: args.ScoreClients) -> RfmSegments:
    """Return clients by recency, frequency and money."""
    sales, scope = scoped(store, identity, Wanted(**wanted.model_dump()))
    found = {entry.client_id: entry for entry in store.behaviour(identity, sales)}
    scores = rfm_scores(list(found.values()))
    best = nsmallest(BEST, scores, key=lambda key: (-sum(scores[key]), -found[key].net_krw, key))
    names = store.clients_by_id(identity, best)
    counts: Counter[Segment] = Counter()
    net_krw: Counter[Segment] = Counter()
    for key, its in scores.items():
        segment = segment_of(its)
        counts[segment] += 1
        net_krw[segment] += found[key].net_krw
    return RfmSegments(
        scope=scope,
        clients=len(scores),
        segments=[
            SegmentFigures(
                segment=segment,
                clients=counts[segment],
                net_krw=net_krw[segment],
            )
            for segment in Segment
            if counts[segment]
        ],
        best=[
            ScoredClient(
                client_id=key,
                name=names[key].name if key in names else Names(en=key, ko=key),
                scores=scores[key],
                segment=segment_of(scores[key]),
                net_krw=found[key].net_krw,
                last_purchase=_last(found[key]),
            )
            for key in best
        ],
        citations=[scope.citation("by client: last purchase, purchase days, net sales")],
    )


def sales_concentration(
    store: ClientStore, identity: Identity, wanted: args.MeasureConcentration
) -> ConcentratedSales:
    """Return how much of the sales lies with how few clients."""
    sales, scope = scoped(store, identity, Wanted(**wanted.model_dump()))
    amounts = [(key, amount) for key, amount in store.amounts(identity, sales).items() if amount > 0]
    amounts.sort(key=lambda entry: (-entry[1], entry[0]))
    whole = sum(amount for _, amount in amounts)
    running = accumulate(amount / whole for _, amount in amounts)
    names = store.clients_by_id(identity, [key for key, _ in amounts[:TOP_ROWS]])
    return ConcentratedSales(
        scope=scope,
        figures=concentration([amount for _, amount in amounts]),
        top=[
            (names[key].name if key in names else Names(en=key, ko=key), amount, share)
            for (key, amount), share in zip(amounts[:TOP_ROWS], running, strict=False)
        ],
        shares=[amount / whole for _, amount in amounts[:MAX_SHARES]],
        citations=[scope.citation("by client")],
    )


def receivables_ageing(
    store: ClientStore, identity: Identity, wanted: args.AgeReceivables
) -> ReceivablesAgeing:
    """Return what clients owe by age, counted to the day the data ends."""
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    sales, scope = scoped(
        store,
        identity,
        Wanted(region=wanted.region, client_type=wanted.client_type, owner=wanted.owner),
        default_period=False,
    )
    covered = store.covered()
    as_of = covered.end if covered else store.today()
    sales = of_their_clients(store, identity, sales)
    sales = replace(sales, client_id=client.id if client else None, payment_statuses=OWED)
    edges = (0, *(oldest + 1 for oldest in AGES_DAYS))
    buckets = [
        AgeBucket(from_days=youngest, to_days=oldest)
        for youngest, oldest in zip(edges, (*AGES_DAYS, None), strict=True)
    ]
    for found in store.receivables(identity, sales, as_of, AGES_DAYS):
        bucket = buckets[found.bucket]
        bucket.count += found.transactions
        if found.payment_status == PaymentStatus.OVERDUE:
            bucket.overdue_krw += found.amount_krw
        else:
            bucket.unpaid_krw += found.amount_krw
    days = wanted.older_than_days
    older = (
        [found for found in store.receivables(identity, sales, as_of, (days,)) if found.bucket]
        if days
        else []
    )
    return ReceivablesAgeing(
        scope=scope,
        client=client.name if client else None,
        as_of=as_of,
        buckets=buckets,
        older_than_days=days,
        older_krw=sum(found.amount_krw for found in older),
        older_count=sum(found.transactions for found in older),
        citations=[scope.citation(client.id if client else "", "overdue and unpaid, by age")],
    )


def sales_trend(store: ClientStore, identity: Identity, wanted: args.FollowSales) -> SalesTrend:
    """Return net sales by month with growth, trend and season, over whole months."""
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    sales, scope = scoped(
        store, identity, Wanted(**wanted.model_dump(exclude={"client", "against"})), default_period=False
    )
    sales = replace(sales, client_id=client.id if client else None)
    against = wanted.against or (YEAR_BEFORE if wanted.period else None)
    sales, scope, comparison = compared(store, identity, sales, scope, against)
    return SalesTrend(
        scope=scope,
        comparison=comparison if comparison and comparison.amount_krw else None,
        client=client.name if client else None,
        figures=measure_series(_months(store, identity, sales)),
        citations=[scope.citation(client.id if client else "", "by month")],
    )


def client_changes(store: ClientStore, identity: Identity, wanted: args.CompareClients) -> ChangedClients:
    """Return the clients that bought less, or more, than in the period before."""
    named = wanted.model_dump(include={"period", "region", "client_type", "owner"})
    sales, scope = scoped(store, identity, Wanted(**named))
    sales = of_their_clients(store, identity, sales)
    asked = sales.period or store.covered() or Period(store.today(), store.today())
    other = resolve_against(wanted.against, asked, store.today()) if wanted.against else asked.before()
    now, before, is_cut = compared_periods(asked, other, store.covered())
    scope = scope.model_copy(update={"period": Days.of(now)}) if scope.period else scope
    found = store.changes(identity, replace(sales, period=None), now, before)
    sign = 1 if wanted.direction == "grew" else -1
    changed = [entry for entry in found if sign * (entry.now_krw - entry.before_krw) > 0]
    shown = nsmallest(
        wanted.count,
        changed,
        key=lambda entry: (-sign * (entry.now_krw - entry.before_krw), entry.client_id),
    )
    names = store.clients_by_id(identity, [entry.client_id for entry in shown])
    return ChangedClients(
        scope=scope,
        before=Days.of(before),
        is_cut=is_cut,
        direction=wanted.direction,
        clients=len(found),
        changed=len(changed),
        entries=[
            ChangedClient(
                client_id=entry.client_id,
                name=names[entry.client_id].name
                if entry.client_id in names
                else Names(en=entry.client_id, ko=entry.client_id),
                now_krw=entry.now_krw,
                before_krw=entry.before_krw,
                change=growth(entry.now_krw, entry.before_krw),
            )
            for entry in shown
        ],
        citations=[scope.citation(f"against {before.start}–{before.end}, by client")],
    )


def client_story(store: ClientStore, identity: Identity, wanted: args.TellStory) -> ClientStory:
    """Return a client on one page."""
    client = store.resolve_client(identity, wanted.client)
    sales, scope = scoped(store, identity, Wanted())
    own = replace(sales, client_id=client.id)
    period = sales.period or Period(store.today(), store.today())
    total, before = store.total(identity, own), store.total(identity, replace(own, period=period.before()))
    everyone = store.behaviour(identity, sales)
    ranked = sorted((-entry.net_krw, entry.client_id) for entry in everyone)
    ranks = {client_id: rank for rank, (_, client_id) in enumerate(ranked, start=1)}
    scores = rfm_scores(everyone).get(client.id)
    products = store.catalogue(identity).products
    owed = {
        status: store.total(identity, SalesFilter(client_id=client.id, payment_statuses=(status,))).amount_krw
        for status in OWED
    }
    active = ContractFilter(client_id=client.id, status=ContractStatus.ACTIVE)
    churn = analyse_churn(store, identity, ClientFilter(ids=(client.id,))).clients
    return ClientStory(
        client=client,
        scope=scope,
        total=total,
        before=before,
        growth=growth(total.amount_krw, before.amount_krw),
        rank=ranks.get(client.id),
        buyers=len(ranked),
        scores=scores,
        segment=segment_of(scores) if scores else None,
        products=[
            NamedTotal(name=products[entry.key].name, total=entry)
            for entry in store.grouped(identity, own, SalesGroup.PRODUCT, limit=3)
            if entry.key in products
        ],
        series=measure_series(_months(store, identity, SalesFilter(client_id=client.id))),
        churn=churn[0] if churn else None,
        contracts=store.contracts(identity, active, limit=BEST).records,
        unpaid_krw=sum(owed.values()),
        overdue_krw=owed[PaymentStatus.OVERDUE],
        citations=[client_citation(client.id), scope.citation(client.id), contract_citation(client.id)],
    )


def _months(store: ClientStore, identity: Identity, sales: SalesFilter) -> dict[date, int]:
    """Return the sums of the months that the data covers whole, by first day."""
    covered = store.covered()
    sums = {
        date.fromisoformat(f"{total.key}-01"): total.amount_krw
        for total in store.grouped(identity, sales, SalesGroup.MONTH)
    }
    if covered is None:
        return sums
    return {
        month: amount
        for month, amount in sums.items()
        if month >= covered.start and _month_end(month) <= covered.end
    }


def _month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _filters(*parts: Names | None) -> Names:
    given: Iterable[Names] = [part for part in parts if part]
    return Names(en=", ".join(part.en for part in given), ko=" ".join(part.ko for part in given))


def _days(period: Period | None) -> Days | None:
    return Days.of(period) if period else None


def _last(client: ClientBehaviour) -> date:
    if client.last is None:
        raise ValueError("a client that is scored has bought something")
    return client.last
