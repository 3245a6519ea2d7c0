"""What a question points at: "its contracts", "that salesperson's clients", "그 사람 거래처"."""

import re
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple, Protocol

from narutalk.offline.hints import OfflineHints
from narutalk.offline.masking import mask, takes_no_words

_THINGS = "client|customer|hospital|pharmacy|clinic|wholesaler|company"
_STAFF = "(?:account |sales )?(?:manager|rep|representative)|salesperson|employee|seller|colleague|owner"
_THEIRS = r"(?:clients?|customers?|accounts|hospitals|pharmacies|clinics|wholesalers)"
_SOMEBODY_KO = "(?:그|해당) (?:사람|분)|그분|그녀"
_COLLEAGUE = re.compile(
    rf"\b(?:that|this) (?:{_STAFF})\b"
    rf"|\b(?P<whose>his|her|their)\b(?= (?:[\w-]+ ){{0,2}}?{_THEIRS}\b)"
    r"|\b(?P<of>of) (?:theirs|hers|(?:his|her|him|them)(?=\W*$))"
    r"|\bthey(?= (?:look after|manage|handle|serve|are responsible for)\b)"
    r"|(?<![가-힣])(?:그|해당) (?:담당자|영업 ?사원|직원|사원)"
    rf"|(?<![가-힣])(?:{_SOMEBODY_KO})(?=(?:의|이|가)? ?(?:담당|맡|관리|고객|거래처|병원|약국|의원))",
    re.IGNORECASE,
)
"""What stands for somebody who works here, and for nothing else."""
_SOMEBODY = re.compile(
    rf"\bthat person\b|\b(?P<whose>his|her)\b|\b(?:he|she|him)\b|(?<![가-힣])(?:{_SOMEBODY_KO})",
    re.IGNORECASE,
)
"""What stands for any person, who may also be a client."""
_ANYTHING = re.compile(
    rf"\bthat (?:{_THINGS}|{_STAFF}|person)\b"
    r"|\b(?P<whose>its|their|his|her)\b|\b(?:it|they|them|he|she|him)\b"
    r"|(?<![가-힣])(?:(?:그|해당) (?:거래처|고객사?|병원|약국|의원|도매업체|회사|담당자|직원|사원|사람)"
    r"|그곳|거기|그분|그녀)",
    re.IGNORECASE,
)
"""What stands for whatever is known already."""


class Tool(Protocol):
    """What has to be known of a tool."""

    @property
    def required(self) -> frozenset[str]:
        """The arguments that it cannot do without."""

    @property
    def hints(self) -> OfflineHints:
        """How its arguments are found."""


class Known(NamedTuple):
    """What earlier results name.

    Attributes:
        args: Arguments that some tool cannot do without, each by its first value.
        people: Arguments that stand for people, likewise.
    """

    args: dict[str, Any]
    people: dict[str, Any]


def what_is_known(context: str, tools: Sequence[Tool]) -> Known:
    """Return the arguments that a context names, each from the first line that has it.

    What only looks like a name counts where no line has a name for sure.
    """
    known = Known({}, {})
    for sure, line in product((True, False), context.splitlines()):
        for tool in tools:
            _, args = mask(line, tool.hints, sure=sure)
            for name in sorted(args.keys() - tool.hints.own):
                if name in tool.required and not takes_no_words(tool.hints, name):
                    known.args.setdefault(name, args[name])
                if name in tool.hints.people:
                    known.people.setdefault(name, args[name])
    return known


def named(question: str, known: Known, tools: Sequence[Tool]) -> str:
    """Return a question with the name of what it points at, where it names nothing of that kind itself."""
    found = {name for tool in tools for name in mask(question, tool.hints)[1]}
    person = next((value for value in known.people.values() if isinstance(value, str)), None)
    if person is not None and not found & known.people.keys():
        question = _put(_SOMEBODY, person, _put(_COLLEAGUE, person, question))
    value = next((value for value in known.args.values() if isinstance(value, str)), None)
    if value is None or found & known.args.keys() or points_at_a_colleague(question):
        return question
    return _put(_ANYTHING, value, question)


def points_at_a_colleague(question: str) -> bool:
    """Whether a question means somebody who works here without naming them."""
    return _COLLEAGUE.search(question) is not None


def _put(pointer: re.Pattern[str], name: str, question: str) -> str:
    def words(match: re.Match[str]) -> str:
        groups = match.groupdict()
        if groups.get("whose"):
            return f"{name}'s"
        return f"{match['of']} {name}" if groups.get("of") else name

    return pointer.sub(words, question)
