"""Pages of transactions: of millions, with the sum of all that fit where they are few or it is asked for."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from tools.clients.models import Transaction
from tools.clients.permissions import Visibility
from tools.clients.queries.sales import filtered, listed, read_transactions
from tools.clients.records import SalesFilter, TransactionRecord
from tools.keyset import Keyset, PageRequest, summed

TRANSACTION_ORDERS = Keyset(
    {
        name: Transaction.__table__.c[name]
        for name in ("id", "date", "client_id", "product_code", "quantity", "amount_krw")
    },
    default="-date,-id",
)


class TransactionsListed(NamedTuple):
    """One page of transactions.

    Attributes:
        records: In order.
        next_cursor: Of the page behind it; None on the last.
        total: How many fit in all; None when they were not counted.
        net_amount_krw: Of all that fit, returns deducted; None when they were not counted.
    """

    records: list[TransactionRecord]
    next_cursor: str | None
    total: int | None
    net_amount_krw: int | None


def list_transactions(
    connection: Connection, visibility: Visibility, wanted: SalesFilter, asked: PageRequest
) -> TransactionsListed:
    """Return a page of transactions."""
    page = TRANSACTION_ORDERS.page(connection, listed(visibility, wanted), asked)
    amounts = filtered(select(Transaction.amount_krw), visibility, wanted)
    total, net = summed(connection, amounts, asked) or (None, None)
    return TransactionsListed(read_transactions(page.rows), page.next_cursor, total, net)
