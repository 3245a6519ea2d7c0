"""Clients, transactions and contracts: every question to the two databases, seen as the caller may."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Engine, select

from narutalk.clock import Clock
from narutalk.errors import NotFound
from narutalk.identity import Identity
from tools.adhoc.running import AdHocDatabase
from tools.adhoc.tool import Source
from tools.clients.catalogue import Catalogue, CatalogueKeeper, no_client, several_clients
from tools.clients.models import Client, ClientImport, ContractStatus, TransactionImport
from tools.clients.permissions import limits_of, visible_to
from tools.clients.queries import behaviour as behaviour_queries
from tools.clients.queries import clients as client_queries
from tools.clients.queries import contracts as contract_queries
from tools.clients.queries import sales as sales_queries
from tools.clients.queries.behaviour import (
    ClientBehaviour,
    ClientChange,
    ContractHold,
    Purchases,
    Receivable,
)
from tools.clients.queries.clients import ClientBrief
from tools.clients.queries.contracts import ContractSum, ContractTerms
from tools.clients.queries.sales import Ranking
from tools.clients.queries.transaction_pages import TransactionsListed, list_transactions
from tools.clients.records import (
    ClientFilter,
    ClientRecord,
    ContractFilter,
    ContractRecord,
    Page,
    SalesFilter,
    SalesGroup,
    Total,
    TransactionRecord,
)
from tools.clients.views import client_views, transaction_views
from tools.imports.freshness import DataVersion
from tools.keyset import Listed, PageRequest
from tools.periods import Period


class ClientStore:
    """Answers questions about clients. Every method that takes an identity raises Forbidden without a role.

    Args:
        client_engine: Over `clients.db`; the caller disposes of it.
        transaction_engine: Over `transactions.db`; the caller disposes of it.
        clock: What relative periods are counted from.
    """

    def __init__(self, client_engine: Engine, transaction_engine: Engine, clock: Clock) -> None:
        self._clients = client_engine
        self._transactions = transaction_engine
        self._clock = clock
        version = DataVersion(
            (client_engine, ClientImport),
            (transaction_engine, TransactionImport),
        )
        self._known: tuple[object, Catalogue] | None = None  # the rows that the last catalogue was made of
        self._catalogue = CatalogueKeeper(self._read_catalogue, version)

    def today(self) -> date:
        return self._clock()

    def catalogue(self, identity: Identity) -> Catalogue:
        """Return the names of the clients that the caller may see, their owners, and of all regions and
        products, at most a minute old.
        """
        return self._catalogue.get(limits_of(identity))

    def every_name(self) -> Catalogue:
        """Return all names, whoever asks: only for what no caller sees."""
        return self._catalogue.get()

    def sql_sources(self) -> list[Source]:
        """Return what analysts may ask in SQL."""
        return [
            Source(name="clients.db", database=AdHocDatabase(self._clients), views=client_views),
            Source(
                name="transactions.db", database=AdHocDatabase(self._transactions), views=transaction_views
            ),
        ]

    def ping(self) -> None:
        """Raise when one of the databases does not answer."""
        for engine in (self._clients, self._transactions):
            with engine.connect() as connection:
                connection.execute(select(1))

    def search_names(self, identity: Identity, text: str) -> tuple[str, ...]:
        """Return the ids of the caller's clients whose name, or id, holds a text."""
        return tuple(client.id for client in self.catalogue(identity).clients.search(text))

    def covered(self) -> Period | None:
        """Return the days that all transactions cover, whoever asks; None when there are none."""
        with self._transactions.connect() as connection:
            return sales_queries.covered_days(connection)

    def resolve_client(self, identity: Identity, text: str) -> ClientRecord:
        """Return the client that a text means.

        Args:
            identity: Of the caller.
            text: An id, a name in either language, or a part of one.

        Raises:
            TellTheModel: No client, or several, can be meant; the candidates are listed.
        """
        ids = tuple(match.id for match in self.catalogue(identity).clients.matches(text))
        found = self.clients(identity, ClientFilter(ids=ids)).records
        if not found:
            raise no_client(text)
        if len(found) > 1:
            raise several_clients(text, found)
        return found[0]

    def client(self, identity: Identity, client_id: str) -> ClientRecord:
        """Return a client by its id.

        Raises:
            NotFound: There is none that the caller may see.
        """
        found = self.clients(identity, ClientFilter(ids=(client_id,))).records
        if not found:
            raise NotFound("client", details={"client_id": client_id})
        return found[0]

    def clients_by_id(self, identity: Identity, ids: Iterable[str]) -> dict[str, ClientRecord]:
        """Return those of the clients that the caller may see."""
        found = self.clients(identity, ClientFilter(ids=tuple(ids))).records
        return {client.id: client for client in found}

    def clients(
        self, identity: Identity, wanted: ClientFilter, *, limit: int | None = None
    ) -> Page[ClientRecord]:
        """Return clients, the best grade first."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return client_queries.select_clients(connection, visibility, wanted, limit=limit)

    def list_clients(
        self, identity: Identity, wanted: ClientFilter, asked: PageRequest
    ) -> Listed[ClientRecord]:
        """Return a page of clients, the best grade first unless another order is asked for."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return client_queries.list_clients(connection, visibility, wanted, asked)

    def client_ids(self, identity: Identity, wanted: ClientFilter) -> Sequence[str]:
        """Return the ids of clients, in order."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return client_queries.select_ids(connection, visibility, wanted)

    def client_briefs(self, identity: Identity, wanted: ClientFilter) -> list[ClientBrief]:
        """Return clients in short, by id."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return client_queries.select_briefs(connection, visibility, wanted)

    def count_clients_by_type(self, identity: Identity, wanted: ClientFilter) -> dict[str, int]:
        """Return how many clients of each type fit."""
        return self._count_clients(identity, wanted, "client_type")

    def count_clients_by_status(self, identity: Identity, wanted: ClientFilter) -> dict[str, int]:
        """Return how many clients of each status fit."""
        return self._count_clients(identity, wanted, "status")

    def contracts(
        self,
        identity: Identity,
        wanted: ContractFilter,
        *,
        limit: int | None = None,
        newest_first: bool = False,
        largest_first: bool = False,
    ) -> Page[ContractRecord]:
        """Return contracts in the order in which they end, or those worth most in a year first."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return contract_queries.select_contracts(
                connection,
                visibility,
                wanted,
                limit=limit,
                newest_first=newest_first,
                largest_first=largest_first,
            )

    def contract_terms(self, identity: Identity, wanted: ContractFilter) -> list[ContractTerms]:
        """Return the terms of contracts, in no order."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return contract_queries.select_terms(connection, visibility, wanted)

    def list_contracts(
        self, identity: Identity, wanted: ContractFilter, asked: PageRequest
    ) -> Listed[ContractRecord]:
        """Return a page of contracts, those that end first in front unless another order is asked for."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return contract_queries.list_contracts(connection, visibility, wanted, asked)

    def sum_contracts(self, identity: Identity, wanted: ContractFilter) -> dict[ContractStatus, ContractSum]:
        """Return number and yearly value of contracts by status."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return contract_queries.sum_contracts(connection, visibility, wanted)

    def transactions(
        self, identity: Identity, wanted: SalesFilter, *, limit: int | None = None
    ) -> Page[TransactionRecord]:
        """Return transactions, the newest first."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return sales_queries.select_transactions(connection, visibility, wanted, limit=limit)

    def list_transactions(
        self, identity: Identity, wanted: SalesFilter, asked: PageRequest
    ) -> TransactionsListed:
        """Return a page of transactions, the newest first unless another order is asked for."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return list_transactions(connection, visibility, wanted, asked)

    def total(self, identity: Identity, wanted: SalesFilter) -> Total:
        """Return the sum of transactions."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return sales_queries.total_sales(connection, visibility, wanted)

    def grouped(
        self,
        identity: Identity,
        wanted: SalesFilter,
        group: SalesGroup,
        *,
        limit: int | None = None,
        ascending: bool = False,
    ) -> list[Total]:
        """Return sums by group: months in order, everything else the largest (or smallest) first."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return sales_queries.group_sales(
                connection, visibility, wanted, group, limit=limit, ascending=ascending
            )

    def ranked(
        self,
        identity: Identity,
        wanted: SalesFilter,
        group: SalesGroup,
        *,
        limit: int,
        ascending: bool = False,
    ) -> Ranking:
        """Return the groups that come first in `grouped`, and how many there are."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return sales_queries.rank_sales(
                connection, visibility, wanted, group, limit=limit, ascending=ascending
            )

    def amounts(self, identity: Identity, wanted: SalesFilter) -> dict[str, int]:
        """Return the net amount of each client, by id."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return behaviour_queries.client_amounts(connection, visibility, wanted)

    def purchases(self, identity: Identity, wanted: SalesFilter) -> dict[str, Purchases]:
        """Return on how many days each client bought, by id."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return behaviour_queries.client_purchases(connection, visibility, wanted)

    def behaviour(self, identity: Identity, wanted: SalesFilter) -> list[ClientBehaviour]:
        """Return how each client with transactions bought, by id."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return behaviour_queries.client_behaviour(connection, visibility, wanted)

    def changes(
        self, identity: Identity, wanted: SalesFilter, now: Period, before: Period
    ) -> list[ClientChange]:
        """Return what each client bought in two periods, by id."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return behaviour_queries.client_changes(connection, visibility, wanted, now, before)

    def receivables(
        self, identity: Identity, wanted: SalesFilter, as_of: date, ages_days: Sequence[int]
    ) -> list[Receivable]:
        """Return what is unpaid by age; see `tools.clients.queries.behaviour.receivables`."""
        visibility = visible_to(identity)
        with self._transactions.connect() as connection:
            return behaviour_queries.receivables(connection, visibility, wanted, as_of, ages_days)

    def contract_holds(self, identity: Identity, client_ids: Sequence[str]) -> dict[str, ContractHold]:
        """Return by client, of some, until when active contracts hold it."""
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return behaviour_queries.contract_holds(connection, visibility, client_ids)

    def _count_clients(self, identity: Identity, wanted: ClientFilter, column: str) -> dict[str, int]:
        visibility = visible_to(identity)
        with self._clients.connect() as connection:
            return client_queries.count_clients(connection, visibility, wanted, Client.__table__.c[column])

    def _read_catalogue(self) -> Catalogue:
        """Read all names; `catalogue` gives each caller a part of them. What did not change is kept."""
        with self._clients.connect() as connection:
            clients = client_queries.select_all_rows(connection)
            regions = client_queries.select_regions(connection)
            contracts = contract_queries.select_contract_ids(connection)
        with self._transactions.connect() as connection:
            products = sales_queries.select_products(connection)
        rows = (clients, regions, contracts, products)
        if self._known is None or self._known[0] != rows:
            records = client_queries.read_clients(clients)
            self._known = rows, Catalogue(records, regions, products, contracts)
        return self._known[1]
