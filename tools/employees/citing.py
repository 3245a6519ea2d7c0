"""The sources of employee figures."""

from narutalk.events import Citation
from narutalk.languages import Language
from tools.employees.coverage import UsedPeriod
from tools.employees.results.scope import Scope


def cite(title: str, table: str, detail: str) -> Citation:
    """Return the source of figures over a table."""
    return Citation(kind="records", title=title, source=f"employees.db · {table}", detail=detail)


def days_of(used: UsedPeriod) -> str:
    """Return a period's days."""
    return f"{used.start.isoformat()} to {used.end.isoformat()}"


def detail_of(used: UsedPeriod, scope: Scope) -> str:
    """Return a period's days and the filters."""
    return ", ".join([days_of(used), *scope.parts(Language.EN)])
