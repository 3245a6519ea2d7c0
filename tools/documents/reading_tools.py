"""Reading further in a document, and comparing two: the document agent's other tools."""

import re
from collections.abc import Sequence
from typing import Annotated, NamedTuple, Self

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.finders import names, number
from narutalk.offline.hints import ArgumentFinder, Found, OfflineHints
from narutalk.run_identity import current_identity
from tools.documents.chunking import SEPARATOR
from tools.documents.finding import MAX_TITLES, resolve, two_named
from tools.documents.library import DocumentLibrary
from tools.documents.models import Document, Passage
from tools.documents.results import plain
from tools.tool import ToolResult, build_tool

MAX_READ_CHARS = 5000
MAX_READ_PASSAGES = 10
MAX_ROWS = 6
MAX_CELL_CHARS = 500
NAME_CHARS = 500
_ASKS_TO_READ = re.compile(r"\b(?:read|open|whole|full text|go on)\b|전문|전체|읽어|본문|계속", re.IGNORECASE)
_ASKS_TO_COMPARE = re.compile(
    r"\b(?:compar\w+|differ\w*|changed?|changes)\b|비교|차이|다른|달라|바뀌|바뀐|변경", re.IGNORECASE
)
_GOES_ON = {
    Language.EN: "This was {first} to {last} of {total} passages; it goes on from passage {next}.",
    Language.KO: "전체 {total}개 단락 중 {first}~{last}번입니다. {next}번 단락부터 이어집니다.",
}
_SAME = {Language.EN: "The same in both", Language.KO: "양쪽이 같은 부분"}
_ALL_SAME = {Language.EN: "Both say the same.", Language.KO: "두 문서의 내용이 같습니다."}
_MORE = {Language.EN: "{count} more sections differ.", Language.KO: "다른 부분이 {count}곳 더 있습니다."}
_SECTION = {Language.EN: "Section", Language.KO: "부분"}
_ABSENT = "—"
_HEADING = re.compile(r"^\*\*(.+)\*\*$", re.MULTILINE)


class ReadArgs(BaseModel):
    """Arguments of `read_document`."""

    document: str = Field(
        description="The document's title, its file's name, or its id.", min_length=1, max_length=NAME_CHARS
    )
    first_passage: int = Field(
        default=1,
        ge=1,
        le=1_000_000,
        description="Where to begin, to go on reading: as the last reading said.",
    )


class CompareArgs(BaseModel):
    """Arguments of `compare_documents`."""

    documents: list[Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]] = Field(
        description="The two documents' titles, file names, or ids.", min_length=2, max_length=2
    )


class NumberedPassage(BaseModel):
    """A passage of a document, with the number it is cited by."""

    index: int
    position: int
    text: str
    page: int | None
    section: str | None


class ReadDocument(ToolResult):
    """A stretch of a document; `next` is the number of the passage behind it, from 1, None at the end."""

    title: str
    source: str
    total: int
    passages: list[NumberedPassage]
    next: int | None

    def numbered_after(self, taken: int) -> Self:
        passages = [entry.model_copy(update={"index": entry.index + taken}) for entry in self.passages]
        return super().numbered_after(taken).model_copy(update={"passages": passages})

    def to_markdown(self, language: Language) -> str:
        parts = [f"**{self.title}**"]
        parts += [f"[{passage.index}] {passage.text}" for passage in self.passages]
        if self.next:
            first, last = self.passages[0].position + 1, self.passages[-1].position + 1
            parts.append(_GOES_ON[language].format(first=first, last=last, total=self.total, next=self.next))
        return "\n\n".join(parts)


class Row(BaseModel):
    """What two documents say in one section; an empty text where one has no such section."""

    section: str
    texts: tuple[str, str]
    marks: tuple[int | None, int | None]


class _Said(NamedTuple):
    text: str
    passage: Passage


