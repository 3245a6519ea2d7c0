"""How figures and codes read in each language."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from narutalk.languages import Language
from tools.employees.models import EmployeeStatus, Position

EN, KO = Language.EN, Language.KO

POSITIONS: dict[Position, dict[Language, str]] = {
    Position.ASSOCIATE: {EN: "Associate", KO: "사원"},
    Position.SENIOR_ASSOCIATE: {EN: "Senior Associate", KO: "대리"},
    Position.MANAGER: {EN: "Manager", KO: "과장"},
    Position.SENIOR_MANAGER: {EN: "Senior Manager", KO: "차장"},
    Position.DIRECTOR: {EN: "Director", KO: "부장"},
}
STATUSES: dict[EmployeeStatus, dict[Language, str]] = {
    EmployeeStatus.ACTIVE: {EN: "active", KO: "재직"},
    EmployeeStatus.ON_LEAVE: {EN: "on leave", KO: "휴직"},
    EmployeeStatus.LEFT: {EN: "left", KO: "퇴사"},
}
MAX_ROWS = 10
_NUMBER = re.compile(r"[-+]?[\d,.]+(?:\s?(?:%|KRW|원|명))?|[–—-]?")
HANGUL_FINALS = 28  # syllables per vowel: 27 final consonants and none (Unicode 3.12)
CLOSED_WHEN_READ = "013678lmnLMN"  # whose Korean reading ends in a consonant


def krw(amount: float, language: Language) -> str:
    """Return an amount such as ``1,234,567 KRW`` or ``1,234,567원``."""
    return f"{amount:,.0f}원" if language is KO else f"{amount:,.0f} KRW"


def percent(value: float | None) -> str:
    """Return a percentage with one decimal, or a dash when there is none."""
    return "—" if value is None else f"{value:.1f}%"


def people(count: int, language: Language) -> str:
    """Return a head count such as ``12 people`` or ``12명``."""
    if language is KO:
        return f"{count:,}명"
    return f"{count:,} person" if count == 1 else f"{count:,} people"


def month(day: date) -> str:
    """Return a month such as ``2026-07``."""
    return f"{day:%Y-%m}"


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """Return a Korean word with the particle its last sound asks for: 은/는, 이/가, 을/를.

    What stands in brackets after a word is not read with it: 김민수(E0042)는.
    """
    last = next((char for char in reversed(word.partition("(")[0]) if char.isalnum()), "")
    return word + (after_consonant if _ends_closed(last) else after_vowel)


def topic(word: str) -> str:
    """Return a Korean word with 은 or 는."""
    return particle(word, "은", "는")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; columns of numbers are set to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    numbers = [bool(column) and all(map(_NUMBER.fullmatch, column)) for column in zip(*cells, strict=True)]
    marks = ["---:" if place and is_number else "---" for place, is_number in enumerate(numbers)]
    lines = ["| " + " | ".join(header) + " |", f"|{'|'.join(marks or ['---'] * len(header))}|"]
    lines += [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(lines)


def more_rows(shown: int, total: int, language: Language) -> str:
    """Return a line that says how many rows a table leaves out; empty when it shows all."""
    if total <= shown:
        return ""
    if language is KO:
        return f"외 {total - shown:,}건이 더 있습니다."
    return f"… and {total - shown:,} more."


def paragraphs(*parts: str) -> str:
    """Join the parts that are not empty, with a blank line between."""
    return "\n\n".join(part for part in parts if part)


def _ends_closed(last: str) -> bool:
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % HANGUL_FINALS != 0
    return bool(last) and last in CLOSED_WHEN_READ


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")
