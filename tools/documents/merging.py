"""Merges hits that say the same, and those that stand next to each other."""

import re
from collections.abc import Iterable

from tools.documents.results import Hit

MAX_NEIGHBOURS = 3
"""Passages that become one hit at most, so that a hit stays something to read."""
MIN_OVERLAP_CHARS = 20


def merge_hits(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits, best first, without repetitions.

    A passage whose text was seen in a better hit is left out. Passages that stand next to a better hit of
    their document join it: its text is then all of theirs in reading order, and its ``quote`` the best one.

    Args:
        hits: One passage each, best first.
    """
    merged: list[_Run] = []
    seen: set[str] = set()
    for hit in hits:
        key = re.sub(r"\W+", "", hit.text).casefold()
        if key in seen:
            continue
        seen.add(key)
        if not any(run.takes(hit) for run in merged):
            merged.append(_Run(hit))
    return [run.hit() for run in merged]


class _Run:
    """Neighbouring passages of one document, around the best of them."""

    def __init__(self, best: Hit) -> None:
        self._best = best
        self._passages = [best]

    def takes(self, hit: Hit) -> bool:
        """Join a passage when it stands at either end."""
        if hit.document_id != self._best.document_id or len(self._passages) == MAX_NEIGHBOURS:
            return False
        if hit.position == self._passages[0].position - 1:
            self._passages.insert(0, hit)
        elif hit.position == self._passages[-1].position + 1:
            self._passages.append(hit)
        else:
            return False
        return True

    def hit(self) -> Hit:
        """Return the run as one hit."""
        if len(self._passages) == 1:
            return self._best
        text = self._passages[0].text
        for passage in self._passages[1:]:
            text = _joined(text, passage.text)
        coverage = max(passage.coverage for passage in self._passages)
        return self._best.model_copy(update={"text": text, "coverage": coverage})


def _joined(before: str, after: str) -> str:
    """Join two passages, without what the second repeats of the first."""
    for size in range(min(len(before), len(after)), MIN_OVERLAP_CHARS - 1, -1):
        if before.endswith(after[:size]):
            return before + after[size:]
    return f"{before}\n\n{after}"
