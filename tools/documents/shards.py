"""How the index is laid out: one shard for each language and each set of groups that may read.

A search looks only into the shards its caller may read. So permissions cost nothing at query time, and
neither scores, counts nor timings depend on what the caller may not read.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from narutalk.identity import Identity
from narutalk.languages import Language
from tools.documents.models import Document
from tools.documents.permissions import may_read


class ShardKey(NamedTuple):
    """What the passages of a shard have in common.

    Attributes:
        language: Of the documents.
        access: Their access key (`permissions.access_key`).
    """

    language: Language
    access: str


class Entry(NamedTuple):
    """What an index needs to know of a document; another ``version`` means that it must be read anew."""

    document_id: str
    shard: ShardKey
    category: str
    format: str
    date: datetime.date | None
    version: datetime.datetime


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Narrows a search. What is left out allows everything.

    Attributes:
        language: Of the document.
        category: The document's, as it was indexed.
        format: The file's ending, such as ``pdf``.
        since: The document's date is this one or later; documents without a date are left out.
        until: The same, this one or earlier.
        group: Only documents that this group may read by name.
    """

    language: str | None = None
    category: str | None = None
    format: str | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    group: str | None = None

    def allows_shard(self, key: ShardKey) -> bool:
        """Whether the shard can hold what is looked for."""
        if self.language and key.language != self.language:
            return False
        return not self.group or self.group in key.access.split("|")

    @property
    def looks_at_documents(self) -> bool:
        """Whether a shard is not enough to decide by."""
        return bool(self.category or self.format or self.since or self.until)

    def allows(self, entry: Entry) -> bool:
        """Whether a document of an allowed shard is one that is looked for."""
        if self.category and entry.category != self.category:
            return False
        if self.format and entry.format != self.format:
            return False
        if self.since and (entry.date is None or entry.date < self.since):
            return False
        return not self.until or (entry.date is not None and entry.date <= self.until)


def readable(identity: Identity, keys: Iterable[ShardKey]) -> list[ShardKey]:
    """Return the shards the person may read, in a stable order."""
    return sorted(key for key in keys if may_read(identity, key.access))


def entry_of(document: Document) -> Entry:
    """Return what an index needs to know of a document."""
    return Entry(
        document.id,
        ShardKey(Language(document.language), document.access),
        document.category,
        document.format,
        document.date,
        document.indexed_at,
    )


def document_of(passage_id: str) -> str:
    """Return the id of a passage's document: what stands before the position."""
    return passage_id.rpartition("-")[0]
