"""What is wrong with a file or one of its rows: stable codes, with the reason in both languages."""

from typing import Any

from pydantic import BaseModel

from narutalk.errors import InvalidInput
from narutalk.languages import Language

MAX_VALUE_CHARS = 80

REASONS: dict[str, tuple[str, str]] = {
    "required": ("A value is required.", "값이 필요합니다."),
    "text_too_long": ("Longer than {limit} characters.", "{limit}자보다 깁니다."),
    "text_control": ("Holds control characters.", "제어 문자가 들어 있습니다."),
    "phone_invalid": ("No phone number.", "전화번호가 아닙니다."),
    "email_invalid": ("No e-mail address.", "이메일 주소가 아닙니다."),
    "integer_invalid": ("Not a whole number.", "정수가 아닙니다."),
    "integer_range": ("Not between {lowest} and {highest}.", "{lowest}~{highest} 범위가 아닙니다."),
    "date_invalid": (
        "Not a date such as 2026-10-31.",
        "2026-10-31과 같은 날짜가 아닙니다.",
    ),
    "date_range": ("Not between the years {lowest} and {highest}.", "{lowest}~{highest}년 사이가 아닙니다."),
    "month_invalid": ("Not a month such as 2026-10.", "2026-10과 같은 월이 아닙니다."),
    "choice_unknown": ("Not one of: {known}.", "다음 중 하나가 아닙니다: {known}."),
    "money_invalid": ("Not an amount such as 1,234,000.", "1,234,000과 같은 금액이 아닙니다."),
    "money_fraction": ("Finer than the currency's smallest unit.", "통화의 최소 단위보다 작은 금액입니다."),
    "money_range": ("Too large or too small an amount.", "금액의 범위를 벗어났습니다."),
    "money_negative": ("May not be negative.", "음수일 수 없습니다."),
    "money_not_positive": ("Must be above 0.", "0보다 커야 합니다."),
    "currency_unknown": ("No currency code of ISO 4217.", "ISO 4217 통화 코드가 아닙니다."),
    "currency_foreign": (
        "In {currency}, but the books are in {company}; give a rate.",
        "{currency} 금액이지만 장부는 {company}입니다. 환율을 지정하세요.",
    ),
    "currency_differs": (
        "The amount says another currency than the row: {currency}.",
        "금액의 통화가 행의 통화({currency})와 다릅니다.",
    ),
    "name_required": ("A name in Korean or in English is required.", "한글 또는 영문 이름이 필요합니다."),
    "department_unknown": (
        "No such department. Known: {known}.",
        "그런 부서가 없습니다. 있는 부서: {known}.",
    ),
    "region_unknown": ("No such region. Known: {known}.", "그런 지역이 없습니다. 있는 지역: {known}."),
    "employee_unknown": ("No such employee.", "그런 직원이 없습니다."),
    "owner_unknown": (
        "No such employee is known; give the owner's name too.",
        "알려진 직원이 아닙니다. 담당자 이름도 함께 지정하세요.",
    ),
    "client_unknown": ("No such client.", "그런 거래처가 없습니다."),
    "product_unknown": ("No such product.", "그런 제품이 없습니다."),
    "manager_unknown": (
        "No such employee, neither in the file nor before.",
        "파일에도 기존 자료에도 없는 직원입니다.",
    ),
    "manager_cycle": ("Reports to themselves, directly or through others.", "보고 체계가 순환합니다."),
    "left_before_hired": ("Left before being hired.", "퇴사일이 입사일보다 빠릅니다."),
    "left_contradicts": (
        "Who has left has a date of leaving, and nobody else has.",
        "퇴사자만, 그리고 모든 퇴사자는 퇴사일이 있어야 합니다.",
    ),
    "ends_before_start": ("Does not end after it starts.", "종료일이 시작일 뒤가 아닙니다."),
    "amount_mismatch": (
        "Is not quantity times unit price, which is {expected}.",
        "수량×단가({expected})와 다릅니다.",
    ),
    "kind_contradicts": (
        "A return has a negative quantity, a sale a positive one.",
        "반품은 수량이 음수, 판매는 양수여야 합니다.",
    ),
    "days_do_not_add_up": (
        "Days present, on leave and sick are {sum}, not the working days.",
        "출근·휴가·병가 일수의 합({sum})이 근무일수와 다릅니다.",
    ),
    "late_beyond_present": ("More days late than present.", "지각 일수가 출근 일수보다 많습니다."),
    "days_beyond_month": ("More days than the month has.", "그 달의 일수보다 많습니다."),
    "duplicate_key": ("The same key as in row {first}.", "{first}행과 키가 같습니다."),
    "duplicate_value": ("Already in use by {other}.", "{other}에서 이미 사용 중입니다."),
    "too_many_cells": ("More cells than the header has.", "머리글보다 칸이 많습니다."),
}


class Fault(Exception):
    """One value, or one row, is wrong; the importer says in which row.

    Args:
        code: One of `REASONS`.
        field: Which field; None for the one being read.
        value: What was given; None for what stands in the column.
        params: What the reason names.
    """

    def __init__(
        self, code: str, *, field: str | None = None, value: str | None = None, **params: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value
        self.params = params


class Reason(BaseModel):
    """A sentence in both languages."""

    en: str
    ko: str

    def text(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self.ko if language is Language.KO else self.en


class Problem(BaseModel):
    """What is wrong in one row.

    Attributes:
        row: As a spreadsheet numbers it: the header is 1.
        column: The file's name of the column; the field's own where the file has none.
        value: What stands there, cut after `MAX_VALUE_CHARS`.
        code: One of `REASONS`.
        reason: For people.
    """

    row: int
    column: str
    value: str
    code: str
    reason: Reason


def problem(row: int, column: str, value: str, fault: Fault) -> Problem:
    """Return a fault together with where it is."""
    english, korean = REASONS[fault.code]
    shown = value if len(value) <= MAX_VALUE_CHARS else f"{value[: MAX_VALUE_CHARS - 1]}…"
    return Problem(
        row=row,
        column=column,
        value=shown,
        code=fault.code,
        reason=Reason(en=english.format(**fault.params), ko=korean.format(**fault.params)),
    )


def unreadable(code: str, english: str, korean: str, **details: Any) -> InvalidInput:
    """Return the error of a file that cannot be imported at all, whatever its rows hold."""
    return InvalidInput(english, code=code, details={"en": english, "ko": korean, **details})
