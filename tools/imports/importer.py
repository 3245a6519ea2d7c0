"""Imports one file: reads it once, checks every row, and writes all of it or nothing."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from narutalk.errors import Conflict
from tools.imports.catalogue import kind_called
from tools.imports.files import MAX_CELL_CHARS, Row, Sheet, open_sheet
from tools.imports.headers import match_columns, require_columns
from tools.imports.history import PastImport, past_imports, record_of
from tools.imports.kinds import Builder, Built, Database, Field, Kind, Known
from tools.imports.problems import Fault, Problem, problem, unreadable
from tools.imports.upsert import Counts, Upsert
from tools.imports.values import DateOrder, book_amount, folded, read_currency

BATCH_ROWS = 1000
MAX_ROWS = 2_000_000
MAX_PROBLEMS = 100
"""How many are listed where nobody says otherwise."""
CURRENCY = Field(
    name="currency", headers_en=("Currency", "Currency code"), headers_ko=("통화",), read=read_currency
)

_COLUMN_IN_TEXT = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How a file is to be read.

    Attributes:
        columns: By a file's column the field that it is; empty leaves it out.
        constants: By field what every row says; ``{Column}`` stands for what a row has in that column.
        words: By field and a file's word the word that is meant, such as
            ``{"position": {"Sales Rep": "associate"}}``.
        date_order: How dates that do not begin with the year are written.
        currency: Of amounts that name none, where no column does either; None is the company's.
        rates: Company currency units for one unit of a foreign currency.
        encoding: Of a CSV file; None finds it out.
        create_places: Make departments and regions that are not known.
        dry_run: Only say what would happen.
        problem_limit: How many problems are listed; all are counted.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: DateOrder = "ymd"
    currency: str | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    encoding: str | None = None
    create_places: bool = False
    dry_run: bool = False
    problem_limit: int = MAX_PROBLEMS


class ImportResult(BaseModel):
    """What an import did, or a dry run would do.

    Attributes:
        kind: What was imported.
        dry_run: Whether nothing was to be written.
        applied: Whether the rows are in the database now: never with a problem in one of them.
        rows: How many the file has, empty ones left out.
        inserted: How many are new.
        updated: How many were there and differ.
        unchanged: How many were there just so.
        created: Departments and regions that were, or would be, made.
        columns: All of the file's, in their order.
        mapping: By field the file's column it was read from.
        ignored: Columns that were not read.
        problem_count: How many problems there are.
        problems: The first of them, by row.
    """

    kind: str
    dry_run: bool
    applied: bool
    rows: int
    inserted: int
    updated: int
    unchanged: int
    created: list[str]
    columns: list[str]
    mapping: dict[str, str]
    ignored: list[str]
    problem_count: int
    problems: list[Problem]


class Importer:
    """Imports files into the company's databases. Blocking; one at a time in each database.

    Args:
        engines: By database, open for writing where a kind of it is imported; the caller disposes of them.
            With that of the employees, the owners of clients are looked up among them.
    """

    def __init__(self, engines: Mapping[Database, Engine]) -> None:
        self._engines = engines

    def history(self, *, limit: int) -> list[PastImport]:
        """Return the last imports into these databases, the newest first."""
        return past_imports(self._engines, limit=limit)

    def run(
        self, kind_name: str, path: Path, options: ImportOptions, *, file_name: str, by: str
    ) -> ImportResult:
        """Import a file, or say what importing it would do.

        Args:
            kind_name: One of `tools.imports.catalogue`.
            path: The file.
            options: How to read it.
            file_name: What the person calls it; kept with the import.
            by: Who imports it; kept with the import.

        Raises:
            InvalidInput: The file cannot be read, or its columns do not do.
            Conflict: ``import_conflict``: somebody else changed the data meanwhile; nothing was written.
        """
        kind = kind_called(kind_name, options.date_order)
        with open_sheet(path, encoding=options.encoding) as sheet:
            reading = _Reading(kind, sheet, options)
            builder = kind.builder(Known(self._engines, create_places=options.create_places))
            try:
                with self._transaction(kind, write=not options.dry_run) as connection:
                    counts = _write(kind, reading, builder, connection, write=not options.dry_run)
                    result = reading.result(counts, _created(builder))
                    if options.dry_run or not result.applied:
                        connection.rollback()
                    else:
                        _record(connection, kind, result, path, file_name, by)
            except IntegrityError as error:
                raise Conflict(
                    "The data changed while the file was imported, or a row breaks a rule of the database; "
                    "nothing was written.",
                    code="import_conflict",
                ) from error
        return result

    @contextmanager
    def _transaction(self, kind: Kind, *, write: bool) -> Iterator[Connection]:
        with self._engines[kind.database].connect() as connection:
            if write:
                _lock_other_imports_out(connection)
            yield connection
            if connection.in_transaction():
                connection.commit()


class _Reading:
    """Reads a sheet's rows into values and notes what is wrong with them."""

    def __init__(self, kind: Kind, sheet: Sheet, options: ImportOptions) -> None:
        self._kind = kind
        self._sheet = sheet
        self._options = options
        self._places, self._currency_place = _columns(kind, sheet.header, options)
        self._constants = {kind.field(name).name: text for name, text in options.constants.items()}
        require_columns(kind, self._places, self._constants, sheet.header)
        self._fields = [f for f in kind.fields if f.name in self._places or f.name in self._constants]
        self._words = {
            kind.field(name).name: {folded(said): meant for said, meant in words.items()}
            for name, words in options.words.items()
        }
        self._place_by_name = {folded(column): place for place, column in enumerate(sheet.header)}
        self._row_of: dict[tuple[Any, ...], int] = {}
        self._problems: list[Problem] = []
        self._problem_count = 0
        self._rows = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was wrong so far."""
        return not self._problem_count

    def built(self, builder: Builder) -> Iterator[Built]:
        """Yield the rows that are right; what is wrong with the others is noted."""
        for number, cells in enumerate(self._sheet.rows, start=2):
            if cells is None:
                continue
            self._rows += 1
            if self._rows > MAX_ROWS:
                raise unreadable(
                    "file_too_long", f"More than {MAX_ROWS:,} rows.", f"{MAX_ROWS:,}행보다 많습니다."
                )
            row = self._build(number, cells, builder)
            if row is not None:
                yield row
        for fault in builder.check_all():
            key = (fault.value,)
            self._note(self._row_of.get(key, 1), [], fault, shown=fault.value or "")

    def result(self, counts: Counts, created: list[str]) -> ImportResult:
        """Return what came of it."""
        header = self._sheet.header
        used = {*self._places.values(), self._currency_place}
        self._problems.sort(key=lambda found: found.row)
        return ImportResult(
            kind=self._kind.name,
            dry_run=self._options.dry_run,
            applied=self.is_clean and not self._options.dry_run,
            rows=self._rows,
            **counts._asdict(),
            created=created,
            columns=header,
            mapping={
                **{f.name: header[self._places[f.name]] for f in self._fields if f.name in self._places},
                **({"currency": header[self._currency_place]} if self._currency_place is not None else {}),
            },
            ignored=[name for place, name in enumerate(header) if place not in used and name],
            problem_count=self._problem_count,
            problems=self._problems,
        )

    def _build(self, number: int, cells: Row, builder: Builder) -> Built | None:
        before = self._problem_count
        if len(cells) > len(self._sheet.header) and any(cells[len(self._sheet.header) :]):
            self._note(number, cells, Fault("too_many_cells"), shown="")
        values = self._values(number, cells)
        if self._problem_count > before:
            return None
        try:
            row = builder.build(values)
        except Fault as fault:
            self._note(number, cells, fault)
            return None
        key = tuple(row.columns[name] for name in self._kind.key)
        first = self._row_of.setdefault(key, number)
        if first != number:
            self._note(
                number,
                cells,
                Fault("duplicate_key", first=first),
                shown=" / ".join(str(part) for part in key),
            )
            return None
        return row

    def _values(self, number: int, cells: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        currency: str | None = self._options.currency
        try:
            currency = self._currency(cells) or currency
        except Fault as fault:
            self._note(number, cells, fault)
        for wanted in self._fields:
            text = self._said(wanted, cells)
            try:
                if text:
                    values[wanted.name] = self._value(wanted, text, currency)
                elif wanted.required:
                    raise Fault("required")
            except Fault as fault:
                fault.field = fault.field or wanted.name
                self._note(number, cells, fault)
        return values

    def _value(self, wanted: Field, text: str, currency: str | None) -> Any:
        if len(text) > MAX_CELL_CHARS:
            raise Fault("text_too_long", limit=MAX_CELL_CHARS)
        value = wanted.read(text)
        return book_amount(value, currency, self._options.rates) if wanted.is_money else value

    def _said(self, wanted: Field, cells: Row) -> str:
        text = self._given(wanted.name, cells)
        words = self._words.get(wanted.name)
        return words.get(folded(text), text) if words else text

    def _given(self, field: str, cells: Row) -> str:
        """Return what stands in a field's column, or what every row says instead."""
        constant = self._constants.get(field)
        if constant is not None:
            return _COLUMN_IN_TEXT.sub(lambda match: self._cell_called(match[1], cells), constant)
        place = self._currency_place if field == CURRENCY.name else self._places.get(field)
        return _cell(cells, place) if place is not None else ""

    def _cell_called(self, column: str, cells: Row) -> str:
        place = self._place_by_name.get(folded(column))
        if place is None:
            raise unreadable("column_unknown", f"No column '{column}'.", f"'{column}' 열이 없습니다.")
        return _cell(cells, place)

    def _currency(self, cells: Row) -> str | None:
        if self._currency_place is None:
            return None
        text = _cell(cells, self._currency_place)
        try:
            return str(read_currency(text)) if text else None
        except Fault as fault:
            fault.field, fault.value = CURRENCY.name, text
            raise

    def _note(self, number: int, cells: Row, fault: Fault, *, shown: str | None = None) -> None:
        self._problem_count += 1
        if len(self._problems) >= self._options.problem_limit:
            return
        place = self._places.get(fault.field or "")
        if fault.field == CURRENCY.name:
            place = self._currency_place
        column = self._sheet.header[place] if place is not None else fault.field or ""
        value = shown if shown is not None else fault.value or self._given(fault.field or "", cells)
        self._problems.append(problem(number, column, value, fault))


