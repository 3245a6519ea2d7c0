"""What the employee service opens: the employee database and the folder of reports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request

from narutalk.clock import build_clock
from narutalk.settings import Settings
from services.imports import ImportService
from services.reports import open_reports
from tools.employees.database import build_employee_engine
from tools.employees.publications import Publications
from tools.employees.store import EmployeeStore
from tools.imports.catalogue import EMPLOYEE_KINDS
from tools.imports.importer import Importer
from tools.reports.files import ReportFiles


@dataclass(frozen=True)
class EmployeeResources:
    """The open parts of the employee service."""

    store: EmployeeStore
    reports: ReportFiles
    publications: Publications
    imports: ImportService


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[EmployeeResources]:
    """Open the employee database, which somebody else migrates, to be read only; and to be written."""
    engine, written = build_employee_engine(settings), build_employee_engine(settings, read_only=False)
    store = EmployeeStore(engine, build_clock(settings.today))
    imports = ImportService(Importer({"employees": written}), EMPLOYEE_KINDS, settings.max_upload_bytes)
    try:
        async with open_reports(settings, "employee") as reports:
            yield EmployeeResources(store, reports, Publications(written), imports)
    finally:
        await to_thread.run_sync(written.dispose)
        await to_thread.run_sync(engine.dispose)


async def check_database(opened: EmployeeResources) -> None:
    """Raise when the employee database cannot answer; a health check."""
    await to_thread.run_sync(opened.store.ping)


def resources(request: Request) -> EmployeeResources:
    """Return what the lifespan opened; a dependency of the routes."""
    opened: EmployeeResources = request.app.state.server.resources
    return opened
