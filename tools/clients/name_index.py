"""Finds clients by what people call them: an id, a name in Korean or Latin letters, or a part of one."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from narutalk.offline.hints import Found
from tools.clients.records import ClientRecord
from tools.identifiers import Identifiers, with_name_before
from tools.name_search import NameSearch, name_key

FUZZY_MIN_SCORE = 88
FUZZY_MIN_CHARS = 7
AS_NEAR = 2.0
"""Names whose scores differ by no more may both be meant."""
MAX_NEAREST = 10
MAX_WORDS = 6
CACHED_SENTENCES = 512
NOUNS = r"\b(?:client|customer|account)|거래처|고객사?"

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9&.'’-]*|[가-힣]+")
_PARTICLE = re.compile(
    r"(?:에서의|에게서|에서|에게|에는|에도|한테|께서|과의|와의|이랑|의|에|은|는|이|가|을|를|와|과|도|랑|님)$"
)
# What names end in; what is left in front is the client's own word, by which people call it.
_KINDS_KO = (
    r"(?:중앙|종합|재활|요양|어린이|정형외과|내과|외과|소아과|이비인후과|피부과|가정의학과|신경과|안과|여성|연합|열린"
    r"|역전|시장|공원|정문|한방|치과|대학|시립)*"
    r"(?:병원|의원|약국|약품유통|약품|메디컬서플라이|메디컬|헬스로지스|헬스케어|유통|센터)$"
)
_KINDS_EN = frozenset(
    str.split(
        """
        hospital general central care rehabilitation children's orthopedic clinic internal medicine pediatric
        ent dermatology family neurology eye women's associated pharmacy open station market park main gate
        pharma distribution medical supply health logistics center centre
        """
    )
)


class _Entry(NamedTuple):
    record: ClientRecord
    keys: tuple[str, str]


class NameIndex:
    """All names of the clients at one moment.

    Args:
        clients: In the order in which candidates are offered.
    """

    def __init__(self, clients: Sequence[ClientRecord]) -> None:
        self._entries = [
            _Entry(record, (name_key(record.name.ko), name_key(record.name.en))) for record in clients
        ]
        self._by_id = {record.id: record for record in clients}
        self._ids = Identifiers(self._by_id, NOUNS)
        self._by_key: dict[str, list[ClientRecord]] = {}
        for entry in self._entries:
            for name in entry.keys:
                self._by_key.setdefault(name, []).append(entry.record)
        self._brands = {own_word(record.name.ko) for record in clients} | {
            own_word(record.name.en) for record in clients
        }
        self._brands.discard("")
        self._latin = [entry.keys[1] for entry in self._entries]
        self._search = NameSearch([(record.name.ko, record.name.en) for record in clients])
        self.find = lru_cache(CACHED_SENTENCES)(self._find)

    def matches(self, text: str) -> list[ClientRecord]:
        """Return the clients that a text can mean: one when it is clear, none when there is none.

        An id or a whole name is clear. Otherwise the clients whose name holds the text, then those whose
        name holds its words in order, then the one whose name is nearly the same.
        """
        return self._by_key.get(name_key(text)) or self._meant(text)

    def _meant(self, text: str) -> list[ClientRecord]:
        """Return all clients whose id a text is, or whose name holds it, or is nearly it."""
        if known := self._ids.meant(text):
            return [self._by_id[known]]
        wanted = name_key(text)
        if len(wanted) < 2:
            return []
        return self._holding(re.escape(wanted)) or self._holding(self._parts(text)) or self._nearly(wanted)

    def search(self, text: str) -> list[ClientRecord]:
        """Return all clients whose id a text is, or whose name it may mean: see `NameSearch.find`.

        More than `matches` takes a text for: here a person sees what was found, and picks.
        """
        if known := self._ids.meant(text):
            return [self._by_id[known]]
        return [self._entries[position].record for position in self._search.find(text)]

    def _holding(self, pattern: str) -> list[ClientRecord]:
        compiled = re.compile(pattern)
        return [entry.record for entry in self._entries if any(compiled.search(name) for name in entry.keys)]

    def _parts(self, text: str) -> str:
        words = [word for word in map(name_key, _WORD.findall(text)) if word]
        brand = max((b for b in self._brands if words and words[0].startswith(b)), key=len, default="")
        if brand and words[0] != brand:
            words = [brand, words[0].removeprefix(brand), *words[1:]]
        return "^" + ".*".join(map(re.escape, words))

    def _nearly(self, wanted: str) -> list[ClientRecord]:
        """Return the clients whose name is nearly a text: several when it may be a slip in either."""
        _score, keys = self._nearest(wanted)
        records = [record for name in keys for record in self._by_key[name]]
        return list({record.id: record for record in records}.values())

    def _nearest(self, wanted: str) -> tuple[float, list[str]]:
        if len(wanted) < FUZZY_MIN_CHARS or not wanted.isascii():
            return 0.0, []
        hits = process.extract(
            wanted, self._latin, scorer=fuzz.ratio, score_cutoff=FUZZY_MIN_SCORE, limit=MAX_NEAREST
        )
        best = max((score for _name, score, _at in hits), default=0.0)
        return best, [name for name, score, _at in hits if score >= best - AS_NEAR]

    def _find(self, sentence: str) -> Found | None:
        """Find the words of a sentence that name a client, or the several that share a part of a name."""
        if found := self._ids.find(sentence):
            return with_name_before(sentence, found, self._named)
        return self._named(sentence)

    def _named(self, sentence: str) -> Found | None:
        words = list(_WORD.finditer(sentence))
        if whole := self._whole(sentence, words):
            return whole
        partly, misspelt = self._partly(sentence, words), self._misspelt(sentence, words)
        if partly and misspelt:
            return max(partly, misspelt, key=lambda found: found.end - found.start)
        return partly or misspelt

    def _whole(self, sentence: str, words: list[re.Match[str]]) -> Found | None:
        for count in range(min(MAX_WORDS, len(words)), 0, -1):
            for first in range(len(words) - count + 1):
                start, end = words[first].start(), words[first + count - 1].end()
                for text in _without_particle(sentence[start:end]):
                    if found := self._by_key.get(name_key(text)):
                        return Found(_spelled(found, text), start, end)
        return None

    def _partly(self, sentence: str, words: list[re.Match[str]]) -> Found | None:
        """Find a client's own word, with the words after it that go on with some client's name."""
        for index, word in enumerate(words):
            for text in _without_particle(word[0]):
                if not self._starts_with_brand(text):
                    continue
                best = Found(text, word.start(), word.end()) if self.matches(text) else None
                for last in range(index + 1, min(index + MAX_WORDS, len(words))):
                    longer = sentence[word.start() : words[last].end()]
                    fitting = next((t for t in _without_particle(longer) if self._goes_on(t)), None)
                    if fitting is None:
                        break
                    best = Found(fitting, word.start(), words[last].end())
                if best:
                    return best
        return None

    def _starts_with_brand(self, text: str) -> bool:
        folded = name_key(text)
        if folded.isascii():
            return folded in self._brands
        return any(folded.startswith(brand) for brand in self._brands)

    def _goes_on(self, text: str) -> bool:
        return bool(self._holding(self._parts(text)))

    def _misspelt(self, sentence: str, words: list[re.Match[str]]) -> Found | None:
        best: tuple[float, Found] | None = None
        latin = [word for word in words if word[0].isascii()]
        for first in range(len(latin)):
            for last in range(first + 1, min(first + MAX_WORDS, len(latin))):
                start, end = latin[first].start(), latin[last].end()
                score, keys = self._nearest(name_key(sentence[start:end]))
                if keys and (best is None or score > best[0]):
                    one = len(keys) == 1
                    text = self._by_key[keys[0]][0].name.en if one else sentence[start:end]
                    best = (score, Found(text, start, end))
        return best[1] if best else None


def own_word(name: str) -> str:
    """Return a name's own word in front of its kind, as a `name_key`: ``hanbit`` of "Hanbit Eye Clinic"."""
    if name.isascii():
        words = name.lower().split()
        while words and words[-1] in _KINDS_EN:
            words.pop()
        return name_key(words[0]) if words else ""
    own = name_key(re.sub(_KINDS_KO, "", name_key(name)))
    return own if len(own) >= 2 else ""


def _spelled(clients: Sequence[ClientRecord], text: str) -> str:
    """Return the name as the client writes it; as it was said where several clients have it."""
    name = clients[0].name
    return text if len(clients) > 1 else (name.en if text.isascii() else name.ko)


def _without_particle(text: str) -> list[str]:
    """Return the text without a possessive, and that without a Korean particle at its end."""
    text = re.sub(r"['’]s$", "", text)
    shorter = _PARTICLE.sub("", text)
    return [text] if shorter in (text, "") else [text, shorter]
