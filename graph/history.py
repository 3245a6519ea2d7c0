"""What a conversation keeps of its oldest turns: a bounded summary in place of their messages.

The manager keeps the whole transcript; this is only what the supervisor itself remembers.
"""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately
from pydantic import BaseModel

from graph.pending import PENDING, PendingChoice
from graph.words import shared_words, words
from narutalk.errors import InvalidInput

MESSAGES_TOKENS = 4_000
"""Beyond this, the oldest turns are folded into the summary."""
KEPT_TOKENS = 2_000
"""What the messages that stay come to; less than the budget, so that not every turn folds one."""
SUMMARY_CHARS = 32_000
"""The bound of the notes: about 100 turns with a sentence each, or 165 with names and figures only."""
NOTE_CHARS = 110
"""What a note takes besides its texts: the names of its fields, once stored."""
PROMPT_CHARS = 6_000
"""How much of the summary a language model is sent."""
QUESTION_CHARS = 160
SHORT_QUESTION_CHARS = 60
DETAIL_CHARS = 140
DETAILS = 4
NAMES = 8
MERGED_NAMES = 60

_SENTENCES = re.compile(r"(?<=[.!?。])\s+|\n+")
_DECORATION = re.compile(r"[*_`#>|]+|\[\d{1,2}\]|^\s*[-•]\s+", re.MULTILINE)
_RULE = re.compile(r"^[\s:|-]*$")
_NAME = re.compile(
    r"(?:[₩$€]\s?)?\d[\d,.:/-]*\d(?:\s?(?:%|percent|[A-Z]{3}\b|[가-힣]{1,3}))?|\d+(?:\s?(?:%|[가-힣]{1,2}))?"
    r"|\b[A-Z][\w.&-]+(?:\s[A-Z][\w.&-]+)*|[가-힣A-Z]{2,}(?=\s?(?:님|씨|부장|과장|대리|팀|병원|약국|의원|지점))"
)
_BEGINS_SENTENCES = frozenset(
    "a an and by for he here i in it no of on she the there these they this to yes you".split()
)


class TurnNote(BaseModel):
    """What is kept of one turn.

    Attributes:
        number: The how-manieth turn of the conversation it was, from 1.
        question: The person's words, cut.
        agents: Who worked on it.
        details: The answer's most telling sentences or table rows, as they stood there, in order.
        names: The answer's first names, dates and figures.
        open: Whether it was asked back, failed in part or was never answered.
        recalled: Whether it asked about the conversation itself.
    """

    number: int
    question: str
    agents: list[str] = []
    details: list[str] = []
    names: list[str] = []
    open: bool = False
    recalled: bool = False

    def line(self) -> str:
        """Return it as one line."""
        parts = [f"{self.number}. {self.question}"]
        if self.agents:
            parts.append(f"({'+'.join(self.agents)})")
        if self.open:
            parts.append("[open]")
        told = " / ".join(self.details) or ", ".join(self.names)
        return " ".join([*parts, *([f"-> {told}"] if told else [])])

    def size_chars(self) -> int:
        """Return what it takes of the summary's bound."""
        return len(self.question) + sum(map(len, [*self.agents, *self.details, *self.names])) + NOTE_CHARS


class Summary(BaseModel):
    """The turns whose messages are gone.

    Attributes:
        notes: One for each turn, oldest first, while there is room; the first turn's stays.
        merged_turns: How many turns have no note any more.
        merged_names: Names and figures of those, the latest ones.
        written: A language model's own words for all of it; empty without one.
    """

    notes: list[TurnNote] = []
    merged_turns: int = 0
    merged_names: list[str] = []
    written: str = ""

    @property
    def turns(self) -> int:
        """How many turns it stands for."""
        return len(self.notes) + self.merged_turns

    def text(self, question: str = "") -> str:
        """Return at most `PROMPT_CHARS`: what a model wrote, and the turns that fit a question."""
        matching = [note for note in self.notes if shared_words(question, note.line())] if question else []
        others = [] if self.written else self.notes
        lines = [self.written] if self.written else []
        room = PROMPT_CHARS - len(self.written)
        chosen: dict[int, str] = {}
        for note in [*reversed(matching), *(note for note in others if note.open), *reversed(others)]:
            line = note.line()
            if note.number not in chosen and len(line) < room:
                chosen[note.number] = line
                room -= len(line) + 1
        return "\n".join([*lines, *(chosen[number] for number in sorted(chosen))])


