"""Figures of several tables side by side, by group."""

from narutalk.identity import Identity
from services.employee.schemas import StatsResponse, group_stats
from tools.employees.grouping import GroupBy
from tools.employees.places import filters_of
from tools.employees.results.scope import Scope
from tools.employees.store import EmployeeStore


def collect_stats(
    store: EmployeeStore, identity: Identity, group_by: GroupBy, scope: Scope, period: str | None
) -> StatsResponse:
    """Return today's headcount beside the sales and attendance of a period.

    Args:
        store: The employee database.
        identity: Who asks; attendance is withheld where it would tell about single persons.
        group_by: What to break the figures down by.
        scope: Who counts.
        period: As `tools.periods.resolve_period` takes it; None for the newest year to date.

    Raises:
        RetryWithFix: ``period`` is no period.
    """
    used = store.sales.period(period)
    filters = filters_of(scope)
    everyone = store.headcount.by_group(GroupBy.TOTAL, filters)[0]
    days = store.attendance.by_group(identity, GroupBy.TOTAL, filters, used)
    total = group_stats(
        everyone, everyone.people, store.sales.total(filters, used), days[0] if days else None
    )
    return StatsResponse.of(
        group_by,
        used,
        store.headcount.by_group(group_by, filters),
        store.sales.by_group(group_by, filters, used),
        store.attendance.by_group(identity, group_by, filters, used),
        total,
    )
