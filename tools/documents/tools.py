"""The document agent's tools."""

from collections.abc import Mapping
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.identity import Identity
from narutalk.languages import Language, detect_language
from narutalk.offline.finders import whole_question
from narutalk.offline.hints import OfflineHints
from tools.documents.chunking import SEPARATOR
from tools.documents.library import DocumentLibrary
from tools.documents.results import (
    NOT_FOUND,
    DocumentList,
    DocumentSummary,
    Excerpt,
    Hit,
    SearchResult,
    cite,
)
from tools.tool import build_tool

TOP_K = 5
LIST_LIMIT = 20
MAX_QUOTES = 3
CLOSE_TO_BEST = 0.72
COVERAGE_WEIGHT = 0.1
MIN_RELEVANCE = {Language.EN: 0.853, Language.KO: 0.868}
"""Calibrated on the sample company: 40 questions that it answers, 12 that it cannot."""


class SearchArgs(BaseModel):
    """Arguments of `search_documents`."""

    query: str = Field(
        description="What to look for, in the person's own words and language.", max_length=8000
    )


class ListArgs(BaseModel):
    """Arguments of `list_documents`."""

    search: str = Field(default="", description="Words that the title must contain; empty for all documents.")


def build_document_tools(library: DocumentLibrary) -> list[BaseTool]:
    """Return the tools over a library."""

    def search_documents(identity: Identity, args: SearchArgs) -> SearchResult:
        hits = relevant(library.search(identity, args.query, top_k=TOP_K), detect_language(args.query))
        excerpts = [Excerpt(index=number, text=hit.text, hit=hit) for number, hit in enumerate(hits, start=1)]
        return SearchResult(
            query=args.query, excerpts=excerpts, citations=[cite(excerpt) for excerpt in excerpts]
        )

    def list_documents(identity: Identity, args: ListArgs) -> DocumentList:
        documents, total = library.store.list_documents(identity, search=args.search, limit=LIST_LIMIT)
        return DocumentList(
            total=total,
            documents=[
                DocumentSummary(
                    document_id=document.id,
                    title=document.title,
                    source=document.source,
                    language=document.language,
                    category=document.category,
                    date=document.date.isoformat() if document.date else None,
                )
                for document in documents
            ],
        )

    return [
        build_tool(
            search_documents,
            name="search_documents",
            description=(
                "Search the company's policies, procedures, product sheets and compliance documents. "
                "Returns numbered passages; cite them as [1], [2]."
            ),
            args=SearchArgs,
            hints=_SEARCH_HINTS,
        ),
        build_tool(
            list_documents,
            name="list_documents",
            description="List the documents the person may read, or those whose title contains some words.",
            args=ListArgs,
            hints=_LIST_HINTS,
        ),
    ]


def relevant(hits: list[Hit], language: Language) -> list[Hit]:
    """Return the hits when the best of them is about the question at all, else none.

    Similarity alone does not tell (e5's cosines lie close together, Korean ones closer still), nor do
    shared words: their weighted sum must be convincing.
    """
    if not hits:
        return []
    relevance = hits[0].similarity + COVERAGE_WEIGHT * hits[0].coverage
    return hits if relevance >= MIN_RELEVANCE[language] else []


def write_answer(artifact: Mapping[str, Any], _question: str, language: Language) -> str:
    """Quote the best passage, and the next ones where they are nearly as good."""
    excerpts = [Excerpt.model_validate(excerpt) for excerpt in artifact["excerpts"]]
    if not excerpts:
        return NOT_FOUND[language]
    best = excerpts[0].hit.score
    shown = [excerpt for excerpt in excerpts[:MAX_QUOTES] if excerpt.hit.score >= CLOSE_TO_BEST * best]
    parts = [_quote(excerpt, language) for excerpt in shown]
    rest = [excerpt for excerpt in excerpts[len(shown) :] if excerpt.hit.title != shown[0].hit.title]
    if rest:
        see_also = {Language.EN: "See also", Language.KO: "함께 볼 문서"}[language]
        titles = {excerpt.hit.title: excerpt.index for excerpt in reversed(rest)}
        parts.append(
            f"{see_also}: " + ", ".join(f"{title} [{index}]" for title, index in reversed(titles.items()))
        )
    return "\n\n".join(parts)


def _quote(excerpt: Excerpt, language: Language) -> str:
    section = (excerpt.hit.section or "").rpartition(SEPARATOR)[2]
    place = f"**{excerpt.hit.title}**" + (
        f", “{section}”" if section and section != excerpt.hit.title else ""
    )
    lead = {Language.EN: f"From {place} [{excerpt.index}]:", Language.KO: f"{place} [{excerpt.index}]:"}[
        language
    ]
    if "|" in excerpt.text:
        return f"{lead}\n\n{excerpt.text}"
    return f"{lead}\n\n" + "\n".join(f"> {line}" for line in excerpt.text.splitlines())


_SEARCH_HINTS = OfflineHints(
    phrases={
        Language.EN: ["what does the policy say about", "how do I", "what is the rule for", "procedure for"],
        Language.KO: ["규정이 어떻게 되나요", "절차를 알려줘", "어떻게 해야 하나요", "기준이 뭐야"],
    },
    finders={"query": whole_question},
    answer=write_answer,
    fallback=True,
)

_LIST_HINTS = OfflineHints(
    phrases={
        Language.EN: [
            "which documents can I read",
            "list all documents",
            "list the documents",
            "show me the list of documents",
            "what documents do you have",
            "which documents are there",
        ],
        Language.KO: [
            "어떤 문서가 있어",
            "문서 목록 보여줘",
            "문서 목록을 알려주세요",
            "읽을 수 있는 문서는 뭐가 있나요",
            "전체 문서 리스트",
        ],
    },
)