def turns_of(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """Return the messages turn by turn: a question, and what answers it."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def foldable(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    """Return the oldest turns that go when the messages are over their budget; never the last one."""
    if count_tokens_approximately(messages) <= MESSAGES_TOKENS:
        return []
    turns = turns_of(messages)
    kept = len(turns) - 1
    room = KEPT_TOKENS - count_tokens_approximately(turns[kept])
    while kept and (room := room - count_tokens_approximately(turns[kept - 1])) >= 0:
        kept -= 1
    return turns[:kept]


def last_question(messages: Sequence[AnyMessage]) -> HumanMessage:
    """Return the question of this turn.

    Raises:
        InvalidInput: ``message_missing``.
    """
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return message
    raise InvalidInput("There is no question among the messages.", code="message_missing")


def marks(
    agents: Sequence[str],
    *,
    is_open: bool = False,
    recalled: bool = False,
    pending: PendingChoice | None = None,
) -> dict[str, Any]:
    """Return what an answer's `response_metadata` tells `note` of its turn, and `last_turn` of its choice."""
    marked = {"agents": sorted({*agents}), "open": is_open, "recalled": recalled}
    return {**marked, PENDING: pending.model_dump(mode="json")} if pending else marked


def note(number: int, turn: Sequence[AnyMessage], *, details: int = DETAILS) -> TurnNote:
    """Return what is kept of a turn; `details` is how many sentences of its answer."""
    question = next((message.text for message in turn if isinstance(message, HumanMessage)), "")
    answers = [message for message in turn if isinstance(message, AIMessage)]
    answer = answers[-1] if answers else AIMessage("", response_metadata=marks([], is_open=True))
    marked = answer.response_metadata
    return TurnNote(
        number=number,
        question=shortened(question, QUESTION_CHARS),
        agents=marked.get("agents", []),
        details=_telling(question, answer.text, details),
        names=_names(answer.text),
        open=marked.get("open", False),
        recalled=marked.get("recalled", False),
    )


def folded(summary: Summary, turns: Sequence[Sequence[AnyMessage]]) -> Summary:
    """Return the summary with more turns, within `SUMMARY_CHARS`; what a model wrote is out of date."""
    notes = [note(number, turn) for number, turn in enumerate(turns, summary.turns + 1)]
    grown = summary.model_copy(update={"notes": [*summary.notes, *notes], "written": ""})
    return _within(grown, SUMMARY_CHARS)


def shortened(text: str, chars: int) -> str:
    """Return a text on one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= chars else f"{line[: chars - 1].rsplit(' ', 1)[0]}…"


def _within(summary: Summary, chars: int) -> Summary:
    """Drop the oldest turns' least telling details, then all, then shorten questions, then merge turns."""
    notes = list(summary.notes)
    size = sum(entry.size_chars() for entry in notes)
    for shrink in (_one_detail, _no_details, _short_question):
        for position, entry in enumerate(notes):
            if size <= chars:
                break
            notes[position] = shrink(entry)
            size -= entry.size_chars() - notes[position].size_chars()
    merged = list(summary.merged_names)
    while size > chars and len(notes) > 2:
        oldest = next((entry for entry in notes[1 : len(notes) // 2] if not entry.open), notes[1])
        notes.remove(oldest)
        merged += [name for name in oldest.names if name not in merged]
        size -= oldest.size_chars()
    gone = len(summary.notes) - len(notes)
    return summary.model_copy(
        update={
            "notes": notes,
            "merged_turns": summary.merged_turns + gone,
            "merged_names": merged[-MERGED_NAMES:],
        }
    )


def _one_detail(entry: TurnNote) -> TurnNote:
    best = max(entry.details, key=lambda detail: _weight(entry.question, detail), default=None)
    return entry.model_copy(update={"details": [best] if best else []})


def _no_details(entry: TurnNote) -> TurnNote:
    return entry.model_copy(update={"details": []})


def _short_question(entry: TurnNote) -> TurnNote:
    return entry.model_copy(
        update={"question": shortened(entry.question, SHORT_QUESTION_CHARS), "names": entry.names[:4]}
    )


def _telling(question: str, answer: str, count: int) -> list[str]:
    """Return the sentences and table rows that say most, in the answer's order."""
    lines = [shortened(_DECORATION.sub(" ", line), DETAIL_CHARS) for line in _SENTENCES.split(answer)]
    lines = [line for line in dict.fromkeys(lines) if not _RULE.match(line)]
    best = sorted(lines, key=lambda line: -_weight(question, line))[:count]
    return [line for line in lines if line in best]


def _weight(question: str, line: str) -> int:
    return 3 * any(map(str.isdigit, line)) + 2 * len(shared_words(question, line)) + len(_names(line))


def _names(text: str) -> list[str]:
    """Return the first names, dates and figures, each once."""
    found = (name.strip(" .,-:") for name in _NAME.findall(_DECORATION.sub(" ", text)))
    names = dict.fromkeys(
        name[:40] for name in found if name.lower() not in _BEGINS_SENTENCES and words(name)
    )
    return list(names)[:NAMES]
