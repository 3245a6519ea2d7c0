"""How arguments of the employee tools are found in a sentence, for the offline model."""

import re
from functools import lru_cache
from typing import Any

from narutalk.offline.finders import names
from narutalk.offline.hints import ArgumentFinder, Found
from tools.employees.directory import Directory
from tools.employees.names import KOREAN_TITLE, LATIN_TITLE, POSITION_TITLES
from tools.employees.self_reference import find_oneself
from tools.identifiers import with_name_before
from tools.periods import period_finder

REMEMBERED_SENTENCES = 128

_TITLE_AFTER = re.compile(rf"\s*(?P<title>{KOREAN_TITLE})(?!당|별)|['\u2019]s\b|\s*-?ssi\b")
_TITLE_BEFORE = re.compile(rf"{LATIN_TITLE}\s*$", re.IGNORECASE)
_FAMILY_NAMES = (
    "김이박최정강조윤장임한오서신권황안송유류전홍고문양손배백허남심"
    "노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길"
)
_SAID_OF_PEOPLE = "|".join(
    str.split(
        r"""지난 올해 작년 이번 금년 최근 \d+월 20\d\d 상반기 하반기 매출 실적 목표 달성 연봉 급여
        근태 휴가 지각 병가 평가 이메일"""
    )
)
_KOREAN_STRANGER = re.compile(
    rf"(?<![가-힣])(?P<name>[{_FAMILY_NAMES}][가-힣]{{2}})"
    rf"(?=\s*(?:씨|님|사원|대리|과장|차장|부장)|의\s|(?<![별의에는를을로들만도씩])\s+(?:{_SAID_OF_PEOPLE}))"
)
_CAPITALISED = r"[A-Z][a-z]+(?:-[a-z]+)?"
_CAPITALISED_WORDS = re.compile(rf"\b{_CAPITALISED}(?: {_CAPITALISED})+\b")
_NOT_NAMES = frozenset(
    str.split(
        """how what who which when where show list tell give find get compare please is are was did does the
        january february march april may june july august september october november december senior associate
        manager director annual salary sales last this north south team department human resources quality
        assurance customer support information technology employee employees
        hospital clinic pharmacy medical center region branch"""
    )
)
_NOT_NAMES_KO = frozenset(
    str.split("지난달 지난해 전분기 지난주 전체의 이번달 하반기 상반기 전년도 전직원 마케팅 이번에 이번엔")
)


def employee_finder(directory: Directory) -> ArgumentFinder:
    """Find a person: an id, a name of the company's own with its title, what looks like a name, or "my"."""
    by_name = names(directory.sentence_names)

    @lru_cache(maxsize=REMEMBERED_SENTENCES)
    def find_remembered(sentence: str, _version: float) -> Found | None:
        if by_id := directory.ids().find(sentence):
            return _widened(sentence, with_name_before(sentence, by_id, by_name))
        found = by_name(sentence) or _find_stranger(sentence, directory)
        return _widened(sentence, found) if found else find_oneself(sentence)

    return lambda sentence: find_remembered(sentence, directory.names_read_at())


def _find_stranger(sentence: str, directory: Directory) -> Found | None:
    """Find what looks like the name of somebody who does not work here, so that the tool can say so."""
    places = [*directory.departments(), *directory.regions()]
    words = _NOT_NAMES | {word.lower() for place in places for word in place.name_en.split()}
    for match in _CAPITALISED_WORDS.finditer(sentence):
        name = match[0].split()
        while len(name) > 2 and name[0].lower() in words:
            name.pop(0)
        # Three words are a company's name rather than a person's.
        if len(name) == 2 and not words & {word.lower() for word in name}:
            return Found(" ".join(name), match.end() - len(" ".join(name)), match.end(), sure=False)
    for match in _KOREAN_STRANGER.finditer(sentence):
        if match["name"] not in _NOT_NAMES_KO and not any(
            match["name"] in p.name_ko or match["name"].startswith(p.name_ko.removesuffix("부"))
            for p in places
        ):
            return Found(match["name"], match.start(), match.end(), sure=False)
    return None


