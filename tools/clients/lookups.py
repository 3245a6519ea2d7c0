"""What each client tool does: resolve the names, ask the store, put the result together."""

from dataclasses import replace

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients import arguments as args
from tools.clients.models import ClientType, ContractStatus, TransactionKind
from tools.clients.queries.sales import Ranking
from tools.clients.records import ClientFilter, ContractFilter, Names, SalesFilter, SalesGroup, Total
from tools.clients.results.clients import ClientList, FoundClient, client_citation
from tools.clients.results.contracts import ClientContracts, contract_citation
from tools.clients.results.returns import Returns
from tools.clients.results.sales import MAX_ROWS, NamedTotal, SalesTotals, TopClients, TopProducts
from tools.clients.results.scope import Days
from tools.clients.results.transactions import ClientTransactions, UnpaidRow, UnpaidTransactions
from tools.clients.scoping import Wanted, compared, of_their_clients, scoped, upcoming
from tools.clients.store import ClientStore
from tools.clients.wording import CATEGORIES, RENEWALS, TYPES, Words
from tools.periods import Period, resolve_period

SOON = "next_90_days"


def find_client(store: ClientStore, identity: Identity, wanted: args.FindClient) -> FoundClient:
    """Return who a client is."""
    client = store.resolve_client(identity, wanted.client)
    return FoundClient(client=client, citations=[client_citation(client.id)])


def list_clients(store: ClientStore, identity: Identity, wanted: args.ListClients) -> ClientList:
    """Return clients that fit filters, and how many do."""
    catalogue = store.catalogue(identity)
    region_code = catalogue.region_code(wanted.region) if wanted.region else None
    owner = catalogue.owner(wanted.owner, region_code) if wanted.owner else None
    clients = ClientFilter(
        client_type=wanted.client_type,
        region_code=region_code,
        grade=wanted.grade,
        owner_ids=(owner.id,) if owner else None,
        status=wanted.status,
    )
    page = store.clients(identity, clients, limit=MAX_ROWS)
    by_type = {ClientType(kind): n for kind, n in store.count_clients_by_type(identity, clients).items()}
    region = catalogue.regions[region_code] if region_code else None
    return ClientList(
        clients=page.records,
        total=page.total,
        by_type=by_type,
        client_type=wanted.client_type,
        region=region,
        grade=wanted.grade,
        owner=owner.name if owner else None,
        status=wanted.status,
        citations=[
            client_citation(
                region.en if region else None,
                wanted.client_type,
                f"grade {wanted.grade}" if wanted.grade else None,
                wanted.status,
                owner.name.en if owner else None,
            )
        ],
    )


def client_transactions(
    store: ClientStore, identity: Identity, wanted: args.GetTransactions
) -> ClientTransactions:
    """Return what a client bought."""
    client = store.resolve_client(identity, wanted.client)
    sales, scope = scoped(
        store, identity, Wanted(period=wanted.period, product=wanted.product), default_period=False
    )
    sales, scope, comparison = compared(
        store, identity, replace(sales, client_id=client.id, kind=wanted.kind), scope, wanted.against
    )
    return ClientTransactions(
        client=client,
        scope=scope,
        kind=wanted.kind,
        comparison=comparison,
        total=store.total(identity, sales),
        latest=store.transactions(identity, sales, limit=MAX_ROWS).records,
        citations=[scope.citation(client.id, wanted.kind or "")],
    )


