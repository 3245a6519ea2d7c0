"""The document agent's tools."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.identity import Identity
from narutalk.languages import Language, detect_language
from narutalk.offline.finders import whole_question
from narutalk.offline.hints import OfflineHints
from tools.documents.chunking import SEPARATOR
from tools.documents.library import DocumentLibrary
from tools.documents.reading_tools import build_reading_tools
from tools.documents.removal import build_removal_tool
from tools.documents.results import (
    NOT_FOUND,
    NOT_SURE,
    SEE_ALSO,
    DocumentList,
    DocumentSummary,
    Excerpt,
    Fit,
    Hit,
    SearchResult,
    cite,
)
from tools.tool import build_tool

TOP_K = 5
LIST_LIMIT = 20
MAX_QUOTES = 3
MAX_UNSURE_QUOTES = 3
CLOSE_TO_BEST = 0.8
WORTH_A_LOOK = 0.65
COVERAGE_WEIGHT = 0.1
CROSS_LANGUAGE_SIMILARITY = 0.815
POSSIBLE_RELEVANCE = {Language.EN: 0.85, Language.KO: 0.862}
SURE_RELEVANCE = {Language.EN: 0.88, Language.KO: 0.888}
"""Calibrated on the sample company: 40 questions that it answers, 30 that it cannot (docs/adr/0004)."""


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
        found = library.search(identity, args.query, top_k=TOP_K)
        fit = judge(found, detect_language(args.query))
        hits = found if fit is not Fit.NONE else []
        excerpts = [
            Excerpt(index=number, text=hit.quote, hit=hit) for number, hit in enumerate(hits, start=1)
        ]
        return SearchResult(
            query=args.query, fit=fit, excerpts=excerpts, citations=[cite(excerpt) for excerpt in excerpts]
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
            max_citations=TOP_K,
        ),
        build_tool(
            list_documents,
            name="list_documents",
            description="List the documents the person may read, or those whose title contains some words.",
            args=ListArgs,
            hints=_LIST_HINTS,
        ),
        *build_reading_tools(library),
        build_removal_tool(library),
    ]


def judge(hits: Sequence[Hit], language: Language) -> Fit:
    """Say whether the passages are about the question at all.

    Similarity alone does not tell (e5's cosines lie close together, Korean ones closer still), nor do
    shared words: their weighted sum does, but for a zone in which both may be. Of a passage in another
    language one is never sure.
    """
    if not hits:
        return Fit.NONE
    if hits[0].language != language:
        is_named = hits[0].coverage > 0
        return Fit.POSSIBLE if is_named or hits[0].similarity >= CROSS_LANGUAGE_SIMILARITY else Fit.NONE
    own = [hit for hit in hits if hit.language == language]
    relevance = max(hit.similarity for hit in own) + COVERAGE_WEIGHT * max(hit.coverage for hit in own)
    if relevance >= SURE_RELEVANCE[language]:
        return Fit.SURE
    return Fit.POSSIBLE if relevance >= POSSIBLE_RELEVANCE[language] else Fit.NONE


def write_answer(artifact: Mapping[str, Any], _question: str, language: Language) -> str:
    """Quote the best passage, and the next ones where they are nearly as good."""
    result = SearchResult.model_validate(artifact)
    if not result.excerpts:
        return NOT_FOUND[language]
    if result.fit is Fit.POSSIBLE:
        quotes = [_quote(excerpt, language) for excerpt in result.excerpts[:MAX_UNSURE_QUOTES]]
        return "\n\n".join([NOT_SURE[language], *quotes])
    best, *others = result.excerpts
    close = [excerpt for excerpt in others if excerpt.hit.score >= CLOSE_TO_BEST * best.hit.score]
    shown = [best, *close[: MAX_QUOTES - 1]]
    parts = [_quote(excerpt, language) for excerpt in shown]
    titles = {excerpt.hit.title for excerpt in shown}
    near = [excerpt for excerpt in others if excerpt.hit.score >= WORTH_A_LOOK * best.hit.score]
    rest = {excerpt.hit.title: excerpt.index for excerpt in reversed(near) if excerpt.hit.title not in titles}
    if rest:
        listed = ", ".join(f"{title} [{index}]" for title, index in reversed(rest.items()))
        parts.append(f"{SEE_ALSO[language]}: {listed}")
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
    questions={
        "query": {Language.EN: "What would you like to know?", Language.KO: "무엇을 알고 싶으신가요?"}
    },
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
            "어떤 문서가 있나요",
            "어떤 문서들이 있나요",
            "무슨 문서들이 있어요",
            "문서 목록 알려줘",
            "읽을 수 있는 문서 목록 알려줘",
            "문서 목록 보여줘",
            "문서 목록을 알려주세요",
            "읽을 수 있는 문서는 뭐가 있나요",
            "전체 문서 리스트",
        ],
    },
)
