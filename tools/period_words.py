"""Finds a period in an English or Korean sentence, as the canonical strings of `tools.periods`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from narutalk.offline.hints import Found

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


def _counted(words: str) -> dict[str, int]:
    return {word: count for count, word in enumerate(words.split(), 1)}


_NUMBERS = {
    **_counted("one two three four five six seven eight nine ten eleven twelve"),
    **_counted("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열"),
    **{"석": 3, "넉": 4, "일": 1, "이": 2, "삼": 3, "사": 4, "육": 6, "a": 1, "couple of": 2},
}

# "may" is a month only with a capital that no pronoun follows, after a preposition, or before a year.
_EN_MONTH = (
    r"(?P<month>january|february|march|april|june|july|august|september|october|november|december"
    r"|(?-i:May)(?!\s+(?:i|we|you)\b)|(?<=in\s)may|(?<=for\s)may|(?<=of\s)may|may(?=,?\s+20\d\d)"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)(?![a-z])"
)
_ORDINAL = "|".join(_ORDINALS)
_EN_UNIT = (
    rf"(?:{_EN_MONTH}|(?:q(?P<q>[1-4])|(?P<q2>[1-4])q|(?P<qo>{_ORDINAL})[\s-]+quarter|quarter\s+(?P<q3>[1-4]))\b"
    r"|(?:h(?P<h>[12])|(?P<h2>[12])h|(?P<ho>first|1st|second|2nd)[\s-]+half)\b)"
)
_EN_YEAR = (
    r"(?P<year>(?<![\d.,-])20[1-4]\d(?![\d-]|[.,]\d|\s*년)|(?<!\w)['’][1-4]\d\b"
    r"|last\s+year|this\s+year|next\s+year|(?:the\s+)?year\s+before\s+last)"
)
# Two digits are a year only before a month, quarter or half: "10년" alone is ten years.
_KO_YEAR = (
    r"(?P<year>20\d\d\s*년도?|(?<!\d)['’]?[1-4]\d\s*년도?(?=\s*(?:1?\d\s*월|[1-4]\s*분기|[상하전후]반기))|재작년|작년도?|지난\s*해|전년도?"
    r"|올해|올(?=\s)|금년도?|이번\s*해|내년도?|다음\s*해)"
)
_KO_UNIT = (
    r"(?:(?<!\d)(?P<month>1[0-2]|0?[1-9])\s*월(?!요일)달?"
    r"|(?P<q>[1-4]|[일이삼사](?=\s*분기|사))(?:\s*/\s*4|사)?\s*분기|(?P<h>상|하|전|후)반기)"
)
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_EN_SPAN = r"(?P<unit>(?:day|week|month|quarter|year)s?)\b"
_KO_SPAN = r"(?P<unit>개월|달|분기|년|주|일)"
_EN_NEXT = r"(?P<next>next|coming|within)"
_KO_NEXT = r"(?P<next>향후|앞으로|다음)"
_KO_SPANS = {"일": "days", "주": "weeks", "개월": "months", "달": "months", "분기": "quarters", "년": "years"}

YEAR_BEFORE_OF = "year_before:"
A_YEAR_BEFORE = f"{YEAR_BEFORE_OF}year_to_date"
"""What "the same period last year" is, where no other period was asked about before."""

_FIXED: tuple[tuple[str, str], ...] = (
    ("year_to_date", r"year[\s-]+to[\s-]+date|\bytd\b|so\s+far\s+this\s+year|this\s+year\s+so\s+far"
                     r"|since\s+the\s+(?:start|beginning)\s+of\s+(?:the|this)\s+year"),
    ("year_to_date", r"(?:올해|금년)\s*(?:에\s*)?(?:들어서?|현재까지|지금까지|누적)|연초\s*(?:부터|이후)"),
    (A_YEAR_BEFORE, r"(?:the\s+)?same\s+(?:period|time|months?)\s+(?:(?:of|in)\s+)?(?:the\s+)?"
                    r"(?:last|previous)\s+year"
                    r"|(?:작년|전년도?|지난\s*해)\s*(?:의\s*)?(?:(?:같은|동일)\s*기간|동\s*기간?)"),
    ("last_month", r"(?:last|previous|prior)\s+month|지난\s*달|저번\s*달|전월|직전\s*월"),
    ("this_month", r"(?:this|current)\s+month|이번\s*달|이달|금월|당월"),
    ("last_quarter", r"(?:last|previous|prior|past)\s+quarter|(?:지난|전|직전|저번)\s*분기"),
    ("this_quarter", r"(?:this|current)\s+quarter|(?:이번|현|금|당)\s*분기"),
    ("last_half", r"(?:last|previous)\s+half(?:[\s-]+year)?|(?:지난|직전|저번|전)\s*반기"),
    ("this_half", r"(?:this|current)\s+half(?:[\s-]+year)?|(?:이번|현)\s*반기"),
    ("last_week", r"(?:last|previous)\s+week|지난\s*주|저번\s*주|전주(?=[\s에의]|$)"),
    ("this_week", r"(?:this|current)\s+week|이번\s*주|금주"),
    ("last_year", r"previous\s+year|prior\s+year"),
    ("last_7_days", r"(?:the\s+)?past\s+week|(?:최근|지난)\s*(?:일주일|1주일|한\s*주)"),
    ("last_30_days", r"(?:the\s+)?past\s+month|(?:최근|지난)\s*(?:한\s*달|1개월|일\s*개월)"),
    ("last_12_months", r"(?:the\s+)?past\s+year|(?:최근|지난)\s*(?:1\s*년|일\s*년|한\s*해)"),
    ("next_month", r"(?:next|coming)\s+month|다음\s*달|내달|익월"),
    ("next_quarter", r"(?:next|coming)\s+quarter|(?:다음|차)\s*분기"),
    ("next_half", r"(?:next|coming)\s+half(?:[\s-]+year)?|다음\s*반기"),
    ("next_week", r"(?:next|coming)\s+week|다음\s*주"),
    ("today..this_year", r"(?:by|before|until)\s+(?:the\s+)?(?:end\s+of\s+(?:the|this)\s+year|year-end)"
                         r"|(?:올해|금년|연내|연말)\s*(?:안에|내에|까지|중에|이내)|올해\s*말(?:까지)?"),
    ("today..this_month", r"(?:by|before|until)\s+(?:the\s+)?(?:end\s+of\s+(?:the|this)\s+month|month-end)"
                          r"|이번\s*달\s*(?:안에|내에|말까지|말)|월말까지"),
    ("2_days_ago", r"(?:the\s+)?day\s+before\s+yesterday|그저께|그제"),
    ("yesterday", r"\byesterday\b|어제"),
    ("today", r"\btoday\b|오늘"),
    ("tomorrow", r"\btomorrow\b|내일"),
)  # fmt: skip


class _Term(NamedTuple):
    canonical: str
    start: int
    end: int


def _en_unit(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("month"):
        return f"{_MONTH_NAMES.index(groups['month'][:3].lower()) + 1:02}"
    quarter = groups.get("q") or groups.get("q2") or groups.get("q3") or groups.get("qo")
    if quarter:
        return f"Q{_ORDINALS.get(quarter.lower(), quarter)}"
    half = groups.get("h") or groups.get("h2") or groups.get("ho")
    return f"H{_ORDINALS.get(half.lower(), half)}" if half else ""


def _ko_unit(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("month"):
        return f"{int(groups['month']):02}"
    if groups.get("q"):
        return f"Q{_NUMBERS.get(groups['q'], groups['q'])}"
    return f"H{1 if groups['h'] in '상전' else 2}" if groups.get("h") else ""


def _year_of(match: re.Match[str]) -> str:
    text = re.sub(r"\s+", " ", match.groupdict().get("year") or "").lower().lstrip("'’")
    if digits := re.match(r"\d+", text):
        return f"20{digits[0]}"[-4:]
    if not text:
        return ""
    if text.startswith(("재작년", "the year before", "year before")):
        return "2_years_ago"
    if text.startswith(("next", "내년", "다음")):
        return "next_year"
    return "this_year" if text.startswith(("올", "금년", "이번", "this")) else "last_year"


def _dated(unit: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    return lambda match: "-".join(part for part in (_year_of(match), unit(match)) if part)


def _iso(match: re.Match[str]) -> str:
    year, month, day = match["y"], int(match["m"]), match["d"]
    return f"{year}-{month:02}-{int(day):02}" if day else f"{year}-{month:02}"


def _several(match: re.Match[str]) -> str:
    count = match["count"].lower()
    unit = match["unit"].lower()
    plural = _KO_SPANS.get(unit) or f"{unit.removesuffix('s')}s"
    which = "next" if match.groupdict().get("next") else "last"
    return f"{which}_{_NUMBERS.get(count, count)}_{plural}"


def _ago(match: re.Match[str]) -> str:
    count = match["count"].lower()
    unit = match["unit"].lower()
    plural = _KO_SPANS.get(unit) or f"{unit.removesuffix('s')}s"
    return f"{_NUMBERS.get(count, count)}_{plural}_ago"


def _last_of_a_year(match: re.Match[str]) -> str:
    unit = {"q": "Q4", "분": "Q4", "h": "H2", "반": "H2"}.get(match["last"][0].lower(), "12")
    return f"{_year_of(match)}-{unit}"


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), canonical)
    for pattern, canonical in (
        (r"(?<!\d)(?P<y>20\d\d)[-./](?P<m>1[0-2]|0?[1-9])"
         r"(?:[-./](?P<d>3[01]|[12]\d|0?[1-9]))?(?!\d)\.?", _iso),
        (r"(?<!\d)(?P<y>20\d\d)년\s*(?P<m>1[0-2]|0?[1-9])월\s*(?P<d>3[01]|[12]\d|0?[1-9])일", _iso),
        (r"(?<!\d)(?P<year>20\d\d)[-\s](?:q(?P<q>[1-4])|h(?P<h>[12]))\b", _dated(_en_unit)),
        (rf"(?:\b(?:last|past|previous|this)\s+)?(?<![a-z\d]){_EN_UNIT}"
         rf"(?:(?:,|\s+of|\s+in)?\s+(?:the\s+)?{_EN_YEAR})?", _dated(_en_unit)),
        (rf"(?<![a-z]){_EN_YEAR}(?:'s)?\s+{_EN_UNIT}", _dated(_en_unit)),
        (rf"(?<![a-z]){_EN_YEAR}", _dated(_en_unit)),
        (rf"(?:{_KO_YEAR}\s*(?:의\s*)?|지난\s+)?{_KO_UNIT}", _dated(_ko_unit)),
        (rf"{_KO_YEAR}(?<!올)", _dated(_ko_unit)),
        (rf"(?:the\s+)?(?:last|final)\s+(?P<last>quarter|half|month)\s+(?:of|in)\s+(?:the\s+)?{_EN_YEAR}",
         _last_of_a_year),
        (rf"{_KO_YEAR}\s*(?:의\s*)?마지막\s*(?P<last>분기|반기|달)", _last_of_a_year),
        (rf"{_COUNT}\s+{_EN_SPAN}\s+ago\b", _ago),
        (rf"(?<![\d가-힣]){_COUNT}\s*{_KO_SPAN}\s*전(?=[의에]|[^가-힣]|$)", _ago),
        *((pattern, lambda _match, fixed=fixed: fixed) for fixed, pattern in _FIXED),
        (rf"(?:the\s+)?(?:last|past|previous|{_EN_NEXT})\s+{_COUNT}\s+{_EN_SPAN}", _several),
        (rf"(?:최근|지난|과거|{_KO_NEXT})\s*{_COUNT}\s*{_KO_SPAN}(?:간|\s*(?:동안|안에|이내에?))?", _several),
        (rf"(?<![\d가-힣]){_COUNT}\s*{_KO_SPAN}\s*(?P<next>이내에?|안에|내에)", _several),
    )
)  # fmt: skip

_BETWEEN = re.compile(
    r"\s*(?:to|till|until|through|thru|and|-|–|~|∼|부터|에서)\s*(?:the\s+end\s+of\s+)?", re.IGNORECASE
)
_BEFORE = re.compile(
    r"(?:\b(?:in|for|during|over|of|from|on|throughout|within|between|since)\s+)?(?:\bthe\s+)?$",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\bsince\s+(?:the\s+)?$", re.IGNORECASE)
_AFTER = re.compile(r"(?:\s*까지|\s*동안|기준)?(?:(?:에는|에도|에서|에|의|은|는|엔|도)(?![가-힣])|['’]s\b)?")
_KO_SINCE = re.compile(r"\s*(?:부터|이후로?)(?!\s*\S*까지)")
_YEAR_BEFORE = re.compile(
    r"(?:the\s+)?same\s+(?:month|quarter|half|period|time|months)\s+(?:of\s+)?(?:the\s+)?(?:last|previous|prior)\s+year"
    r"|(?:the\s+)?same\s+(?:month|quarter|half|period|time)\s+a\s+year\s+(?:ago|earlier|before)"
    r"|\ba\s+year\s+(?:ago|earlier|before)|\b(?:the\s+)?year\s+before\b|year[\s-]+(?:on|over)[\s-]+year|\byoy\b"
    r"|(?:작년|전년|지난\s*해)(?:의|도)?\s*(?:같은|동일)\s*(?:분기|기간|달|월|반기|시기)|(?:작년|전년)\s*(?:동기|동월|동분기)"
    r"|전년\s*(?:대비|보다)",
    re.IGNORECASE,
)
_SHORT_RANGE = re.compile(
    r"(?:(?P<year>20\d\d)년\s*)?(?<!\d)(?P<a>1[0-2]|0?[1-9])\s*[~∼–-]\s*(?P<b>1[0-2]|0?[1-9])\s*월"
)


def period_behind(earlier: str, found: str) -> str:
    """Return the period that is meant behind an earlier one: "the same period last year" is of that one."""
    if found != A_YEAR_BEFORE:
        return found
    return f"{YEAR_BEFORE_OF}{earlier.removeprefix(YEAR_BEFORE_OF)}"


def period_finder(sentence: str) -> Found | None:
    """Find the first period that a sentence speaks of.

    Returns:
        The canonical string and the words that say it, with their preposition or particle, or None. A
        month, quarter or half said without a year is kept without one.
    """
    found = _short_range(sentence) or _range_or_term(sentence)
    if found is None:
        return None
    if found.canonical == A_YEAR_BEFORE and (later := period_finder(sentence[found.end :])):
        # "전년 동기 대비 올해": the other one is asked about.
        return later._replace(start=found.end + later.start, end=found.end + later.end)
    before = _BEFORE.search(sentence[: found.start])
    after = _AFTER.match(sentence, found.end)
    return Found(
        found.canonical,
        before.start() if before else found.start,
        after.end() if after else found.end,
    )


def against_finder(sentence: str) -> Found | None:
    """Find the period that another one, found before, is compared with; ``year_before`` is relative to it."""
    if match := _YEAR_BEFORE.search(sentence):
        return Found("year_before", match.start(), match.end())
    return period_finder(sentence)


def _range_or_term(sentence: str) -> _Term | None:
    first = _term(sentence)
    if first is None:
        return None
    last = _term(sentence, first.end)
    if last and _BETWEEN.fullmatch(sentence[first.end : last.start]) and _is_range(sentence, first, last):
        left, right = _share_year(first.canonical, last.canonical)
        return _Term(f"{left}..{right}", first.start, last.end)
    since = _KO_SINCE.match(sentence, first.end)
    if since or _SINCE.search(sentence[: first.start]):
        return _Term(f"{first.canonical}..today", first.start, since.end() if since else first.end)
    return first


def _is_range(sentence: str, first: _Term, last: _Term) -> bool:
    """Whether two periods are the ends of one: "Q1 and Q2" are two, "between Q1 and Q2" is one."""
    joint = sentence[first.end : last.start].strip().lower()
    return joint != "and" or bool(re.search(r"\bbetween\s+$", sentence[: first.start], re.IGNORECASE))


def _term(sentence: str, position: int = 0) -> _Term | None:
    """Return the leftmost and then longest period from a position on."""
    best: _Term | None = None
    for pattern, canonical in _RULES:
        match = pattern.search(sentence, position)
        if match is None:
            continue
        if best is None or (match.start(), -match.end()) < (best.start, -best.end):
            best = _Term(canonical(match), match.start(), match.end())
    return best


def _share_year(first: str, last: str) -> tuple[str, str]:
    """Give a month, quarter or half without a year the year of the other end."""
    units = re.compile(r"(?P<year>\d{4}|\w+_year|\d_years_ago)-(?:Q\d|H\d|\d\d)")
    bare = re.compile(r"Q\d|H\d|\d\d")
    if (dated := units.fullmatch(first)) and bare.fullmatch(last):
        return first, f"{dated['year']}-{last}"
    if (dated := units.fullmatch(last)) and bare.fullmatch(first):
        return f"{dated['year']}-{first}", last
    return first, last


def _short_range(sentence: str) -> _Term | None:
    match = _SHORT_RANGE.search(sentence)
    if match is None:
        return None
    year = f"{match['year']}-" if match["year"] else ""
    return _Term(f"{year}{int(match['a']):02}..{year}{int(match['b']):02}", match.start(), match.end())
