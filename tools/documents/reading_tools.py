"""Reading further in a document, and comparing two: the document agent's other tools."""

import re
from typing import Annotated, Self

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.finders import names, number
from narutalk.offline.hints import ArgumentFinder, Found, OfflineHints
from narutalk.run_identity import current_identity
from tools.documents.comparison import MAX_ROWS, Comparison, compare
from tools.documents.finding import MAX_TITLES, resolve, two_named
from tools.documents.library import DocumentLibrary
from tools.documents.models import Document
from tools.documents.results import cite_passage
from tools.tool import ToolResult, build_tool

MAX_READ_CHARS = 5000
MAX_READ_PASSAGES = 10
NAME_CHARS = 500
_ASKS_TO_READ = re.compile(r"\b(?:read|open|whole|full text|go on)\b|전문|전체|읽어|본문|계속", re.IGNORECASE)
_ASKS_TO_COMPARE = re.compile(
    r"\b(?:compar\w+|differ\w*|changed?|changes)\b|비교|차이|다른|달라|바뀌|바뀐|변경", re.IGNORECASE
)
_GOES_ON = {
    Language.EN: "This was {first} to {last} of {total} passages; it goes on from passage {next}.",
    Language.KO: "전체 {total}개 단락 중 {first}~{last}번입니다. {next}번 단락부터 이어집니다.",
}


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
        parts += [_numbered(passage) for passage in self.passages]
        if self.next:
            first, last = self.passages[0].position + 1, self.passages[-1].position + 1
            parts.append(_GOES_ON[language].format(first=first, last=last, total=self.total, next=self.next))
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


def _read(document: Document, start: int) -> ReadDocument:
    size = 0
    passages: list[NumberedPassage] = []
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
            cite_passage(document, passage, number)
            for number, passage in enumerate(document.passages[start:end], start=1)
        ],
    )


def _numbered(passage: NumberedPassage) -> str:
    gap = "\n\n" if passage.text.startswith("|") else " "  # a table begins its own line
    return f"[{passage.index}]{gap}{passage.text}"


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
