"""Numbers in an answer's text, however they are written: 1,234,000 KRW, 123만 4,000원, 1.2 million."""

import re
from typing import NamedTuple

UNITS = {
    "천": 1e3,
    "만": 1e4,
    "억": 1e8,
    "조": 1e12,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,])"  # not the 0015 of E0015, nor the rest of a number
    r"(?P<sign>(?<![\d\w)])[-−])?"
    r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<fraction>\.\d+)?"
    r"(?:\s?(?P<unit>천만|백만|천|만|억|조|thousand\b|million\b|billion\b|trillion\b))?",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d(?:-\d\d)?(?!\d)")
"""A day or month as the services write it: no figure, but full of numbers."""
_COMBINED_UNITS = {"천만": 1e7, "백만": 1e6}
_KOREAN_UNITS = {"천", "만", "억", "조", *_COMBINED_UNITS}


class Number(NamedTuple):
    """A number as it is written.

    Attributes:
        value: With its unit multiplied in.
        tolerance: Half of its last digit, where digits were left out: 1.2억 stands for 115 to 125 million.
    """

    value: float
    tolerance: float

    def stands_for(self, expected: float) -> bool:
        """Whether it is the expected number, as far as it was written out."""
        return abs(self.value - expected) <= self.tolerance + 1e-6 * max(1.0, abs(expected)) * 1e-3


def numbers_in(text: str) -> list[Number]:
    """Return the numbers of a text in their order; 1억 2,345만 is one, and 2026-09-30 none."""
    text = _DATE.sub(" ", text)
    found: list[Number] = []
    open_end, open_scale = -1, 0.0
    for match in _NUMBER.finditer(text):
        unit = (match["unit"] or "").lower()
        scale = _COMBINED_UNITS.get(unit) or UNITS.get(unit, 1.0)
        number = _read(match, scale)
        goes_on = open_end >= 0 and text[open_end : match.start()].strip(" ") == "" and scale < open_scale
        if goes_on and found:
            number = Number(found.pop().value + number.value, number.tolerance)
        found.append(number)
        open_end, open_scale = (match.end(), scale) if unit in _KOREAN_UNITS else (-1, 0.0)
    return found


def _read(match: re.Match[str], scale: float) -> Number:
    fraction = match["fraction"] or ""
    value = float(match["whole"].replace(",", "") + fraction) * scale
    exact = not fraction and scale == 1
    tolerance = 0.0 if exact else 0.5 * scale * 10.0 ** -max(len(fraction) - 1, 0)
    return Number(-value if match["sign"] else value, tolerance)
