"""What the client service opens: the client and the transaction database, and the folder of reports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request

from narutalk.clock import build_clock
from narutalk.settings import Settings
from services.imports import ImportService
from services.reports import open_reports
from tools.clients.changes.ledger import ChangeLedger
from tools.clients.database import build_client_engine, build_transaction_engine
from tools.clients.store import ClientStore
from tools.imports.catalogue import CLIENT_KINDS
from tools.imports.importer import Importer
from tools.reports.files import ReportFiles


@dataclass(frozen=True)
class ClientResources:
    """The open parts of the client service."""

    store: ClientStore
    ledger: ChangeLedger
    imports: ImportService
    reports: ReportFiles


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[ClientResources]:
    """Open the two databases, which somebody else migrates, to be read only; and to be written."""
    clients, transactions = build_client_engine(settings), build_transaction_engine(settings)
    changed = build_client_engine(settings, read_only=False)
    traded = build_transaction_engine(settings, read_only=False)
    importer = Importer({"clients": changed, "transactions": traded})
    try:
        store = ClientStore(clients, transactions, build_clock(settings.today))
        imports = ImportService(importer, CLIENT_KINDS, settings.max_upload_bytes)
        async with open_reports(settings, "client") as reports:
            yield ClientResources(store, ChangeLedger(changed), imports, reports)
    finally:
        await to_thread.run_sync(traded.dispose)
        await to_thread.run_sync(changed.dispose)
        await to_thread.run_sync(clients.dispose)
        await to_thread.run_sync(transactions.dispose)


async def check_databases(opened: ClientResources) -> None:
    """Raise when one of the databases cannot answer; a health check."""
    await to_thread.run_sync(opened.store.ping)


def resources(request: Request) -> ClientResources:
    """Return what the lifespan opened; a dependency of the routes."""
    opened: ClientResources = request.app.state.server.resources
    return opened