class Comparison(ToolResult):
    """The sections of two documents that differ, side by side; `omitted` more are not shown."""

    titles: tuple[str, str]
    rows: list[Row]
    same: list[str]
    omitted: int

    def numbered_after(self, taken: int) -> Self:
        rows = [
            row.model_copy(update={"marks": tuple(mark and mark + taken for mark in row.marks)})
            for row in self.rows
        ]
        return super().numbered_after(taken).model_copy(update={"rows": rows})

    def to_markdown(self, language: Language) -> str:
        parts = []
        if self.rows:
            head = f"| {_SECTION[language]} | {self.titles[0]} | {self.titles[1]} |\n| --- | --- | --- |"
            lines = [f"| {_cell(row.section)} | {_side(row, 0)} | {_side(row, 1)} |" for row in self.rows]
            parts.append("\n".join([head, *lines]))
        else:
            parts.append(f"**{self.titles[0]}** / **{self.titles[1]}**: {_ALL_SAME[language]}")
        if self.omitted:
            parts.append(_MORE[language].format(count=self.omitted))
        if self.same and self.rows:
            parts.append(f"{_SAME[language]}: {', '.join(self.same[:MAX_ROWS])}")
        return "\n\n".join(parts)


def build_reading_tools(library: DocumentLibrary) -> list[BaseTool]:
    """Return the tools that read and compare whole documents, as far as the person may read them."""

    def read_document(identity: Identity, args: ReadArgs) -> ReadDocument:
        found = resolve(library, identity, args.document)
        document = library.store.access_document(identity, found.id)
        return _read(document, args.first_passage - 1)

    def compare_documents(identity: Identity, args: CompareArgs) -> Comparison:
        found = [resolve(library, identity, name) for name in args.documents]
        first, second = (library.store.access_document(identity, entry.id) for entry in found)
        return compare(first, second)

    return [
        build_tool(
            read_document,
            name="read_document",
            description=(
                "Read a document in its order, a stretch at a time, when the passages of a search are not "
                "enough. Returns numbered passages; cite them as [1], [2]."
            ),
            args=ReadArgs,
            hints=_read_hints(library),
            max_citations=MAX_READ_PASSAGES,
        ),
        build_tool(
            compare_documents,
            name="compare_documents",
            description="Compare two documents, such as two versions of one: their sections side by side.",
            args=CompareArgs,
            hints=_compare_hints(library),
            max_citations=2 * MAX_ROWS,
        ),
    ]


def compare(first: Document, second: Document) -> Comparison:
    """Put the sections of two documents side by side, in the first one's order."""
    sides = [_sections(document) for document in (first, second)]
    rows: list[Row] = []
    citations: list[Citation] = []
    same, omitted = [], 0
    for section in dict.fromkeys([*sides[0], *sides[1]]):
        said = [side.get(section, []) for side in sides]
        texts = [_joined(found) for found in said]
        if texts[0] == texts[1]:
            same.append(section)
            continue
        if len(rows) == MAX_ROWS:
            omitted += 1
            continue
        marks: list[int | None] = [None, None]
        for place, (document, found) in enumerate(zip((first, second), said, strict=True)):
            if found:
                marks[place] = len(citations) + 1
                citations.append(_cite(document, found[0].passage, len(citations) + 1))
        rows.append(Row(section=section, texts=(texts[0], texts[1]), marks=(marks[0], marks[1])))
    return Comparison(
        titles=(_title(first, second), _title(second, first)),
        rows=rows,
        same=[section for section in same if section],
        omitted=omitted,
        citations=citations,
    )


def _read(document: Document, start: int) -> ReadDocument:
    size, passages = 0, []
    for passage in document.passages[start : start + MAX_READ_PASSAGES]:
        size += len(passage.text)
        if passages and size > MAX_READ_CHARS:
            break
        passages.append(
            NumberedPassage(
                index=len(passages) + 1,
                position=passage.position,
                text=passage.text,
                page=passage.page,
                section=passage.section,
            )
        )
    end = start + len(passages)
    return ReadDocument(
        title=document.title,
        source=document.source,
        total=len(document.passages),
        passages=passages,
        next=end + 1 if passages and end < len(document.passages) else None,
        citations=[
            _cite(document, document.passages[start + number], number + 1) for number in range(len(passages))
        ],
    )


