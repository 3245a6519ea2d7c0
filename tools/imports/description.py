"""What can be imported, told to those who choose: kinds, their fields, and what columns may be called."""

from pydantic import BaseModel

from tools.imports.catalogue import kind_called
from tools.imports.importer import CURRENCY
from tools.imports.kinds import Field, Kind
from tools.imports.values import Choice

TITLES: dict[str, tuple[str, str]] = {
    "employees": ("Employees", "직원"),
    "sales": ("Monthly sales", "월별 실적"),
    "targets": ("Monthly targets", "월별 목표"),
    "attendance": ("Attendance", "근태"),
    "clients": ("Clients", "거래처"),
    "contracts": ("Contracts", "계약"),
    "products": ("Products", "제품"),
    "transactions": ("Transactions", "거래"),
}


class Titles(BaseModel):
    """What something is called in both languages."""

    en: str
    ko: str


class FieldInfo(BaseModel):
    """A field of a kind.

    Attributes:
        name: As options call it.
        titles: The usual names of its column.
        required: Whether every row needs it.
        choices: The words that it is one of; empty for what is not chosen among a few.
    """

    name: str
    titles: Titles
    required: bool
    choices: list[str]


class KindInfo(BaseModel):
    """A kind of data.

    Attributes:
        name: As options call it.
        titles: For people.
        fields: In the order of a template's columns.
    """

    name: str
    titles: Titles
    fields: list[FieldInfo]


def describe(kind_name: str) -> KindInfo:
    """Return what there is to know of a kind before a file is there.

    Raises:
        InvalidInput: ``kind_unknown``.
    """
    kind = kind_called(kind_name)
    english, korean = TITLES[kind.name]
    return KindInfo(
        name=kind.name,
        titles=Titles(en=english, ko=korean),
        fields=[_field(field) for field in _fields(kind)],
    )


def _fields(kind: Kind) -> tuple[Field, ...]:
    return (*kind.fields, CURRENCY) if kind.has_money else kind.fields


def _field(field: Field) -> FieldInfo:
    titles = Titles(en=field.headers_en[0], ko=field.headers_ko[0])
    choices = list(field.read.known) if isinstance(field.read, Choice) else []
    return FieldInfo(name=field.name, titles=titles, required=field.required, choices=choices)