def _widened(sentence: str, found: Found) -> Found:
    """Take up the title and "'s" around a name; a rank becomes part of the value."""
    value, start, end, sure = found
    if before := _TITLE_BEFORE.search(sentence[:start]):
        start = before.start()
    if after := _TITLE_AFTER.match(sentence, end):
        rank = (after["title"] or "").removesuffix("님")
        value, end = (f"{value} {rank}" if rank in POSITION_TITLES else value), after.end()
    return Found(value, start, end, sure)


def first_of(*entries: tuple[Any, str]) -> ArgumentFinder:
    """Find the first value whose pattern matches; the words of its first group, or all, are taken up."""
    compiled = [(value, re.compile(pattern, re.IGNORECASE)) for value, pattern in entries]

    def find(sentence: str) -> Found | None:
        for value, pattern in compiled:
            if match := pattern.search(sentence):
                group = 1 if pattern.groups and match[1] is not None else 0
                return Found(value, match.start(group), match.end(group))
        return None

    return find


def either(*finders: ArgumentFinder) -> ArgumentFinder:
    """Find what the first finder finds that finds anything."""
    return lambda sentence: next((found for find in finders if (found := find(sentence))), None)


_HIRING = re.compile(
    r"\b(?:hire[sd]?|hiring|join(?:ed|ers?|ing)?|start(?:ed|ers?)|recruit\w*|new(?:est|comers?)?|newly|came)\b"
    r"|입사|들어온|채용|신입|뽑은|신규",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\b(?:left|leavers?|resign\w*|quit|departed)\b|퇴사|퇴직|그만|나간|나갔|떠난|떠났", re.IGNORECASE
)
_BEFORE = re.compile(r"\b(?:before|until|prior\s+to|earlier\s+than)\s+(?:the\s+)?$", re.IGNORECASE)
_BEFORE_KO = re.compile(r"\s*(?:이전|전)(?:에)?")


def hired_finder(sentence: str) -> Found | None:
    """Find the period in which people were hired: any period, in a sentence that speaks of hiring."""
    return period_finder(sentence) if _HIRING.search(sentence) else None


def left_finder(sentence: str) -> Found | None:
    """Find the period in which people left: any period, in a sentence that speaks of leaving."""
    return period_finder(sentence) if _LEAVING.search(sentence) else None


def hired_before_finder(sentence: str) -> Found | None:
    """Find the period before which people were hired, such as "before 2020" or "2020년 이전"."""
    found = hired_finder(sentence)
    if found is None:
        return None
    if lead := _BEFORE.search(sentence[: found.start]):
        return Found(found.value, lead.start(), found.end)
    follow = _BEFORE_KO.match(sentence, found.end)
    return Found(found.value, found.start, follow.end()) if follow else None


NUMBER_WORDS = {
    **{
        word: count
        for count, word in enumerate(str.split("one two three four five six seven eight nine ten"), 1)
    },
    **{word: count for count, word in enumerate(str.split("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열"), 1)},
}
_NUMBER = rf"(\d{{1,2}}|{'|'.join(NUMBER_WORDS)})"
_COUNTED_KO = r"(?![한두세네열](?!\s*(?:명|분|사람|인|위|등)))"
"""Of a syllable that is also part of other words, as in \"많이 한 직원\"."""
_COUNT = re.compile(
    rf"(?<![\w,.]){_COUNTED_KO}{_NUMBER}(?=\s*(?:명|인\b|분\b|위|등|people|best|worst|top|sales|sellers?|performers?"
    rf"|employees|reps|strongest|lowest|highest)|\s*$|\s*\W)"
    rf"|(?:\b(?:top|best|bottom|worst|lowest|highest)|상위|하위|톱|탑)\s*{_NUMBER}(?![\d가-힣a-z])",
    re.IGNORECASE,
)


def count_finder(sentence: str) -> Found | None:
    """Find how many people are wanted; only the number itself is taken up."""
    for match in _COUNT.finditer(sentence):
        group = 1 if match[1] else 2
        text = match[group].lower()
        value = NUMBER_WORDS.get(text) or int(text) if text.isdecimal() or text in NUMBER_WORDS else 0
        if 1 <= value <= 50:
            return Found(value, match.start(group), match.end(group))
    return None