def _sections(document: Document) -> dict[str, list[_Said]]:
    """Return what a document says under each heading, without its own title.

    Short sections share a passage; their headings stand in it as lines of bold type.
    """
    sections: dict[str, list[_Said]] = {}
    for passage in document.passages:
        parts = (passage.section or "").split(SEPARATOR)
        below = [part for part in (parts[1:] if _is_title(parts[0], document) else parts) if part]
        before, *headed = _HEADING.split(passage.text)
        if before.strip():
            sections.setdefault(SEPARATOR.join(below), []).append(_Said(before, passage))
        for heading, text in zip(headed[::2], headed[1::2], strict=True):
            if not text.strip():
                continue
            own = [] if _is_title(heading, document) or heading in below else [heading]
            sections.setdefault(SEPARATOR.join([*below, *own]), []).append(_Said(text, passage))
    return sections


def _is_title(heading: str, document: Document) -> bool:
    return heading.casefold() == document.title.casefold()


def _joined(said: Sequence[_Said]) -> str:
    text = " ".join(plain(part.text) for part in said)
    text = " ".join(text.split())
    return text if len(text) <= MAX_CELL_CHARS else f"{text[:MAX_CELL_CHARS].rstrip()}…"


def _title(document: Document, other: Document) -> str:
    return f"{document.title} ({document.source})" if document.title == other.title else document.title


def _cite(document: Document, passage: Passage, index: int) -> Citation:
    return Citation(
        index=index,
        title=document.title,
        document_id=document.id,
        source=document.source,
        page=passage.page,
        section=passage.section,
        passage=passage.position,
        quote=plain(passage.text),
    )


def _side(row: Row, place: int) -> str:
    mark = row.marks[place]
    return f"{_cell(row.texts[place])} [{mark}]" if mark else _ABSENT


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _readable(library: DocumentLibrary) -> list[Document]:
    identity = current_identity()
    return library.store.list_documents(identity, limit=MAX_TITLES)[0] if identity else []


def _read_hints(library: DocumentLibrary) -> OfflineHints:
    find_name = names(
        lambda: [name for entry in _readable(library) for name in (entry.title, entry.source)], fuzzy=False
    )
    return OfflineHints(
        phrases={
            Language.EN: [
                "read the document {document}",
                "read {document}",
                "show me the whole document {document}",
                "open {document} and read it",
                "what is the full text of {document}",
                "go on reading {document} from passage {first_passage}",
            ],
            Language.KO: [
                "{document} 문서 전체를 보여줘",
                "{document} 전문을 보여줘",
                "{document} 읽어 줘",
                "{document} 문서 본문 전체 알려줘",
                "{document} {first_passage} 단락부터 계속 읽어 줘",
            ],
        },
        finders={
            "first_passage": number(r"(?:passage\s+|(?<!\d)(?=\d+번))(\d+)"),
            "document": _only_when(_ASKS_TO_READ, find_name),
        },
        questions={
            "document": {
                Language.EN: "Which document, by its title?",
                Language.KO: "어떤 문서인가요? 제목을 알려 주세요.",
            }
        },
    )


def _compare_hints(library: DocumentLibrary) -> OfflineHints:
    def find_two(sentence: str) -> Found | None:
        found = two_named(_readable(library), sentence)
        return found and Found([entry.id for entry in found.documents], found.start, found.end)

    return OfflineHints(
        phrases={
            Language.EN: [
                "compare {documents}",
                "compare the documents {documents}",
                "what is the difference between {documents}",
                "how do {documents} differ",
                "what changed between {documents}",
                "what has changed in {documents}",
            ],
            Language.KO: [
                "{documents} 비교해 줘",
                "{documents} 비교",
                "{documents} 차이가 뭐야",
                "{documents} 뭐가 다른가요",
                "{documents} 무엇이 바뀌었나요",
                "{documents} 달라진 점 알려줘",
            ],
        },
        finders={"documents": _only_when(_ASKS_TO_COMPARE, find_two)},
        questions={
            "documents": {
                Language.EN: "Which two documents, by their titles?",
                Language.KO: "어떤 두 문서를 비교할까요? 제목을 알려 주세요.",
            }
        },
    )


def _only_when(asks: re.Pattern[str], find: ArgumentFinder) -> ArgumentFinder:
    """Return a finder that finds only in sentences that ask for it, so that searches stay searches."""
    return lambda sentence: find(sentence) if asks.search(sentence) else None
