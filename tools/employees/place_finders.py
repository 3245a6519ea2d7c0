"""How departments and regions are found in a sentence, for the offline model."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from narutalk.offline.hints import ArgumentFinder, Found
from tools.employees.records import Place
from tools.place_sounds import find_by_sound

REMEMBERED_PLACES = 256

Places = Callable[[], Sequence[Place]]
PlacePattern = Callable[[str, str], re.Pattern[str]]


def place_finder(places: Places, pattern: PlacePattern) -> ArgumentFinder:
    """Find a department or region, when a sentence names one only; the value is its English name.

    Args:
        places: Those to look for.
        pattern: Of the ways one is said; see `department_pattern`, `region_pattern`.
    """

    def find(sentence: str) -> Found | None:
        named = _named(places, pattern, sentence)
        return named[0] if len(named) == 1 else None

    return find


def several_places_finder(places: Places, pattern: PlacePattern, kind: str) -> ArgumentFinder:
    """Find ``kind`` when a sentence names two places or more: then they are to be compared.

    Args:
        places: Those to look for.
        pattern: As for `place_finder`, which finds nothing in such a sentence.
        kind: The value: "department" or "region".
    """

    def find(sentence: str) -> Found | None:
        named = _named(places, pattern, sentence)
        return Found(kind, named[0].start, named[0].end) if len(named) > 1 else None

    return find


def sounding_finder(places: Places) -> ArgumentFinder:
    """Find a place that a sentence only sounds like; see `find_by_sound`."""
    return lambda sentence: find_by_sound(sentence, [(place.name_en, place.name_ko) for place in places()])


def _named(places: Places, pattern: PlacePattern, sentence: str) -> list[Found]:
    return [
        Found(place.name_en, match.start(), match.end())
        for place in places()
        if (match := pattern(place.name_en, place.name_ko).search(sentence))
    ]


_TEAM_EN = r"(?:\s+(?:department|dept\.?|team|division|group)\b)?"
_TEAM_KO = r"(?:\s*(?:부서|팀|본부|부문|실(?!적)))"
_SALES_WORDS = (
    r"\b(?i:sales\s+(?:team|department|dept\.?|division|staff|force|reps?|representatives?|people|employees|"
    r"associates?|managers?|directors?)|(?<=in\s)sales\b(?!\s+(?:of|for|figures|amount))|(?<=in\sthe\s)sales\b"
    r"|(?<=\sof\s)sales(?=\s*[?.!]?\s*$)|salespeople|salesmen)\b|(?<=[a-z,]\s)Sales\b(?!\s+(?i:of|figures|targets?|results|amount|data|by|for|in)\b)"
)
_BARE_IS_AMBIGUOUS = frozenset(("영업", "인사"))


@lru_cache(maxsize=REMEMBERED_PLACES)
def department_pattern(name_en: str, name_ko: str) -> re.Pattern[str]:
    """Return the ways a department is said: its names, "… team", "…팀", and initials such as HR."""
    stem = name_ko.removesuffix("부")
    korean = rf"(?<![가-힣]){re.escape(stem)}(?:{_TEAM_KO}|부(?:서)?(?![가-힣]{{2}}서))"
    if stem in _BARE_IS_AMBIGUOUS:
        korean += rf"|(?<![가-힣]){stem}(?:\s*사원(?:들)?|(?=\s*(?:쪽|직원|인원|담당)))"
    else:
        korean += rf"|(?<![가-힣]){re.escape(stem)}"
    if name_en == "Sales":
        return re.compile(rf"{_SALES_WORDS}|{korean}")
    words = name_en.split()
    latin = rf"\b(?i:{re.escape(name_en)}){_TEAM_EN}"
    if len(words) > 1:
        initials = "".join(word[0] for word in words)
        latin += rf"|(?<![A-Za-z]){initials}(?![A-Za-z]){_TEAM_EN}{_TEAM_KO}?"
        latin += rf"|\b(?i:{initials})\s+(?i:department|dept|team)\b"
    if words[-1] == "Support":
        latin += r"|\b(?i:support\s+(?:team|staff|department))\b"
    return re.compile(rf"{latin}|{korean}")


@lru_cache(maxsize=REMEMBERED_PLACES)
def region_pattern(name_en: str, name_ko: str) -> re.Pattern[str]:
    """Return the ways a region is said: its names, with "region", "branch" or "지역" after them."""
    latin = rf"\b(?i:{re.escape(name_en)})\b(?:\s+(?:region|branch|office|area)\b)?"
    korean = rf"(?<![가-힣]){re.escape(name_ko)}(?:특별시|광역시|도(?=\s))?"
    korean += r"(?:\s*(?:지역|지점|지사|사무소)(?!별))?"
    return re.compile(rf"{latin}|{korean}")
