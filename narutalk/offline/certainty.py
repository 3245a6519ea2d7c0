"""Which tool calls a question needs beyond doubt: few enough doubts to make them without asking a model.

A question is not sure when it may mean more than its words say, and not when it says more than the tool
understands: a single word that is neither an argument, nor in the tool's own phrases, nor empty.
"""

import re

from narutalk.offline.clauses import clauses_of
from narutalk.offline.planning import (
    MAX_CALLS,
    Call,
    Candidate,
    Planner,
    is_empty_word,
    points_back,
)
from narutalk.offline.similarity import WORD

SURE = 0.65
AHEAD = 0.08
"""By how much the best tool's score exceeds the next one's."""
NO_OTHER = 0.5
MIN_SEARCHED_WORDS = 3

_GOES_ON = re.compile(
    r"^\W*(?:and|but|or|then|no|not|ok(?:ay)?|so|what about|how about|그럼|그러면|그리고|아니|또|그건)\b"
    r"|\b(?:again|also|another|compared?|else|except|instead|only|other|others|previous|same|than|too|versus|vs"
    r"|without|not)\b"
    r"|(?<![가-힣])(?:다시|말고|또|아까|방금|위의|빼고|제외|이번엔|이번에는|나머지|다른)"
    r"|(?<=[가-힣])만(?![가-힣])",
    re.IGNORECASE,
)
"""It goes on from what was said before, or excepts something."""
_ENDING = re.compile(
    r"(?:은|는|이|가|을|를|의|에|에서|로|으로|와|과|이랑|랑|인가요|인지|인지요|이에요|예요|이야|야|이지|지|이고|고|였나요|입니까)$"
)
_POLITE = frozenset(
    "please pls hi hello me show tell give list 줘 주세요 주실래요 알려 보여 좀 좀요 몇 명".split()
)


class Certainty:
    """What is beyond doubt over a planner's tools.

    Args:
        planner: Knows the tools, and finds their arguments.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._words = {
            tool.name: frozenset(
                word.lower()
                for phrases in tool.hints.phrases.values()
                for phrase in phrases
                for word in WORD.findall(phrase)
            )
            for tool in planner.tools
        }

    def calls(self, question: str) -> tuple[Call, ...]:
        """Return the calls that a question needs, all of them; none when there is any doubt."""
        clauses = clauses_of(question)
        if not self._planner.tools or not 0 < len(clauses) <= MAX_CALLS or _GOES_ON.search(question):
            return ()
        found = [self._sure(clause) for clause in clauses]
        calls = [call for call in found if call is not None]
        if len(calls) == len(clauses):
            return tuple(call for position, call in enumerate(calls) if call not in calls[:position])
        return self._search(question) if len(clauses) == 1 else ()

    def _sure(self, clause: str) -> Call | None:
        best, *others = self._planner.ranked(clause)
        is_sure = (
            best.score >= SURE
            and all(best.score - other.score >= AHEAD for other in others[:1])
            and not best.fragment
            and not best.missing
            and not (best.excluded or best.others)
            and not points_back(clause)
            and self._understands(best)
        )
        return Call(best.tool.name, best.args) if is_sure else None

    def _understands(self, candidate: Candidate) -> bool:
        """Whether every word that is left is one of the tool's own phrases, with its ending or without."""
        known = self._words[candidate.tool.name]
        words = [word.lower() for word in WORD.findall(candidate.masked) if not word.startswith("{")]
        return all(
            any(
                form in known or form in _POLITE or is_empty_word(form)
                for form in (word, _ENDING.sub("", word))
            )
            for word in words
        )

    def _search(self, question: str) -> tuple[Call, ...]:
        """Return a search for the whole question, by the tool that takes what no other tool is for."""
        ranked = self._planner.ranked(question)
        search = next((candidate for candidate in ranked if candidate.tool.hints.fallback), None)
        if search is None or search.missing or points_back(question):
            return ()
        is_other = any(other.score >= NO_OTHER for other in ranked if other is not search)
        words = [word for word in WORD.findall(question) if not is_empty_word(word.lower())]
        if is_other or len(words) < MIN_SEARCHED_WORDS:
            return ()
        return (Call(search.tool.name, search.args),)
