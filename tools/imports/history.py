"""The record of imports of each database."""

from tools.clients.models import ClientImport, TransactionImport
from tools.employees.models import EmployeeImport
from tools.imports.kinds import Database
from tools.imports.record import ImportRecord


def record_of(database: Database) -> type[ImportRecord]:
    """Return the table of what was imported into a database."""
    records: dict[Database, type[ImportRecord]] = {
        "employees": EmployeeImport,
        "clients": ClientImport,
        "transactions": TransactionImport,
    }
    return records[database]
