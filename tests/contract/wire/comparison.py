"""Tells how an answer of ours differs from the recorded one: ids, times and versions aside."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from tests.contract.wire.recordings import Event

HEADERS = ("location", "content-location", "content-type", "x-pagination-total", "x-pagination-next")
"""What clients read."""
MILLISECONDS_SINCE_1970 = 10**12

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b"
_TIME = r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)"
_COUNTER = r"\b\d{13}-\d+(?:\.\d+)?"
_VERSION = r"\b\d+(?:\.\d+){2,}\w*"
VOLATILE = re.compile(f"(?P<id>{_ID})|(?P<time>{_TIME})|(?P<counter>{_COUNTER})|(?P<version>{_VERSION})")

What = Literal["missing", "added", "other"]


class Difference(NamedTuple):
    """One difference.

    Attributes:
        where: `status`, a header's name, `events`, or the path of a JSON value; for an event it begins with
            the event's name. Indexes are left out.
        what: `missing` and `added` are told from ours; `other` is another value, type or count.
        recorded: For the reader.
        ours: For the reader.
    """

    where: str
    what: What
    recorded: str = ""
    ours: str = ""


class Identities:
    """Which id of ours stands for a recorded one; learned as they are met, and held to."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def learn(self, recorded: str, ours: str) -> None:
        self._ours[recorded] = ours

    def knows(self, recorded: str) -> bool:
        return recorded in self._ours

    def same(self, recorded: str, ours: str) -> bool:
        """Whether ours stands for the recorded one."""
        return self._ours.setdefault(recorded, ours) == ours

    def translate(self, text: str) -> str:
        """Return a text of the recording with our ids."""
        return VOLATILE.sub(lambda found: self._ours.get(found[0], found[0]), text)


class Comparison:
    """Compares in recorded order, with what earlier exchanges told about ids."""

    def __init__(self, ids: Identities) -> None:
        self._ids = ids

    def values(self, where: str, recorded: Any, ours: Any) -> Iterator[Difference]:
        """Compare two JSON values."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            yield from self._objects(where, recorded, ours)
        elif isinstance(recorded, list) and isinstance(ours, list):
            if len(recorded) != len(ours):
                yield Difference(f"{where}[]", "other", f"{len(recorded)} items", f"{len(ours)} items")
            for one, other in zip(recorded, ours, strict=False):
                yield from self.values(f"{where}[]", one, other)
        elif isinstance(recorded, str) and isinstance(ours, str):
            if not self._same_text(recorded, ours):
                yield Difference(where, "other", recorded, ours)
        elif type(recorded) is not type(ours) or not _same_number(recorded, ours):
            yield Difference(where, "other", str(recorded), str(ours))

    def headers(self, recorded: dict[str, str], ours: dict[str, str]) -> Iterator[Difference]:
        """Compare the headers that clients read."""
        for name in HEADERS:
            one, other = recorded.get(name), ours.get(name)
            if one is None and other is not None:
                yield Difference(name, "added", ours=other)
            elif one is not None and other is None:
                yield Difference(name, "missing", recorded=one)
            elif one is not None and other is not None and not self._same_text(one, other):
                yield Difference(name, "other", one, other)

    def events(self, recorded: list[Event], ours: list[Event]) -> Iterator[Difference]:
        """Compare the events' names in their order, then those of the same name one by one."""
        names, our_names = [_plain(event) for event in recorded], [_plain(event) for event in ours]
        matcher = SequenceMatcher(a=names, b=our_names, autojunk=False)
        for _tag, start, end, our_start, our_end in matcher.get_opcodes():
            if _tag == "equal":
                for one, other in zip(recorded[start:end], ours[our_start:our_end], strict=True):
                    yield from self._event(one, other)
                continue
            for name in names[start:end]:
                yield Difference(f"events: {name}", "missing")
            for event in ours[our_start:our_end]:
                yield Difference(f"events: {_plain(event)}", "added", ours=str(event.data)[:200])

    def _event(self, recorded: Event, ours: Event) -> Iterator[Difference]:
        kind = recorded.name.partition("|")[0]
        if not self._same_text(recorded.name, ours.name):
            yield Difference(f"events: {kind}", "other", recorded.name, ours.name)
        if (recorded.event_id is None) is not (ours.event_id is None):
            yield Difference("events: id", "added" if ours.event_id else "missing")
        elif recorded.event_id and ours.event_id:
            self._ids.learn(recorded.event_id, ours.event_id)
        yield from self.values(f"{kind}: $", recorded.data, ours.data)

    def _objects(self, where: str, recorded: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
        for key, value in recorded.items():
            # An id as a key: the only one of its kind in an object.
            name = VOLATILE.sub("*", key)
            other = key if key in ours else next((k for k in ours if VOLATILE.sub("*", k) == name), None)
            if other is None:
                yield Difference(f"{where}.{name}", "missing", recorded=str(value)[:200])
            else:
                yield from self.values(f"{where}.{name}", value, ours[other])
        known = {VOLATILE.sub("*", key) for key in recorded}
        for key, value in ours.items():
            if VOLATILE.sub("*", key) not in known:
                yield Difference(f"{where}.{VOLATILE.sub('*', key)}", "added", ours=str(value)[:200])

    def _same_text(self, recorded: str, ours: str) -> bool:
        found, our_found = list(VOLATILE.finditer(recorded)), list(VOLATILE.finditer(ours))
        if _template(recorded) != _template(ours):
            return False
        pairs = zip(found, our_found, strict=True)
        return all(self._ids.same(one[0], other[0]) for one, other in pairs if one.lastgroup == "id")


def _template(text: str) -> str:
    return VOLATILE.sub(lambda found: f"<{found.lastgroup}>", text)


def _same_number(recorded: Any, ours: Any) -> bool:
    if isinstance(recorded, int) and recorded > MILLISECONDS_SINCE_1970 and ours > MILLISECONDS_SINCE_1970:
        return True
    return bool(recorded == ours)


def _plain(event: Event) -> str:
    return VOLATILE.sub("*", event.name)
