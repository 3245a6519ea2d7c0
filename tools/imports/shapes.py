"""What the kinds of the client and the transaction database share."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table

from tools.imports.kinds import Field, Values
from tools.imports.problems import Fault
from tools.imports.values import (
    read_amount,
)

CLIENT = (
    ("Client", "Client ID", "Customer ID", "Customer", "Account ID"),
    ("거래처코드", "거래처번호", "고객번호", "거래처"),
)

OWNER = (
    ("Owner", "Owner ID", "Salesperson", "Sales rep", "Employee ID", "Employee"),
    ("담당자사번", "담당자", "담당", "영업사원"),
)

PRODUCT = ("Product", "Product code", "Product ID", "SKU"), ("제품코드", "품목코드", "제품", "품목")


class OfRows:
    """A builder whose rows need no look at all of them together."""

    def check_all(self) -> list[Fault]:
        return []

    def places(self) -> dict[Table, list[dict[str, Any]]]:
        return {}


def both_names(values: Values, korean: str, english: str, *, limit_ko: int = 160) -> dict[str, str]:
    name_ko, name_en = values.get(korean), values.get(english)
    if not name_ko and not name_en:
        raise Fault("name_required", field=english)
    if not name_ko and len(str(name_en)) > limit_ko:
        raise Fault("text_too_long", field=english, limit=limit_ko)
    return {korean: str(name_ko or name_en), english: str(name_en or name_ko)}


def field_called(
    name: str,
    english: tuple[str, ...],
    korean: tuple[str, ...],
    read: Callable[[str], Any],
    *,
    required: bool = False,
) -> Field:
    return Field(name=name, headers_en=english, headers_ko=korean, read=read, required=required)


def money_called(
    name: str, english: tuple[str, ...], korean: tuple[str, ...], *, required: bool = True
) -> Field:
    return Field(
        name=name, headers_en=english, headers_ko=korean, read=read_amount, required=required, is_money=True
    )


def length_of(column: Any) -> int:
    return int(column.type.length)


def table_of(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
