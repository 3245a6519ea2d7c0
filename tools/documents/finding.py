"""Which documents a person means: by id, by title, by a file's name, or by words and years of these."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from narutalk.errors import TellTheModel
from narutalk.identity import Identity
from tools.documents.library import DocumentLibrary
from tools.documents.models import Document

MAX_TITLES = 1000
MAX_NAMED = 5
UNKNOWN = {
    "en": "There is no such document among those you can read.",
    "ko": "읽으실 수 있는 문서 중에 그런 문서가 없습니다.",
}
SEVERAL = {
    "en": "Several documents fit; which one do you mean? {titles}",
    "ko": "해당하는 문서가 여러 건 있습니다. 어느 것인가요? {titles}",
}
_WORD = re.compile(r"[A-Za-z]+|\d+|[가-힣]+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_PAIRS = (
    re.compile(
        r"\b(?:compare|between|do|does|in)\s+(?:the\s+)?(.{3,80}?)\s+(?:and|with|to|against)\s+(?:the\s+)?(.{3,80}?)"
        r"(?:\s+differ|\s*[?.!]|\s*$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(\S.{1,80}?)(?:와|과|이랑|랑|하고)\s+(\S.{1,80}?)(?:을|를|의|은|는|이|가)?\s*(?:비교|차이|뭐가|무엇|달라)"
    ),
)
"""How two things are named in one breath, in English and in Korean."""
_PARTICLE = re.compile(r"(?:의|을|를|은|는|이|가|와|과|랑|도)$")
_EMPTY = frozenset(
    "the a an of for on by about in our document documents policy's version 문서 버전 년 년도 내용".split()
)


class Stretch(NamedTuple):
    """Two documents that a sentence names, and where it does."""

    documents: tuple[Document, Document]
    start: int
    end: int


def resolve(library: DocumentLibrary, identity: Identity, name: str) -> Document:
    """Return the one document that a name means, among those the person may read.

    Raises:
        TellTheModel: There is none, or there are several.
    """
    same, _ = library.store.list_documents(identity, search=name, limit=MAX_TITLES)
    exact = [entry for entry in same if name.casefold() in _names(entry)]
    known, _ = library.store.list_documents(identity, limit=MAX_TITLES)
    by_id = [entry for entry in known if entry.id == name]
    found = by_id or exact or same or best(known, name)
    if not found:
        raise TellTheModel(UNKNOWN["en"], details=UNKNOWN)
    if len(found) > 1:
        titles = "; ".join(f"{entry.title} ({entry.source})" for entry in found[:MAX_NAMED])
        details = {language: text.format(titles=titles) for language, text in SEVERAL.items()}
        raise TellTheModel(details["en"], details=details)
    return found[0]


def best(known: Sequence[Document], words: str) -> list[Document]:
    """Return the documents whose names hold all the words; if a title is just these, only that."""
    wanted = _terms(words)
    fitting = [entry for entry in known if wanted and wanted <= _terms_of(entry)]
    return [entry for entry in fitting if _terms(entry.title) == wanted] or fitting


def two_named(known: Sequence[Document], sentence: str) -> Stretch | None:
    """Return the two documents that a sentence names; None when they are not two, or not clear.

    By their titles, by what they have in common and two years ("the policy of 2024 and 2025"), or each by
    words that only one of them has in its names.
    """
    return _by_titles(known, sentence) or _by_years(known, sentence) or _by_words(known, sentence)


def _by_titles(known: Sequence[Document], sentence: str) -> Stretch | None:
    left, spans = sentence.casefold(), []
    for entry in sorted(known, key=lambda entry: -len(entry.title)):
        start = left.find(entry.title.casefold())
        if start < 0:
            continue
        end = start + len(entry.title)
        left = f"{left[:start]}{' ' * (end - start)}{left[end:]}"
        spans.append((start, end, entry))
    if len(spans) != 2:
        return None
    (first_start, first_end, first), (second_start, second_end, second) = sorted(
        spans, key=lambda span: span[0]
    )
    return Stretch((first, second), min(first_start, second_start), max(first_end, second_end))


def _by_years(known: Sequence[Document], sentence: str) -> Stretch | None:
    years = list(_YEAR.finditer(sentence))
    if len({year[0] for year in years}) != 2:
        return None
    names = {term for entry in known for term in _terms_of(entry)}
    common = [word for word in _WORD.finditer(sentence) if _stem(word[0]) in names - _years_of(known)]
    if not common:
        return None
    words = " ".join(word[0] for word in common)
    found = [best(known, f"{words} {year}") for year in dict.fromkeys(year[0] for year in years)]
    if [len(entries) for entries in found] != [1, 1]:
        return None
    spans = [word.span() for word in (*common, *years)]
    return Stretch((found[0][0], found[1][0]), min(start for start, _ in spans), max(end for _, end in spans))


def _by_words(known: Sequence[Document], sentence: str) -> Stretch | None:
    for pattern in _PAIRS:
        match = pattern.search(sentence)
        found = [best(known, words) for words in match.groups()] if match else []
        if match and [len(entries) for entries in found] == [1, 1] and found[0] != found[1]:
            return Stretch((found[0][0], found[1][0]), match.start(1), match.end(2))
    return None


def _names(document: Document) -> set[str]:
    return {document.title.casefold(), document.source.casefold()}


def _terms_of(document: Document) -> frozenset[str]:
    year = f" {document.date.year}" if document.date and not _YEAR.search(document.title) else ""
    return _terms(f"{document.title} {document.source.rpartition('.')[0]}{year}")


def _years_of(known: Sequence[Document]) -> set[str]:
    return {term for entry in known for term in _terms_of(entry) if _YEAR.fullmatch(term)}


def _terms(text: str) -> frozenset[str]:
    return frozenset(stem for word in _WORD.findall(text) if (stem := _stem(word)) not in _EMPTY)


def _stem(word: str) -> str:
    lowered = word.casefold()
    if lowered.isascii():
        return lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") else lowered
    return _PARTICLE.sub("", lowered) if len(lowered) > 2 else lowered
