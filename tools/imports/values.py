"""Turns what stands in a cell into a value: text, whole numbers, days, months, choices and money.

Each reader takes the trimmed text of a cell that is not empty, and raises `Fault` when it is nothing of
the kind.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.money import COMPANY_CURRENCY, CURRENCY_EXPONENTS, MoneyError, WrittenMoney, convert, read_money
from narutalk.money import to_minor as exact_minor
from tools.contact_details import MAX_EMAIL_CHARS, is_email, is_phone
from tools.imports.problems import Fault

Reader = Callable[[str], Any]
DateOrder = Literal["ymd", "mdy", "dmy"]

MIN_YEAR, MAX_YEAR = 1900, 2100
MAX_INTEGER = 2**31 - 1
CACHED_VALUES = 4096

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_INTEGER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?")
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s*(?P<zone>.*)"
)
_ZONE = re.compile(r"Z|UTC|[-+]\d{2}(?::?\d{2})?", re.IGNORECASE)
_SEPARATED = re.compile(r"(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})\.?")
_KOREAN_DATE = re.compile(r"(\d{4})\s*년\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.]|년\s*)\s*(\d{1,2})\s*월?|(\d{4})(\d{2})")
_ORDERS: dict[DateOrder, tuple[int, int, int]] = {"ymd": (0, 1, 2), "mdy": (2, 0, 1), "dmy": (2, 1, 0)}

_NOT_WORDS = re.compile(r"[^0-9a-z\u3131-\u318e가-힣]+")


def folded(text: str) -> str:
    """Return the letters and digits of a text in lower case: "Hire Date" and "hire_date" are alike."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", text).casefold())


def text_up_to(limit: int) -> Reader:
    """Return a reader of text of at most so many characters."""

    def read(written: str) -> str:
        if len(written) > limit:
            raise Fault("text_too_long", limit=limit)
        if _CONTROL.search(written):
            raise Fault("text_control")
        return unicodedata.normalize("NFC", written)

    return read


def employee_id_up_to(limit: int) -> Reader:
    """Return a reader of employees' ids, in capitals as `Identity.employee_id` has them."""
    read_text = text_up_to(limit)
    return lambda written: read_text(written.upper())


def read_email(written: str) -> str:
    """Return an e-mail address, as far as its form says."""
    if not is_email(written):
        raise Fault("email_invalid")
    return str(text_up_to(MAX_EMAIL_CHARS)(written))


def read_phone(written: str) -> str:
    """Return a phone number, as far as its form says."""
    plain = " ".join(unicodedata.normalize("NFKC", written).split())
    if not is_phone(plain):
        raise Fault("phone_invalid")
    return plain


def integer_between(lowest: int, highest: int = MAX_INTEGER) -> Reader:
    """Return a reader of whole numbers."""

    def read(written: str) -> int:
        plain = unicodedata.normalize("NFKC", written)
        if len(plain) > 30 or not _INTEGER.fullmatch(plain):
            raise Fault("integer_invalid")
        value = int(plain.replace(",", "").replace("−", "-").split(".")[0])
        if not lowest <= value <= highest:
            raise Fault("integer_range", lowest=lowest, highest=highest)
        return value

    return read


def date_reader(order: DateOrder = "ymd") -> Reader:
    """Return a reader of days.

    A time with a zone is turned into the company's zone first, so that it falls on the day it was here; a
    time without one is taken to be the company's.

    Args:
        order: How a date of numbers is written that does not begin with the year; a year in front is always
            understood.
    """

    @lru_cache(CACHED_VALUES)
    def read(written: str) -> date:
        plain = unicodedata.normalize("NFKC", written).strip()
        try:
            day = _timestamp_day(plain) or _written_day(plain, order)
        except ValueError as error:
            raise Fault("date_invalid") from error
        if not MIN_YEAR <= day.year <= MAX_YEAR:
            raise Fault("date_range", lowest=MIN_YEAR, highest=MAX_YEAR)
        return day

    return read


