"""Splits a message where it may begin to ask something else."""

import re
from typing import NamedTuple

MIN_CLAUSE_CHARS = 3
MAX_CLAUSES = 6

_EDGES = " ,\t\n"

_BREAK = re.compile(
    r"(?<=[.?!])\s+"
    r"|\s*[;\n]\s*"
    r"|,?\s+(?:and|plus|as well as)\s+(?:also\s+)?"
    r"|,\s+(?=(?:how|what|who|which|when|where|show|list|tell|also|then)\b)"
    r"|,?\s*그리고\s+|,\s*(?:또|또한)\s+|\s+및\s+"
    r"|(?<=[하되있없이았었였했렸쳤켰구뭐디마제]고)\s*,?\s+|(?<=는지)\s*,?\s+|(?<=인지)\s*,?\s+|(?<=이며)\s*,?\s+"
    r"|(?<=[가-힣]),\s+",
    re.IGNORECASE,
)
_FAMILY = (
    "김이박최정강조윤장임한오서신권황안송유류전홍고문양손배백허남심"
    "노하곽성차주우구민나진지엄채원천방공현함변염여추도소석선설마길"
)
_NO_NAMES = (
    "지난 이번 올해 작년 전체 최근 다음 전년 전국 하반 서울 광주 대구 대전 부산 경기 정보 마케 고객 인사"
)
_NO_NAME = f"(?!{'|'.join(_NO_NAMES.split())})"
_PERSON = rf"{_NO_NAME}[{_FAMILY}][가-힣]{{2}}"
_OF_A_PERSON = re.compile(
    rf"(?P<name>{_PERSON})(?:의|\s*(?:씨|님|대리|과장|차장|부장)의?)?\s+"
    r"(?:담당|맡은|관리|거래처|고객|매출|실적|목표|달성|근태|평가)"
)
_NAMES_A_PERSON = re.compile(rf"(?<![가-힣]){_PERSON}(?=의\s|\s|\s*(?:씨|님|대리|과장|차장|부장))")
_KOREAN_NOUN_AND = re.compile(
    r"(?<=[가-힣0-9])(?:(?<![부아내외안치])과|와|랑|하고),?\s+"
    r"(?!\S+\s*(?:빼고|뺀|빼면|제외|말고))"
)
"""Not within "A랑 B 빼고", nor behind 피부과, 내과 and the like."""


class Clause(NamedTuple):
    """A clause, and where it stands in its message: ``message[start:end]`` is its text."""

    text: str
    start: int
    end: int


def split_clauses(message: str) -> list[Clause]:
    """Return the clauses of a message, in order; one when there is nothing to split.

    It splits generously: the routing decision joins again what belongs together.
    """
    breaks = [match.span() for pattern in (_BREAK, _KOREAN_NOUN_AND) for match in pattern.finditer(message)]
    edges = [0, *(edge for span in sorted(breaks) for edge in span), len(message)]
    clauses = [_trimmed(message, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    kept = [clause for clause in clauses if len(clause.text.strip(".?! ")) >= MIN_CLAUSE_CHARS]
    return kept[:MAX_CLAUSES] or [_trimmed(message, 0, len(message))]


def shared_subject(message: str, clause: Clause) -> str:
    """Return whose both nouns are in "윤채율 담당 거래처 수랑 목표 달성률", for the clause of the second one.

    Returns:
        The name that the message begins with; empty where the clause is no such second noun, or names
        somebody itself.
    """
    ends = {match.end() for match in _KOREAN_NOUN_AND.finditer(message)}
    first = _OF_A_PERSON.match(message)
    if first is None or clause.start not in ends or _NAMES_A_PERSON.match(clause.text):
        return ""
    return first["name"]


def _trimmed(message: str, start: int, end: int) -> Clause:
    while start < end and message[start] in _EDGES:
        start += 1
    while end > start and message[end - 1] in _EDGES:
        end -= 1
    return Clause(message[start:end], start, end)
