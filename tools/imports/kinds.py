"""What can be imported: the fields of a kind, what its columns are called, and the rows they make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import Engine, Table

from tools.imports.problems import Fault, unreadable
from tools.imports.values import Reader, folded

Database = Literal["employees", "clients", "transactions"]
Values = Mapping[str, Any]
"""What a row says, by field; fields without a column, or with an empty cell, are missing."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing a row says.

    Attributes:
        name: Its own.
        headers_en: What its column is called in English, the usual name first; case, spaces and signs do
            not count.
        headers_ko: The same in Korean.
        read: Turns a cell into a value; money fields are read by the importer, which knows the currency.
        required: Whether every row needs it.
        is_money: Whether `read` gives an amount that still has to be brought into the books' currency.
    """

    name: str
    headers_en: tuple[str, ...]
    headers_ko: tuple[str, ...]
    read: Reader
    required: bool = False
    is_money: bool = False


class Built(NamedTuple):
    """A row of a table.

    Attributes:
        columns: What the file says: the key, and what is written whether the row is new or not.
        new: What a new row gets beside it; a row that is there keeps what it has.
    """

    columns: dict[str, Any]
    new: dict[str, Any]


class Builder(Protocol):
    """Makes a kind's rows; knows what is in the databases already."""

    def build(self, values: Values) -> Built:
        """Return the row that values make.

        Raises:
            Fault: They make none.
        """

    def check_all(self) -> list[Fault]:
        """Return what is wrong with all rows together; a fault's value names the key of its row."""

    def places(self) -> dict[Table, list[dict[str, Any]]]:
        """Return the departments and regions that have to be made before the rows."""


@dataclass(frozen=True)
class Known:
    """Where a builder looks things up.

    Attributes:
        engines: By database; those that the caller has opened.
        create_places: Whether departments and regions that are not known are made.
    """

    engines: Mapping[Database, Engine]
    create_places: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of data.

    Attributes:
        name: As the command and the routes call it.
        database: Where its table is.
        table: The table.
        key: The columns that say which row it is.
        fields: In the order in which they are shown.
        builder: Makes the maker of its rows.
        late: A column that refers to other rows of the same table, and is written after all of them.
    """

    name: str
    database: Database
    table: Table
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    builder: Callable[[Known], Builder]
    late: str | None = None

    @property
    def has_money(self) -> bool:
        """Whether its amounts can be in a currency that a column says."""
        return any(field.is_money for field in self.fields)

    @cached_property
    def by_header(self) -> dict[str, Field]:
        """The fields by what their columns may be called, folded."""
        return {
            folded(header): field
            for field in self.fields
            for header in (field.name, *field.headers_en, *field.headers_ko)
        }

    def field(self, name: str) -> Field:
        """Return the field called so, or whose column may be called so.

        Raises:
            InvalidInput: ``field_unknown``.
        """
        found = self.by_header.get(folded(name))
        if found is None:
            known = [field.name for field in self.fields]
            raise unreadable(
                "field_unknown",
                f"There is no field '{name}'. Known: {', '.join(known)}.",
                f"'{name}' 항목은 없습니다. 있는 항목: {', '.join(known)}.",
                fields=known,
            )
        return found
