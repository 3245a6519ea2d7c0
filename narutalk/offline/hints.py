"""What the offline model needs to know of a tool, declared beside the tool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from langchain_core.tools import BaseTool

from narutalk.languages import Language

HINTS_KEY = "offline"


class Found(NamedTuple):
    """An argument found in a sentence.

    Attributes:
        value: What to call the tool with.
        start: Where the words that say it begin; equal to ``end`` when no words are taken up.
        end: One past their last character.
        sure: False for what only looks like a value; what is known already is searched for sure ones first.
    """

    value: Any
    start: int
    end: int
    sure: bool = True


ArgumentFinder = Callable[[str], Found | None]
AnswerWriter = Callable[[Mapping[str, Any], str, Language], str]


@dataclass(frozen=True, kw_only=True)
class OfflineHints:
    """How the offline model uses one tool.

    Attributes:
        phrases: Questions that the tool answers, by language, with arguments as ``{argument_name}``:
            "how much did {employee} sell {period}". The more varied, the better.
        finders: How an argument's value is found in a sentence, by argument name, in the order in which
            the finders look; words one has taken up are not offered to the next.
        questions: What to ask the person back when a required argument is missing, by argument and language.
        answer: Writes the answer from the tool's artifact, the question and the language; the tool's
            Markdown is the answer when there is none.
        fallback: Use this tool when no other tool fits a question.
        own: Arguments that mean something else here than in other tools, whose calls never lend them; neither
            do earlier results.
        behind: How a value is meant behind that of the question before, by argument: what "the same period
            last year" makes of "last quarter".
        each: Arguments of which a sentence may name several, to be asked for one by one: "A or B".
        people: Arguments that the tool can do without and that "he" and "that salesperson" stand for.
        asked_for: Of a tool that changes something: whether a sentence asks for that at all. The tool is
            used for no other sentence, and for such a sentence no tool without it is.
        approved: Of a tool whose call waits for a person who sees what it will do.
    """

    phrases: Mapping[Language, Sequence[str]]
    finders: Mapping[str, ArgumentFinder] = field(default_factory=dict)
    questions: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    answer: AnswerWriter | None = None
    fallback: bool = False
    own: frozenset[str] = frozenset()
    behind: Mapping[str, Callable[[Any, Any], Any]] = field(default_factory=dict)
    each: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    asked_for: Callable[[str], bool] | None = None
    approved: bool = False


def hints_of(tool: BaseTool) -> OfflineHints | None:
    """Return the hints declared with a tool, in its metadata."""
    hints = (tool.metadata or {}).get(HINTS_KEY)
    return hints if isinstance(hints, OfflineHints) else None
