"""Which part of a message needs another part's result: pure functions over its words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_THING = re.compile(
    r"\b(?:it|its|they|them|their|that (?:client|customer|hospital|pharmacy|clinic|company))\b"
    r"|(?<![가-힣])(?:그곳|거기|해당|그 (?:거래처|병원|약국|의원|회사|고객)|그(?= ))",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:he|she|his|her|hers|him|they|them|their|that (?:employee|person|rep|manager|salesperson))\b"
    r"|(?<![가-힣])(?:그분|그녀|그 (?:사람|직원|담당자|사원|분)|해당|그(?= ))",
    re.IGNORECASE,
)
_REFERENCES = {"client": (_THING, _PERSON), "employee": (_PERSON,), "document": ()}
"""What words may refer to a result of an agent: a client's answer names people, too."""

_SUPERLATIVE = r"(?:highest|most|best|largest|biggest|greatest|lowest|least|worst|top)"
_NOUN = r"(?P<noun>client|customer|hospital|pharmacy|clinic|employee|salesperson|sales rep|rep|person)"
_NESTED_EN = re.compile(
    r"^(?P<outer>.*\b(?:of|for|from|at|with|by|about|do|does|did|has)) "
    rf"(?P<inner>(?:the|our) (?:{_NOUN} (?:with|who|that|which) .*\b{_SUPERLATIVE}\b[^,;?]*"
    rf"|(?:top|best|biggest|largest) {_NOUN.replace('noun', 'noun2')}(?: (?:last|this|in|of) [^,;?]*)?))"
    r"[?. ]*$",
    re.IGNORECASE,
)
_NESTED_KO = re.compile(
    r"^(?P<inner>[^,?]*?(?:가장|제일|최고|최대)[^,?]*?"
    r"(?P<noun>곳|거래처|병원|약국|의원|직원|사원|사람|담당자))의?\s+(?P<outer>.+)$"
)
_PEOPLE = frozenset({"직원", "사원", "사람", "담당자"})


class Part(NamedTuple):
    """A clause as a dependency sees it."""

    text: str
    agent: str


class Nested(NamedTuple):
    """A question about what must be found first: "the contracts of the client with the highest sales"."""

    inner: str
    outer: str


def needed(parts: Sequence[Part]) -> dict[str, set[str]]:
    """Return for each agent whose results it needs, without circles.

    A clause refers to the nearest clause before it that its words can refer to; when that is its own agent's,
    the agent knows it by itself.
    """
    needs: dict[str, set[str]] = {part.agent: set() for part in parts}
    for position, part in enumerate(parts):
        for earlier in reversed(parts[:position]):
            if any(words.search(part.text) for words in _REFERENCES.get(earlier.agent, ())):
                if earlier.agent != part.agent and not _reaches(needs, earlier.agent, part.agent):
                    needs[part.agent].add(earlier.agent)
                break
    return needs


def nested(message: str) -> Nested | None:
    """Return the two questions of a nested one; None when the message is no such question."""
    text = message.strip()
    if match := _NESTED_EN.match(text):
        noun = match["noun"] or match["noun2"]
        return Nested(f"Which is {match['inner'].strip()}?", f"{match['outer']} that {noun.lower()}?")
    if match := _NESTED_KO.match(text):
        pointer = "그 사람의" if match["noun"] in _PEOPLE else "그 거래처의"
        return Nested(f"{match['inner'].strip()}은 어디야?", f"{pointer} {match['outer']}")
    return None


def _reaches(needs: dict[str, set[str]], start: str, goal: str) -> bool:
    return start == goal or any(_reaches(needs, name, goal) for name in needs[start])
