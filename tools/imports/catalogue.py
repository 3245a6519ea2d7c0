"""All kinds of data that can be imported."""

from tools.imports.client_kinds import client_kinds
from tools.imports.employee_kinds import employees_kind, monthly_kinds
from tools.imports.kinds import Kind
from tools.imports.problems import unreadable
from tools.imports.values import DateOrder

EMPLOYEE_KINDS = ("employees", "sales", "targets", "attendance")
CLIENT_KINDS = ("clients", "contracts", "products", "transactions")


def kind_called(name: str, order: DateOrder = "ymd") -> Kind:
    """Return a kind.

    Args:
        name: One of `EMPLOYEE_KINDS` or `CLIENT_KINDS`.
        order: How the file writes dates that do not begin with the year.

    Raises:
        InvalidInput: ``kind_unknown``.
    """
    kinds = {kind.name: kind for kind in (employees_kind(order), *monthly_kinds(order), *client_kinds(order))}
    if name not in kinds:
        raise unreadable(
            "kind_unknown",
            f"There is nothing called '{name}' to import. Known: {', '.join(kinds)}.",
            f"'{name}' 자료는 가져올 수 없습니다. 가능한 자료: {', '.join(kinds)}.",
            kinds=list(kinds),
        )
    return kinds[name]
