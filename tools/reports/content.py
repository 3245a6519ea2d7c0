"""What a report says, whatever the file format and whatever it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from narutalk.languages import Language
from narutalk.sql_recording import RecordedQuery
from tools.periods import Period

Cell = str | int | float | None
MIN_POINTS_OF_A_LINE = 3
MIN_ROWS_OF_A_CHART = 2
NOTHING = "—"
WITHHELD = "※"
"""Stands where a figure is not shown to the one who asks; a note of the section says why."""

Shape = Literal["columns", "bars", "lines"]


class Kind(StrEnum):
    """How a value reads.

    `MONEY` is whole KRW, `COUNT` a whole number, `SHARE` a fraction of 1 and `CHANGE` a signed one, both read
    as percent; `NUMBER` has one decimal.
    """

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    CHANGE = "change"
    NUMBER = "number"


@dataclass(frozen=True)
class Figure:
    """One value that stands out, with its label."""

    label: str
    value: Cell
    kind: Kind = Kind.TEXT

    def text(self, language: Language) -> str:
        """Return the value as people read it, with its unit."""
        text = cell_text(self.value, self.kind)
        if self.kind is not Kind.MONEY or not isinstance(self.value, int):
            return text
        return f"{text}원" if language is Language.KO else f"{text} KRW"


@dataclass(frozen=True)
class Column:
    """A column of a table; money and the like are set to the right."""

    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Chart:
    """Draws columns of the table it belongs to, and so never says anything else.

    Attributes:
        title: Stands above it.
        columns: Which ones, by their place in the table; all of one kind. The first column names the rows.
        shape: Upright columns, bars that lie (for long names), or lines over time.
        max_rows: So many of the table's first rows are drawn.
    """

    title: str
    columns: tuple[int, ...]
    shape: Shape = "columns"
    max_rows: int = 36


@dataclass(frozen=True)
class Table:
    """A table, and what is drawn of it.

    Attributes:
        title: Stands above it.
        columns: At least one.
        rows: A value for each column; None where there is none.
        note: Stands below it: which rows are left out, for instance.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Chart | None = None
    note: str = ""

    @property
    def drawn(self) -> Chart | None:
        """The chart, when the rows are worth one: at least two, not all of them nothing."""
        if self.chart is None or len(self.drawn_rows) < MIN_ROWS_OF_A_CHART:
            return None
        values = [row[place] for row in self.drawn_rows for place in self.chart.columns]
        return self.chart if any(value for value in values) else None

    @property
    def drawn_rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows of the chart; one with a withheld figure is none of them."""
        if self.chart is None:
            return ()
        places = self.chart.columns
        whole = [row for row in self.rows if not any(isinstance(row[place], str) for place in places)]
        return tuple(whole[: self.chart.max_rows])

    @property
    def is_line(self) -> bool:
        """Whether the chart is drawn as lines: they need a few points."""
        return bool(
            self.chart and self.chart.shape == "lines" and len(self.drawn_rows) >= MIN_POINTS_OF_A_LINE
        )

    def text_rows(self) -> list[list[str]]:
        """Return the rows as people read them."""
        return [
            [cell_text(cell, column.kind) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        title: Of the part.
        text: A few sentences.
        figures: Stand out above the tables.
        notes: What a reader must know: what the data covers, what is withheld.
        method: How its figures were got, in words.
        queries: The SQL that was asked for them.
    """

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    method: str = ""
    queries: tuple[RecordedQuery, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A report before it is known who asked for it, and when.

    Attributes:
        kind: What it is about, such as ``sales``.
        period: The days that the figures are for; None where they are of one day, told by `period_label`.
        filters: What it is narrowed down to, by name; empty for everything.
        rights: What the person who asks may see, and what is withheld from them.
    """

    kind: str
    language: Language
    title: str
    period_label: str
    period: Period | None
    filters: tuple[Figure, ...]
    rights: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """A whole report: the draft, for whom it was made, by whom, and when (with the time zone)."""

    draft: Draft
    company: str
    asked_by: str
    made_at: datetime
    expires_at: datetime

    @property
    def language(self) -> Language:
        return self.draft.language

    @property
    def title(self) -> str:
        return self.draft.title

    @property
    def sections(self) -> Sequence[Section]:
        return self.draft.sections

    @property
    def methods(self) -> list[Section]:
        """The sections whose figures the appendix explains."""
        return [section for section in self.sections if section.method or section.queries]


def cell_text(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it, without a unit."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return f"{cell:.1%}"
    if kind is Kind.CHANGE:
        return f"{cell:+.1%}"
    return f"{cell:,.1f}" if kind is Kind.NUMBER else f"{cell:,}"
