"""Finds a tool's arguments in a sentence, and puts placeholders where their words stood."""

from typing import Any, NamedTuple

from narutalk.offline.excluding import widened
from narutalk.offline.hints import ArgumentFinder, Found, OfflineHints

MOST_EXCLUDED = 3
MOST_OTHERS = 2


class Reading(NamedTuple):
    """What a tool reads in a sentence.

    Attributes:
        text: The sentence with ``{argument}`` where an argument's words stood, without what is left out.
        args: The arguments' values.
        excluded: The words that leave out a value where nothing says what is meant instead: "outside Seoul".
        others: Further values that the sentence names, by argument; see `OfflineHints.each`.
    """

    text: str
    args: dict[str, Any]
    excluded: tuple[str, ...]
    others: dict[str, list[Any]]


def read(sentence: str, hints: OfflineHints, *, sure: bool = False) -> Reading:
    """Find a tool's arguments.

    Args:
        sentence: Where to look.
        hints: How the arguments are found.
        sure: Leave out what only looks like a value.
    """
    args: dict[str, Any] = {}
    excluded: list[str] = []
    others: dict[str, list[Any]] = {}
    text = sentence
    for name, find in hints.finders.items():
        found, text, left_out = _meant(text, find)
        if found is None or (sure and not found.sure):
            excluded.extend(left_out)
            continue
        args[name] = found.value
        text = _put(text, name, found)
        if name in hints.each:
            text, further = _further(text, name, find, found)
            if further:
                others[name] = further
    return Reading(text, args, tuple(excluded), others)


def mask(sentence: str, hints: OfflineHints, *, sure: bool = False) -> tuple[str, dict[str, Any]]:
    """Return a sentence with ``{argument}`` where an argument's words stood, and the arguments."""
    reading = read(sentence, hints, sure=sure)
    return reading.text, reading.args


def takes_no_words(hints: OfflineHints, argument: str) -> bool:
    """Whether an argument's finder takes up no words: it finds the whole sentence, whatever that is."""
    finder = hints.finders.get(argument)
    found = finder("x") if finder else None
    return found is not None and found.start == found.end


def _meant(text: str, find: ArgumentFinder) -> tuple[Found | None, str, list[str]]:
    """Return the first value that is not left out, the text without those that are, and their words."""
    left_out: list[str] = []
    while (found := find(text)) and found.end > found.start and len(left_out) < MOST_EXCLUDED:
        span = widened(text, found.start, found.end)
        if span is None:
            break
        left_out.append(text[slice(*span)].strip())
        text = f"{text[: span[0]]} {text[span[1] :]}"
    return found, text, left_out


def _further(text: str, name: str, find: ArgumentFinder, first: Found) -> tuple[str, list[Any]]:
    """Return the text with placeholders for further values too, `MOST_OTHERS` at most, and these.

    One that is left out is none: what is meant instead has been found.
    """
    values: list[Any] = []
    while len(values) < MOST_OTHERS and (other := find(text)) and other.sure and other.end > other.start:
        if other.value in (first.value, *values) or "{" in text[other.start : other.end]:
            break
        if span := widened(text, other.start, other.end):
            text = f"{text[: span[0]]} {text[span[1] :]}"
            continue
        values.append(other.value)
        text = _put(text, name, other)
    return text, values


def _put(text: str, name: str, found: Found) -> str:
    return f"{text[: found.start]} {{{name}}} {text[found.end :]}" if found.end > found.start else text