def month_reader(order: DateOrder = "ymd") -> Reader:
    """Return a reader of months: "2026-10", "2026년 10월", "202610", or any day in it.

    What is read is the first day.
    """
    read_day = date_reader(order)

    @lru_cache(CACHED_VALUES)
    def read(written: str) -> date:
        match = _MONTH.fullmatch(unicodedata.normalize("NFKC", written).strip())
        try:
            if match is None:
                day: date = read_day(written)
                return day.replace(day=1)
            year, month = (int(part) for part in match.groups() if part)
            first = date(year, month, 1)
        except (ValueError, Fault) as error:
            raise Fault("month_invalid") from error
        if not MIN_YEAR <= first.year <= MAX_YEAR:
            raise Fault("date_range", lowest=MIN_YEAR, highest=MAX_YEAR)
        return first

    return read


@dataclass(frozen=True)
class Choice:
    """Reads one of several values.

    Attributes:
        by_word: The value that each word means, the words folded.
        known: A word for each value, as people are told.
    """

    by_word: Mapping[str, Any]
    known: tuple[str, ...]

    def __call__(self, written: str) -> Any:
        value = self.by_word.get(folded(written))
        if value is None:
            raise Fault("choice_unknown", known=", ".join(self.known))
        return value


def choice_of(words: Mapping[Any, str]) -> Choice:
    """Return a reader of one of several values.

    Args:
        words: For each value the words that mean it, separated by commas; its own name means it, too.
    """
    by_word = {
        folded(word): value for value, said in words.items() for word in (str(value), *said.split(","))
    }
    return Choice(by_word, tuple(str(value) for value in words))


_YES = ("yes", "y", "true", "1", "o", "예", "네", "있음", "자동", "자동갱신", "auto")
_NO = ("no", "n", "false", "0", "x", "아니오", "아니요", "없음", "수동", "manual")
read_bool = Choice({folded(word): word in _YES for word in (*_YES, *_NO)}, ("yes", "no"))


def read_currency(written: str) -> str:
    """Return a currency's ISO 4217 code."""
    code = unicodedata.normalize("NFKC", written).strip().upper()
    if code not in CURRENCY_EXPONENTS:
        raise Fault("currency_unknown")
    return code


@lru_cache(CACHED_VALUES)
def read_amount(written: str) -> WrittenMoney:
    """Return an amount with the currency it names."""
    try:
        return read_money(written)
    except MoneyError as error:
        raise Fault(error.code) from error


def book_amount(money: WrittenMoney, currency: str | None, rates: Mapping[str, Decimal]) -> int:
    """Return an amount as it stands in the books: in minor units of the company currency.

    Args:
        money: As written.
        currency: Of the row or the file, where they name one.
        rates: Company currency units for a unit of each foreign currency that may be converted.

    Raises:
        Fault: The currencies contradict each other, there is no rate, or the amount does not fit.
    """
    if money.currency and currency and money.currency != currency:
        raise Fault("currency_differs", currency=currency)
    of = money.currency or currency or COMPANY_CURRENCY
    try:
        if of == COMPANY_CURRENCY:
            return exact_minor(money.amount, of)
        if of not in rates:
            raise Fault("currency_foreign", currency=of, company=COMPANY_CURRENCY)
        return convert(money.amount, of, rates[of])
    except MoneyError as error:
        raise Fault(error.code) from error


def _timestamp_day(plain: str) -> date | None:
    match = _TIMESTAMP.fullmatch(plain)
    if match is None:
        return None
    zone = match["zone"].strip()
    if not zone:
        return date.fromisoformat(match["day"])
    if not _ZONE.fullmatch(zone):
        raise ValueError(zone)
    without_zone = plain[: match.start("zone")].strip().replace(",", ".")
    moment = datetime.fromisoformat(without_zone + ("+00:00" if zone.upper() in ("Z", "UTC") else zone))
    return moment.astimezone(COMPANY_TIME_ZONE).date()


def _written_day(plain: str, order: DateOrder) -> date:
    korean = _KOREAN_DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    if korean:
        return date(*(int(part) for part in korean.groups()))
    match = _SEPARATED.fullmatch(plain)
    if match is None:
        raise ValueError(plain)
    parts = match.groups()
    year, month, day = _ORDERS["ymd" if len(parts[0]) == 4 else order]
    if len(parts[year]) != 4:
        raise ValueError(plain)
    return date(int(parts[year]), int(parts[month]), int(parts[day]))