def client_contracts(store: ClientStore, identity: Identity, wanted: args.GetContracts) -> ClientContracts:
    """Return contracts of a client, of a status, or that end in a period; else those that end soon."""
    today = store.today()
    catalogue = store.catalogue(identity)
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    region_code = catalogue.region_code(wanted.region) if wanted.region else None
    owner = catalogue.owner(wanted.owner, region_code) if wanted.owner else None
    ends_in, is_default = _ends_in(store, wanted)
    contracts = ContractFilter(
        client_id=client.id if client else None,
        status=wanted.status,
        ends_in=ends_in,
        auto_renewal=wanted.auto_renewal,
        region_code=region_code,
        client_type=wanted.client_type,
        grade=wanted.grade,
        owner_id=owner.id if owner else None,
    )
    # Of a client people want to see the newest first; of everyone, what ends first.
    page = store.contracts(
        identity,
        contracts,
        limit=MAX_ROWS,
        newest_first=ends_in is None,
        largest_first=wanted.largest_first,
    )
    sums = store.sum_contracts(identity, contracts)
    region = catalogue.regions[region_code] if region_code else None
    return ClientContracts(
        contracts=page.records,
        counts={status: entry.contracts for status, entry in sums.items()},
        annual_value_krw=sum(
            entry.annual_value_krw
            for status, entry in sums.items()
            if wanted.status or ends_in or status is ContractStatus.ACTIVE
        ),
        client=client,
        ends_in=Days.of(ends_in) if ends_in else None,
        is_default=is_default,
        status=wanted.status,
        auto_renewal=wanted.auto_renewal,
        largest_first=wanted.largest_first,
        region=region,
        client_type=wanted.client_type,
        grade=wanted.grade,
        owner=owner.name if owner else None,
        as_of=today,
        citations=[
            contract_citation(
                client.id if client else None,
                f"end {ends_in.start}–{ends_in.end}" if ends_in else None,
                wanted.status,
                RENEWALS[wanted.auto_renewal][Language.EN] if wanted.auto_renewal is not None else None,
                region.en if region else None,
                wanted.client_type,
                f"grade {wanted.grade}" if wanted.grade else None,
                owner.name.en if owner else None,
            )
        ],
    )


def sales_totals(store: ClientStore, identity: Identity, wanted: args.SumSales) -> SalesTotals:
    """Return net sales, in all and by group."""
    sales, scope = scoped(
        store,
        identity,
        Wanted(
            period=wanted.period,
            region=wanted.region,
            client_type=wanted.client_type,
            product=wanted.product,
            category=wanted.category,
            owner=wanted.owner,
        ),
    )
    sales, scope, comparison = compared(store, identity, sales, scope, wanted.against)
    group = wanted.group
    return SalesTotals(
        scope=scope,
        comparison=comparison,
        total=store.total(identity, sales),
        group=group,
        groups=_named(store, identity, group, store.grouped(identity, sales, group)) if group else [],
        citations=[scope.citation(f"by {group}" if group else "")],
    )


def top_clients(store: ClientStore, identity: Identity, wanted: args.RankClients) -> TopClients:
    """Return the clients that bought most, or least but something."""
    sales, scope = scoped(
        store,
        identity,
        Wanted(
            period=wanted.period,
            region=wanted.region,
            client_type=wanted.client_type,
            product=wanted.product,
            category=wanted.category,
            owner=wanted.owner,
        ),
    )
    found = _ranked(store, identity, sales, SalesGroup.CLIENT, wanted)
    return TopClients(
        scope=scope,
        order=wanted.order,
        entries=_named(store, identity, SalesGroup.CLIENT, found.totals),
        total=store.total(identity, sales),
        clients=found.groups,
        citations=[scope.citation(f"{wanted.order} {wanted.count} by client")],
    )


def top_products(store: ClientStore, identity: Identity, wanted: args.RankProducts) -> TopProducts:
    """Return the products that sold best, or worst."""
    sales, scope = scoped(
        store,
        identity,
        Wanted(
            period=wanted.period,
            region=wanted.region,
            client_type=wanted.client_type,
            category=wanted.category,
        ),
    )
    totals = _ranked(store, identity, sales, SalesGroup.PRODUCT, wanted).totals
    return TopProducts(
        scope=scope,
        order=wanted.order,
        entries=_named(store, identity, SalesGroup.PRODUCT, totals),
        total=store.total(identity, sales),
        citations=[scope.citation(f"{wanted.order} {wanted.count} by product")],
    )


