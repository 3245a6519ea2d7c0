"""Finds a tool's arguments in a sentence, and puts placeholders where their words stood."""

from typing import Any

from narutalk.offline.hints import OfflineHints


def mask(sentence: str, hints: OfflineHints, *, sure: bool = False) -> tuple[str, dict[str, Any]]:
    """Return a sentence with ``{argument}`` where an argument's words stood, and the arguments.

    Args:
        sentence: Where to look.
        hints: How the arguments are found.
        sure: Leave out what only looks like a value.
    """
    args: dict[str, Any] = {}
    text = sentence
    for name, find in hints.finders.items():
        found = find(text)
        if found is None or (sure and not found.sure):
            continue
        args[name] = found.value
        if found.end > found.start:
            text = f"{text[: found.start]} {{{name}}} {text[found.end :]}"
    return text, args


def takes_no_words(hints: OfflineHints, argument: str) -> bool:
    """Whether an argument's finder takes up no words: it finds the whole sentence, whatever that is."""
    found = hints.finders[argument]("x")
    return found is not None and found.start == found.end
