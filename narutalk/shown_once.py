"""A stream that is begun again after it broke off, and what of it has been shown already."""

import json
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

UNSTABLE_FIELDS = frozenset({"duration_ms"})


class ShownOnce:
    """Counts what was passed on of each kind, so that a repetition passes on only what goes beyond it.

    Work that is done again, from its beginning or from a checkpoint on, streams its events again. As many
    events of a kind and as many characters of a text as were shown before are skipped: the same ones where
    the work is deterministic; where it is not, the turn's final answer, which is whole, replaces what was
    streamed.
    """

    def __init__(self) -> None:
        self._shown: Counter[Hashable] = Counter()
        self._seen: Counter[Hashable] = Counter()

    def begin(self) -> None:
        """The stream begins (again)."""
        self._seen.clear()

    def unseen(self, kind: Hashable, size: int = 1) -> int:
        """Count the next event in, and return how much of its end was not shown before.

        Args:
            kind: Events are compared within it, in their order; see `kind_of`.
            size: Of the event: 1, or the characters of its text.
        """
        self._seen[kind] += size
        new = max(0, self._seen[kind] - self._shown[kind])
        self._shown[kind] += new
        return new

    def count(self, kind: Hashable) -> int:
        """Return how much of a kind has come since the stream began."""
        return self._seen[kind]


def kind_of(event: Mapping[str, Any]) -> str:
    """Return what an event is compared by: all it says but how long it took."""
    return json.dumps(
        {key: value for key, value in event.items() if key not in UNSTABLE_FIELDS}, sort_keys=True
    )