def _columns(kind: Kind, header: Row, options: ImportOptions) -> tuple[dict[str, int], int | None]:
    """Return the columns of the fields, and that of the currency where the kind has money."""
    said = dict(options.columns)
    names = {folded(name) for name in (CURRENCY.name, *CURRENCY.headers_en, *CURRENCY.headers_ko)}
    by_hand = next((column for column, meant in said.items() if folded(meant) in names), None)
    if by_hand is not None:
        del said[by_hand]
    wanted = {folded(by_hand)} if by_hand is not None else names - {folded(column) for column in said}
    place = next((place for place, column in enumerate(header) if folded(column) in wanted), None)
    return match_columns(kind, header, said), place if kind.has_money else None


def _write(kind: Kind, reading: _Reading, builder: Builder, connection: Connection, *, write: bool) -> Counts:
    """Write the rows in batches; once one is wrong the others are only checked and counted."""
    upsert = Upsert(kind, connection)
    counts = Counts()
    places_made: dict[str, int] = {}
    for batch in _batches(reading.built(builder), BATCH_ROWS):
        is_written = write and reading.is_clean
        if is_written:
            _make_places(builder, connection, places_made)
        counts += upsert.add(batch, write=is_written)
    if write and reading.is_clean:
        upsert.finish()
    return counts


def _make_places(builder: Builder, connection: Connection, made: dict[str, int]) -> None:
    for table, rows in builder.places().items():
        new = rows[made.get(table.name, 0) :]
        if new:
            connection.execute(insert(table), new)
            made[table.name] = len(rows)


def _created(builder: Builder) -> list[str]:
    return [row["name_en"] for rows in builder.places().values() for row in rows]


def _batches(rows: Iterable[Built], size: int) -> Iterator[list[Built]]:
    batch: list[Built] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _cell(cells: Row, place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _lock_other_imports_out(connection: Connection) -> None:
    """Take a lock that the end of the transaction releases; on PostgreSQL other writers go on."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("narutalk imports"))))


def _record(
    connection: Connection, kind: Kind, result: ImportResult, path: Path, file_name: str, by: str
) -> None:
    """Write down who imported what; running services see by it that there is new data."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    connection.execute(
        insert(record_of(kind.database)).values(
            kind=kind.name,
            file_name=file_name[:200],
            digest=digest,
            inserted=result.inserted,
            updated=result.updated,
            unchanged=result.unchanged,
            imported_by=by[:160],
            imported_at=datetime.now(UTC).replace(tzinfo=None),
        )
    )
