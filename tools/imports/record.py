"""Columns that tables of the company's data share: the currency of money, and what was imported."""

import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, String, text
from sqlalchemy.orm import Mapped, mapped_column

from narutalk.money import COMPANY_CURRENCY


class Booked:
    """A row with money. All of its amounts are in minor units of its currency, the company's."""

    currency: Mapped[str] = mapped_column(
        String(3), default=COMPANY_CURRENCY, server_default=text(f"'{COMPANY_CURRENCY}'")
    )

    @staticmethod
    def check(table: str) -> CheckConstraint:
        """Return the constraint that keeps other currencies out, so that no sum mixes them."""
        return CheckConstraint(f"currency = '{COMPANY_CURRENCY}'", name=f"{table}_in_company_currency")


class ImportRecord:
    """One import that was applied. The largest id says which data a reader has seen (`freshness`).

    Attributes:
        digest: The file's SHA-256.
        imported_at: In UTC.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    inserted: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    imported_by: Mapped[str] = mapped_column(String(160))
    imported_at: Mapped[datetime.datetime]


def one_of(column: str, values: type[StrEnum], *, name: str) -> CheckConstraint:
    """Return the constraint that a column holds one of an enum's values."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=name)