def returned_goods(store: ClientStore, identity: Identity, wanted: args.SumReturns) -> Returns:
    """Return what was sent back: in all, and by product, client, region, category or type."""
    named = wanted.model_dump(exclude={"group_by", "count"})
    sales, scope = scoped(store, identity, Wanted(**named))
    sales = replace(sales, kind=TransactionKind.RETURN)
    group = SalesGroup(wanted.group_by)
    ranking = store.ranked(identity, sales, group, limit=wanted.count, ascending=True)
    return Returns(
        scope=scope,
        total=store.total(identity, sales),
        group=group,
        entries=_named(store, identity, group, ranking.totals),
        groups=ranking.groups,
        citations=[scope.citation("returns", f"by {group}")],
    )


def unpaid_transactions(store: ClientStore, identity: Identity, wanted: args.GetUnpaid) -> UnpaidTransactions:
    """Return what is overdue and what is not yet due, and who owes most."""
    client = store.resolve_client(identity, wanted.client) if wanted.client else None
    sales, scope = scoped(
        store,
        identity,
        Wanted(
            period=wanted.period, region=wanted.region, client_type=wanted.client_type, owner=wanted.owner
        ),
        default_period=False,
    )
    sales = of_their_clients(store, identity, sales)
    sales = replace(sales, client_id=client.id if client else None, payment_statuses=wanted.statuses)
    group = SalesGroup(wanted.group_by)
    owing = store.ranked(identity, sales, group, limit=MAX_ROWS)
    sums = {
        status: store.total(identity, replace(sales, payment_statuses=(status,)))
        for status in wanted.statuses
    }
    return UnpaidTransactions(
        scope=scope,
        client=client,
        sums=sums,
        rows=[
            UnpaidRow(
                key=entry.total.key,
                name=entry.name,
                amount_krw=entry.total.amount_krw,
                count=entry.total.count,
            )
            for entry in _named(store, identity, group, owing.totals)
        ],
        group=wanted.group_by,
        groups=owing.groups,
        citations=[scope.citation(client.id if client else "", " and ".join(wanted.statuses))],
    )


def _ends_in(store: ClientStore, wanted: args.GetContracts) -> tuple[Period | None, bool]:
    """Return when the contracts end, and whether that is only because nothing else was asked for."""
    if wanted.period:
        return upcoming(wanted.period, store.today()), False
    is_default = not (
        wanted.client
        or wanted.status
        or wanted.owner
        or wanted.largest_first
        or wanted.auto_renewal is not None
    )
    return (resolve_period(SOON, store.today()), True) if is_default else (None, False)


def _ranked(
    store: ClientStore,
    identity: Identity,
    sales: SalesFilter,
    group: SalesGroup,
    wanted: args.RankClients | args.RankProducts,
) -> Ranking:
    is_ascending = wanted.order == "bottom"
    return store.ranked(identity, sales, group, limit=wanted.count, ascending=is_ascending)


def _named(
    store: ClientStore, identity: Identity, group: SalesGroup, totals: list[Total]
) -> list[NamedTotal]:
    """Give each group its name; a code that is not known any more stays as it is."""
    names = _names(store, identity, group, totals)
    return [
        NamedTotal(name=names.get(total.key, Names(en=total.key, ko=total.key)), total=total)
        for total in totals
    ]


def _names(
    store: ClientStore, identity: Identity, group: SalesGroup, totals: list[Total]
) -> dict[str, Names]:
    catalogue = store.catalogue(identity)
    if group is SalesGroup.CLIENT:
        found = store.clients_by_id(identity, [total.key for total in totals])
        return {client_id: client.name for client_id, client in found.items()}
    if group is SalesGroup.REGION:
        return catalogue.regions
    if group is SalesGroup.PRODUCT:
        return {code: product.name for code, product in catalogue.products.items()}
    if group is SalesGroup.OWNER:
        return {owner.id: owner.name for owner in catalogue.owners}
    if group is SalesGroup.TYPE:
        return {str(kind): _both(words) for kind, words in TYPES.items()}
    return {code: _both(words) for code, words in CATEGORIES.items()}


def _both(words: Words) -> Names:
    return Names(en=words[Language.EN], ko=words[Language.KO])
