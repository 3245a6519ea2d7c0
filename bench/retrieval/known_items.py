"""Questions that one section is known to answer, made from a manual's titles and first sentences."""

import hashlib
import re
from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from bench.retrieval.manuals import Manual, Section
from narutalk.languages import Language, detect_language
from tools.documents.chunking import split_sentences

MIN_SECTION_CHARS = 150
MIN_SENTENCE_CHARS = {Language.EN: 40, Language.KO: 18}
MARK_CHARS = 40
WITHHELD = "—"


class Kind(StrEnum):
    """What a question is made of."""

    TITLE = "title"  # as it stands in the index
    HIDDEN_TITLE = "hidden title"  # the heading is withheld from the index
    SENTENCE = "first sentence"  # which is withheld from the index


class KnownItem(NamedTuple):
    """A question and its answer.

    Attributes:
        marks: Beginnings of the section's paragraphs that stand nowhere else in the manual: a passage that
            holds one of them answers the question.
    """

    kind: Kind
    package: str
    query: str
    marks: frozenset[str]


class Prepared(NamedTuple):
    """A manual as it is indexed, with what was withheld from it, and the questions."""

    manual: Manual
    items: list[KnownItem]


def prepare(manual: Manual, language: Language) -> Prepared:
    """Return a manual of which some headings and first sentences are withheld, as questions."""
    titles = Counter(section.heading for sections in manual.pages.values() for section in sections)
    marks = _unique_marks(manual)
    items, pages = [], {}
    for name, sections in manual.pages.items():
        kept = []
        for number, section in enumerate(sections):
            unique = titles[section.heading] == 1
            made = _ask(section, _kind(name, number), language, unique=unique)
            answers = marks & _marks(made.section) if made else frozenset()
            if made and answers:
                items.append(KnownItem(made.kind, manual.package, made.query, answers))
            kept.append(made.section if made and answers else section)
        pages[name] = kept
    return Prepared(Manual(manual.package, pages), items)


def across(questions: Manual, answers: Manual) -> list[KnownItem]:
    """Return questions out of the one manual whose answers are sections of its translation.

    Pages of the same name whose headings stand on the same levels are taken for translations.
    """
    items = []
    unique = _unique_marks(answers)
    for name, sections in questions.pages.items():
        others = answers.pages.get(name, [])
        if [section.level for section in sections] != [section.level for section in others]:
            continue
        for number, (section, other) in enumerate(zip(sections, others, strict=True)):
            kind = Kind.SENTENCE if _kind(name, number) is Kind.SENTENCE else Kind.TITLE
            query = section.heading if kind is Kind.TITLE else _first_sentence(section, Language.KO)
            marks = _marks(other) & unique
            if query and marks and detect_language(query) is Language.KO and _is_long(other):
                items.append(KnownItem(kind, questions.package, query, marks))
    return items


def normalized(text: str) -> str:
    """Return a text without what Markdown and line breaks add."""
    return re.sub(r"[\W_]+", "", text).casefold()


class _Asked(NamedTuple):
    section: Section
    kind: Kind
    query: str


def _ask(section: Section, kind: Kind, language: Language, *, unique: bool) -> _Asked | None:
    """Return a section as it is indexed, and what is asked for it; None when it makes no question."""
    if not _is_long(section) or detect_language(" ".join(section.paragraphs)) is not language:
        return None
    if kind is Kind.SENTENCE:
        query = _first_sentence(section, language)
        rest = section.paragraphs[0].removeprefix(query).strip()
        section = Section(section.level, section.heading, [*filter(None, [rest]), *section.paragraphs[1:]])
    else:
        query = section.heading if unique else ""
        if kind is Kind.HIDDEN_TITLE:
            section = Section(section.level, WITHHELD, section.paragraphs)
    return _Asked(section, kind, query) if query and detect_language(query) is language else None


def _kind(page: str, number: int) -> Kind:
    """Return a kind by chance, the same in every run."""
    return list(Kind)[hashlib.sha256(f"{page}#{number}".encode()).digest()[0] % len(Kind)]


def _first_sentence(section: Section, language: Language) -> str:
    first = next(iter(split_sentences(section.paragraphs[0] if section.paragraphs else "")), "")
    return first if len(first) >= MIN_SENTENCE_CHARS[language] and not first.startswith("#") else ""


def _is_long(section: Section) -> bool:
    return sum(map(len, section.paragraphs)) >= MIN_SECTION_CHARS


def _unique_marks(manual: Manual) -> frozenset[str]:
    counts = Counter(
        mark for sections in manual.pages.values() for section in sections for mark in _marks(section)
    )
    return frozenset(mark for mark, count in counts.items() if count == 1)


def _marks(section: Section) -> frozenset[str]:
    beginnings = (normalized(paragraph)[:MARK_CHARS] for paragraph in section.paragraphs)
    return frozenset(beginning for beginning in beginnings if len(beginning) >= MARK_CHARS // 2)
