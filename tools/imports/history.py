"""The table of imports of each database."""

from sqlalchemy import Table

from tools.clients.models import ClientBase, TransactionBase
from tools.employees.models import EmployeeBase
from tools.imports.kinds import Database
from tools.imports.record import ImportRecord


def history_of(database: Database) -> Table:
    """Return the table of what was imported into a database."""
    base = {"employees": EmployeeBase, "clients": ClientBase, "transactions": TransactionBase}[database]
    return base.metadata.tables[ImportRecord.__tablename__]
