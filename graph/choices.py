"""What a message picks of what the answer before it offered: agents, or whom a name means. Pure functions."""

import re
from collections.abc import Sequence

from graph.pending import PendingChoice
from graph.references import ordinal
from narutalk.choices import SHOWN, Candidate
from narutalk.languages import Language
from narutalk.registry import agent

MAX_CHARS = 30
"""A longer message asks something by itself."""

MAX_PICK_CHARS = 60
_FILLERS = re.compile(
    r"(?:the|one|ones|person|guy|who|which|that|is|are|it|its|it's|he|she|i|mean|meant|mr|ms|mrs|in|at|of|from|"
    r"for|with|works?|working|based|located|there|please|team|dept|department|branch|office|region|area|id|"
    r"number|no|client|employee|and|a|an|yes|ok"
    r"|에|에서|의|인|이|가|을|를|은|는|쪽|쪽이요|사람|직원|분|거|것|곳|데|있는|있는데|계신|근무하는|일하는|소속|소속인"
    r"|으로|로|요|이요|이에요|예요|입니다|말이야|말이에요|말고|지역|지점|부서|담당|님|씨|네|응|그|번)"
)
_WORDS = re.compile(r"[A-Za-z0-9']+|[가-힣]+")

_BEFORE = r"(?:(?:about|i mean|i meant|the|our|for|from|please)\s+)*"
_AFTER_EN = r"(?:[\s,]+(?:one|please|agent))*"
_AFTER_KO = r"\s?(?:쪽|관련|에 대해|정보)?(?:으로|로|요|이요|말이야|를|을)?(?:\s?(?:알려|보여)\s?줘)?"


def picked(message: str, choices: Sequence[str]) -> str | None:
    """Return the agent that a message picks by its title or its place in the list; None for others."""
    text = message.strip(" .!?,~\n")
    if not choices or len(text) > MAX_CHARS:
        return None
    named = [name for name in choices if _is_title(text, name)]
    if named:
        return named[0]
    place = ordinal(text)
    position = len(choices) if place == -1 else place
    return choices[position - 1] if position and position <= len(choices) else None


def _is_title(text: str, name: str) -> bool:
    titles = agent(name).titles
    english = re.escape(titles[Language.EN].removesuffix("s"))
    korean = re.escape(titles[Language.KO])
    return bool(
        re.fullmatch(rf"{_BEFORE}{english}s?{_AFTER_EN}", text, re.IGNORECASE)
        or re.fullmatch(rf"{korean}{_AFTER_KO}", text)
    )


def chosen(message: str, pending: PendingChoice) -> str | None:
    """Return the question that goes on once a message has chosen whom a name means; None for others.

    A candidate is chosen by its place, its id, its name, or by what only it has of what tells them apart:
    "the second one", "E0067", "부산에 있는 사람", "Park Jihun in Sales, Busan".
    """
    text = message.strip(" .!?,~\n")
    candidates = pending.choice.candidates
    if not text or len(text) > MAX_PICK_CHARS:
        return None
    found = _named_by_id(text, candidates) or _described(text, candidates)
    if found is None and (place := ordinal(text)) is not None:
        shown = candidates[:SHOWN]
        position = place - 1 if place > 0 else place
        found = shown[position] if -len(shown) <= position < len(shown) else None
    return pending.with_choice(found) if found else None


def _named_by_id(text: str, candidates: Sequence[Candidate]) -> Candidate | None:
    named = [
        candidate
        for candidate in candidates
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(candidate.id)}(?![A-Za-z0-9])", text, re.IGNORECASE)
    ]
    return named[0] if len(named) == 1 else None


def _described(text: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the only candidate that has all of a text's words, when these say nothing else."""
    terms = {term.casefold() for candidate in candidates for term in _terms(candidate)}
    left = text.casefold()
    said = set()
    for term in sorted(terms, key=len, reverse=True):
        bounded = (
            rf"(?<![a-z0-9]){re.escape(term)}(?:['’]s)?(?![a-z0-9])" if term.isascii() else re.escape(term)
        )
        if re.search(bounded, left):
            said.add(term)
            left = re.sub(bounded, " ", left)
    if not said or not all(_FILLERS.fullmatch(word) for word in _WORDS.findall(left)):
        return None
    fitting = [said <= {term.casefold() for term in _terms(candidate)} for candidate in candidates]
    for offered in (SHOWN, len(fitting)):  # whom the person has seen comes first
        if fitting[:offered].count(True) == 1:
            return candidates[fitting.index(True)]
    return None


def _terms(candidate: Candidate) -> list[str]:
    marks = [mark for marks in candidate.marks.values() for mark in marks]
    return [*candidate.names.values(), *marks]
