"""Which of the offered agents a message picks, after the person was asked back. Pure functions."""

import re
from collections.abc import Sequence

from graph.references import ordinal
from narutalk.languages import Language
from narutalk.registry import agent

MAX_CHARS = 30
"""A longer message asks something by itself."""

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
