"""What analysts may query of clients: views that hold the rows a caller sees, and no contact details."""

from typing import Any

from sqlalchemy import Select, String, cast, func, select

from narutalk.identity import Identity
from tools.clients.models import Client, ClientRegion, Contract, Product, Transaction
from tools.clients.permissions import visible_to

AnySelect = Select[*tuple[Any, ...]]


def client_views(identity: Identity) -> dict[str, AnySelect]:
    """Return the views of the client database."""
    seen = visible_to(identity).clients
    clients = select(
        Client.id,
        Client.name_en,
        Client.name_ko,
        Client.client_type,
        Client.region_code,
        Client.grade,
        Client.owner_id,
        Client.status,
        Client.since,
    ).where(seen)
    contracts = (
        select(
            Contract.id,
            Contract.client_id,
            Contract.title_en,
            Contract.title_ko,
            Contract.start_date,
            Contract.end_date,
            Contract.annual_value_krw,
            Contract.payment_terms_days,
            Contract.auto_renewal,
            Contract.status,
        )
        .join(Client, Client.id == Contract.client_id)
        .where(seen)
    )
    regions = select(ClientRegion.code, ClientRegion.name_en, ClientRegion.name_ko)
    return {"clients": clients, "contracts": contracts, "regions": regions}


def transaction_views(identity: Identity) -> dict[str, AnySelect]:
    """Return the views of the transaction database; ``month`` is text such as ``2026-07``."""
    transactions = select(
        Transaction.id,
        Transaction.client_id,
        Transaction.client_type,
        Transaction.region_code,
        Transaction.owner_id,
        Transaction.product_code,
        Transaction.date,
        func.substr(cast(Transaction.date, String), 1, 7).label("month"),
        Transaction.kind,
        Transaction.quantity,
        Transaction.unit_price_krw,
        Transaction.amount_krw,
        Transaction.payment_status,
    ).where(visible_to(identity).transactions)
    products = select(
        Product.code, Product.name_en, Product.name_ko, Product.category, Product.unit_price_krw
    )
    return {"transactions": transactions, "products": products}
