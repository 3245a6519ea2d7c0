"""Messages that lean on the last turn: corrections, and words that point at its answer. Pure functions."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.pending import PendingChoice, pending_choice
from narutalk.quoting import bounded

MAX_CHARS = 80
"""A longer message says by itself what it is about."""
LISTED_TURNS = 3
QUESTION_CHARS = 300
ANSWER_CHARS = 1000

_CORRECTION = re.compile(
    r"^\W*(?:(?:no|nope|sorry|not that)\b[\s,.!]*(?:(?:i )?mean[t]?\b\s*)?|(?:i mean[t]?|actually)\b[\s,]*"
    r"|(?:아니요|아니오|아뇨|아니야|아니|그게 아니라)(?:[\s,.!]+|$))(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_POINTER = re.compile(
    r"\b(?:his|her|hers|he|she|him|its|it|their|them|they|that one|those)\b"
    r"|(?<![가-힣])(?:그분|그녀|거기|그곳|해당|그 (?:사람|직원|담당자|거래처|병원|약국|회사|분)|걔)",
    re.IGNORECASE,
)
_WHO = (
    r"(?:one|entry|client|customer|hospital|pharmacy|clinic|company|person|employee|salesperson|seller|rep)"
)
_WHO_KO = r"(?:거래처|병원|약국|의원|회사|고객|사람|직원|사원|거|것|곳|분)"
_ORDINALS = {
    1: r"\bfirst\b|첫 ?번째|첫째",
    2: r"\bsecond\b|두 ?번째|둘째",
    3: r"\bthird\b|세 ?번째|셋째",
    4: r"\bfourth\b|네 ?번째|넷째",
    5: r"\bfifth\b|다섯 ?번째",
    -1: rf"\blast (?:{_WHO}|of them)\b|\bthe last\W*$|마지막 {_WHO_KO}",
}
_PERIOD = re.compile(
    r"\b(?:first|second|third|fourth) (?:quarter|half|week|month)|번째 (?:분기|주|달)", re.IGNORECASE
)
_BARE = re.compile(
    r"(?:and |what about |how about |그럼 |그러면 )?(?:the )?"
    r"(?:first|second|third|fourth|fifth|last)(?: one)?\W*"
    r"|(?:그럼 )?(?:첫|두|세|네|다섯|마지막) ?(?:번째)? ?(?:거|것|사람|거래처)?(?:는|은|요)?\W*",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\bthe (?:first|second|third|fourth|fifth|last)(?:\s+(?:{_WHO}\b|of them\b)|(?=['’]s\b|\W*$))"
    rf"|(?:첫|두|세|네|다섯) ?번째(?: ?{_WHO_KO}|(?=의|는|은|\W*$))|마지막 {_WHO_KO}",
    re.IGNORECASE,
)
_ID = r"(?=[^()\s]*\d)[^()\s]{1,40}"
_ROW = re.compile(r"^\s*(?:\||[-*•]\s|\d+[.)]\s)")
_RULE = re.compile(r"^[\s|:\-]+$")


class LastTurn(NamedTuple):
    """The question before, and its answer.

    Attributes:
        listed: The latest answer with a list or a table, of the last `LISTED_TURNS`; empty without one.
        pending: What the answer asked to choose from.
    """

    question: str
    answer: str
    listed: str = ""
    pending: PendingChoice | None = None


def last_turn(messages: Sequence[AnyMessage]) -> LastTurn | None:
    """Return the last question that was answered before the question at the end; None when there is none."""
    answer: AIMessage | None = None
    for message in reversed(messages[:-1]):
        if isinstance(message, AIMessage) and message.text and not answer:
            answer = message
        elif isinstance(message, HumanMessage) and answer:
            listed = _latest_list(messages[:-1])
            return LastTurn(message.text, answer.text, listed, pending_choice(answer))
    return None


def _latest_list(messages: Sequence[AnyMessage]) -> str:
    answers = [message.text for message in messages if isinstance(message, AIMessage)][-LISTED_TURNS:]
    return next((text for text in reversed(answers) if entry(text, 2)), "")


def corrected(message: str) -> str | None:
    """Return what a correction says instead: "Busan" of "no, Busan"; None for others."""
    match = _CORRECTION.match(message) if len(message) <= MAX_CHARS else None
    return match["rest"].strip() if match else None


def ordinal(message: str) -> int | None:
    """Return which entry a message points at: 2 for "the second one", -1 for the last; None for others."""
    if len(message) > MAX_CHARS or _PERIOD.search(message):
        return None
    return next((n for n, words in _ORDINALS.items() if re.search(words, message, re.IGNORECASE)), None)


def named_entry(message: str, turn: LastTurn | None) -> str:
    """Return the name, with its id, in the entry that a message points at; empty for others."""
    position = ordinal(message)
    if turn is None or position is None:
        return ""
    row = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", entry(turn.listed or turn.answer, position))
    cells = [cell.strip(" *`") for cell in re.split(rf"\s*\|\s*|\s+–|\s+—|\s+\((?!{_ID}\))|:", row)]
    return next((cell for cell in cells if re.search(r"[A-Za-z가-힣]{2}", cell)), "")


def naming(message: str, name: str) -> str:
    """Return a message with the name of the entry that it counts off; empty when it asks no more of it."""
    return "" if _BARE.fullmatch(message.strip()) else _COUNTED.sub(lambda _: name, message, count=1)


def context_for(message: str, turn: LastTurn | None) -> str:
    """Return what of the last turn an agent needs for a message that points at it, bounded; empty for others.

    An entry that is counted off is given alone, where the answer has so many.
    """
    if turn is None:
        return ""
    position = ordinal(message)
    if position is not None:
        return bounded(entry(turn.listed or turn.answer, position), ANSWER_CHARS)
    if len(message) > MAX_CHARS or not _POINTER.search(message):
        return ""
    return f"{bounded(turn.question, QUESTION_CHARS)}\n{bounded(turn.answer, ANSWER_CHARS)}"


def entry(answer: str, position: int) -> str:
    """Return an entry of the answer's list or table, from 1, or from the end; empty when it has none such."""
    lines = answer.splitlines()
    rows = [line for line in lines if _ROW.match(line)]
    rules = [index for index, line in enumerate(rows) if _RULE.match(line)]
    rows = [line for line in (rows[rules[0] + 1 :] if rules else rows) if not _RULE.match(line)]
    index = position - 1 if position > 0 else position
    return rows[index].strip() if -len(rows) <= index < len(rows) else ""
