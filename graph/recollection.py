"""Questions about the conversation itself, answered by quoting its turns."""

import math
import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AnyMessage
from pydantic import BaseModel

from graph.history import Summary, TurnNote, note, shortened, turns_of
from graph.words import shared_words, words
from narutalk.languages import Language, detect_language

Kind = Literal["first", "last", "number", "open", "about"]

QUOTED_TURNS = 3
ALL_DETAILS = 40
ANSWER_CHARS = 300

_ABOUT_US = re.compile(
    r"^\W*(?:(?:and|so|but|please|sorry|wait)\W+)?"
    r"(?:what|which|how (?:much|many)|who|when|where|do you remember|remind me|repeat)\b"
    r".*\b(?:did (?:i|we) (?:just )?(?:ask|talk about|discuss|mention)|(?:i|we) (?:just )?asked"
    r"|(?:i|we) (?:talked about|discussed|mentioned)"
    r"|you (?:just )?(?:told|said|mentioned|gave me|answered|showed me)"
    r"|did you (?:just )?(?:tell|say|mention|answer|give me|show me)"
    r"|my (?:very )?(?:first|last|previous|\d+\w\w) question"
    r"|have (?:i|we) (?:asked|talked about|discussed))\b"
    r"|(?:방금|아까|처음|앞에서|앞서|이전에|전에|조금 전|\d+ ?번째)"
    r".*(?:물어|물었|질문|라고 (?:했|그랬|말)|말했|말해|말씀|알려 ?[줬준주]|얘기|이야기|답했|답변)"
    r"|(?:제|내)가 .*(?:물어봤|물어본|물었|질문했|질문한)"
    r"|(?:which|what) .*questions? (?:are|is) (?:still )?open\b"
    r"|(?:아직 )?답(?:변)?(?:을)? ?못 ?(?:한|받은) 질문",
    re.IGNORECASE | re.DOTALL,
)
_FIRST = re.compile(
    r"\b(?:at|in) the (?:very )?(?:beginning|start)\b|\bfirst(?: question)?\b|처음|맨 먼저|제일 먼저", re.I
)
_LAST = re.compile(r"\bjust (?:ask\w*|told|said)\b|\b(?:last|previous) question\b|방금|바로 전", re.I)
_NUMBER = re.compile(r"\b(\d+)(?:st|nd|rd|th) question\b|\b(?:turn|question) (\d+)\b|(\d+) ?번째", re.I)
_OPEN = re.compile(r"questions? (?:are|is) (?:still )?open\b|못 ?(?:한|받은) 질문", re.I)
_FIGURE = re.compile(r"\b(?:figure|number|how (?:much|many)|amount|percent\w*)\b|얼마|몇|수치|금액", re.I)
_TURN = {
    Language.EN: 'In turn {number} you asked: "{question}"',
    Language.KO: '{number}번째로 이렇게 물어보셨습니다: "{question}"',
}
_ANSWERED = {Language.EN: "The answer said:", Language.KO: "답변 내용:"}
_OPEN_STILL = {
    Language.EN: "This was not fully answered.",
    Language.KO: "이 질문은 완전히 답변되지 않았습니다.",
}
_NONE_OPEN = {Language.EN: "No question is open.", Language.KO: "답하지 못한 질문이 없습니다."}


class Recollection(BaseModel):
    """What a question about the conversation finds.

    Attributes:
        text: The answer, with the turns quoted.
        language: Of the question.
    """

    text: str
    language: Language


def asks_about_the_conversation(question: str) -> bool:
    """Whether a question is about what was asked or answered before, by its wording."""
    return bool(_ABOUT_US.search(question))


def recollect(summary: Summary, messages: Sequence[AnyMessage], question: str) -> Recollection | None:
    """Return what the conversation says to a question about it.

    Args:
        summary: Of the turns without messages.
        messages: Of the turns behind them, that of the question last.
        question: Of this turn.

    Returns:
        None for any other question, and when nothing in the conversation fits it.
    """
    if not asks_about_the_conversation(question):
        return None
    language = detect_language(question)
    earlier = enumerate(turns_of(messages)[:-1], summary.turns + 1)
    notes = [*summary.notes, *(note(number, turn, details=ALL_DETAILS) for number, turn in earlier)]
    found = _fitting(notes, question)
    if found:
        return Recollection(
            text="\n\n".join(_quoted(entry, question, language) for entry in found), language=language
        )
    if _OPEN.search(question):
        return Recollection(text=_NONE_OPEN[language], language=language)
    return None


def _kind(question: str) -> Kind:
    if _OPEN.search(question):
        return "open"
    if _NUMBER.search(question):
        return "number"
    if _FIRST.search(question):
        return "first"
    if words(question):
        return "about"
    return "last" if _LAST.search(question) else "about"


def _fitting(notes: Sequence[TurnNote], question: str) -> list[TurnNote]:
    match _kind(question):
        case "open":
            return [entry for entry in notes if entry.open][-QUOTED_TURNS:]
        case "number":
            number = next(int(group) for group in _NUMBER.findall(question)[0] if group)
            return [entry for entry in notes if entry.number == number]
        case "first":
            return (
                [entry for entry in notes if entry.number == 1]
                if not words(question)
                else _about(notes, question)
            )
        case "last":
            return list(notes[-1:])
        case "about":
            return _about(notes, question)


def _about(notes: Sequence[TurnNote], question: str) -> list[TurnNote]:
    """Return the turns that share the rarest words with a question, equals latest first."""
    told = [entry for entry in notes if not entry.recalled]
    matches = [frozenset(shared_words(question, entry.line())) for entry in told]
    frequency = {word: sum(word in match for match in matches) for match in matches for word in match}
    needs_figure = bool(_FIGURE.search(question))
    scores: list[float] = []
    for entry, match in zip(told, matches, strict=True):
        score = sum(math.log(1 + len(told) / frequency[word]) for word in match)
        has_figure = any(any(map(str.isdigit, text)) for text in [*entry.details, *entry.names])
        scores.append(score * (1.1 if needs_figure and has_figure else 1))
    best = max(scores, default=0.0)
    if not best:
        return []
    fitting = [entry for entry, score in zip(told, scores, strict=True) if score >= best * 0.999]
    if _FIRST.search(question):
        return fitting[:1]
    return fitting[: -QUOTED_TURNS - 1 : -1]


def _quoted(entry: TurnNote, question: str, language: Language) -> str:
    """Return a turn as it is quoted: the question, and the passages that fit, or the first ones."""
    lines = [_TURN[language].format(number=entry.number, question=entry.question)]
    fitting = [detail for detail in entry.details if shared_words(question, detail)]
    told = " / ".join(fitting or entry.details) or ", ".join(entry.names)
    if told:
        lines.append(f"{_ANSWERED[language]} {shortened(told, ANSWER_CHARS)}")
    if entry.open:
        lines.append(_OPEN_STILL[language])
    return "\n\n".join(lines)
