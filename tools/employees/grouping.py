"""Groups that figures are summed by: departments, regions, positions."""

from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal
from sqlalchemy.orm import InstrumentedAttribute

from narutalk.languages import Language
from tools.employees.models import Department, Employee, Position, Region
from tools.employees.wording import POSITIONS


class GroupBy(StrEnum):
    """What to sum by; `TOTAL` is one group of everybody."""

    TOTAL = "total"
    DEPARTMENT = "department"
    REGION = "region"
    POSITION = "position"


AnySelect = Select[*tuple[Any, ...]]


class GroupNames(NamedTuple):
    """A group's key and its names."""

    key: str
    name_en: str
    name_ko: str


_EVERYBODY = GroupNames("total", "Total", "전체")
_PLACES: dict[GroupBy, tuple[InstrumentedAttribute[str], type[Department] | type[Region]]] = {
    GroupBy.DEPARTMENT: (Employee.department_code, Department),
    GroupBy.REGION: (Employee.region_code, Region),
}


def group_columns(by: GroupBy) -> list[ColumnElement[Any]]:
    """Return the columns to select and group by: the key and two names."""
    if by in _PLACES:
        _, place = _PLACES[by]
        return [place.code.expression, place.name_en.expression, place.name_ko.expression]
    if by is GroupBy.POSITION:
        return [Employee.position.expression]
    return [literal(_EVERYBODY.key)]


def join_group(query: AnySelect, by: GroupBy) -> AnySelect:
    """Join the table that `group_columns` names, onto a query over `Employee`."""
    if by not in _PLACES:
        return query
    code, place = _PLACES[by]
    return query.join(place, place.code == code)


def group_names(by: GroupBy, row: Any) -> GroupNames:
    """Return the names of a row that begins with `group_columns`."""
    if by in _PLACES:
        return GroupNames(row[0], row[1], row[2])
    if by is GroupBy.POSITION:
        labels = POSITIONS[Position(row[0])]
        return GroupNames(row[0], labels[Language.EN], labels[Language.KO])
    return _EVERYBODY
