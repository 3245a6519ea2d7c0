"""Reading further and comparing, by asking the document agent with the offline model."""

import re
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from agents.document.graph import build_graph
from narutalk.errors import TellTheModel
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from tools.documents.comparison import MAX_ROWS, compare
from tools.documents.finding import resolve, two_named
from tools.documents.library import DocumentLibrary
from tools.documents.models import Document, Passage
from tools.documents.reading_tools import MAX_READ_PASSAGES
from tools.documents.writing import NewDocument

ANNA = Identity(user_id="u-anna", username="anna")
HR = Identity(user_id="u-hana", username="hana", groups=frozenset({"hr"}))
TRAVEL = """# Travel policy {year}

## Hotels

A night in a hotel costs at most {hotel} won.

## Trains

Trains are booked in second class.
"""
TRAVEL_KO = """# 출장 규정 {year}

## 숙박비

1박에 최대 {hotel}원까지 지급합니다.

## 기차

기차는 일반실을 이용합니다.
"""
HANDBOOK = "# Harbour handbook\n\n" + "\n\n".join(
    f"## Berth {number}\n\n" + f"Ships of {number} metres moor at berth {number}. " * 14
    for number in range(1, 13)
)


@pytest.fixture
def shelf(library: DocumentLibrary) -> DocumentLibrary:
    """A library with policies of two years in two languages, and a secret policy of a third."""
    for year, hotel in ((2024, "120,000"), (2025, "150,000")):
        for text, name in ((TRAVEL, "travel"), (TRAVEL_KO, "출장")):
            content = text.format(year=year, hotel=hotel).encode()
            library.add(NewDocument(content=content, file_name=f"{name}-{year}.md"))
    secret = TRAVEL.format(year=2026, hotel="900,000").encode()
    library.add(NewDocument(content=secret, file_name="travel-2026.md", groups=["hr"]))
    library.refresh()
    return library


@pytest.fixture
def harbour(library: DocumentLibrary) -> DocumentLibrary:
    """A library with a handbook that is too long to be read at once."""
    library.add(NewDocument(content=HANDBOOK.encode(), file_name="harbour.md"))
    return library


class Answer:
    """What came of a question: the text, the tools that were called, and what they found."""

    def __init__(self, messages: list[Any]) -> None:
        self.text = str(messages[-1].text)
        self._results = [message for message in messages if isinstance(message, ToolMessage)]
        self.tools = [message.name for message in self._results]

    @property
    def citations(self) -> list[dict[str, Any]]:
        return [
            citation for result in self._results for citation in (result.artifact or {}).get("citations", ())
        ]


async def _ask(library: DocumentLibrary, question: str, identity: Identity = ANNA) -> Answer:
    graph = build_graph(OfflineChatModel(), library, InMemorySaver())
    config = run_config(identity)
    config["configurable"]["thread_id"] = str(uuid4())
    told = await graph.ainvoke({"messages": [HumanMessage(question)]}, RunnableConfig(**config))  # type: ignore[typeddict-item]
    return Answer(told["messages"])


@pytest.mark.parametrize(
    ("question", "low", "high", "same"),
    [
        (
            "Compare the travel policy of 2024 and 2025",
            "120,000 won",
            "150,000 won",
            "The same in both: Trains",
        ),
        (
            "What is the difference between Travel policy 2024 and Travel policy 2025?",
            "120,000 won",
            "150,000 won",
            "The same in both: Trains",
        ),
        ("2024년과 2025년 출장 규정을 비교해 줘", "120,000원", "150,000원", "양쪽이 같은 부분: 기차"),
        (
            "출장 규정 2024와 출장 규정 2025의 차이가 뭐야?",
            "120,000원",
            "150,000원",
            "양쪽이 같은 부분: 기차",
        ),
    ],
)
async def test_two_documents_are_compared(
    shelf: DocumentLibrary, question: str, low: str, high: str, same: str
) -> None:
    answer = await _ask(shelf, question)

    assert answer.tools == ["compare_documents"]
    row = next(line for line in answer.text.splitlines() if low in line)
    assert row.index(low) < row.index("[1]") < row.index(high) < row.index("[2]")
    assert same in answer.text
    assert [(cited["index"], cited["source"][-7:-3]) for cited in answer.citations] == [
        (1, "2024"),
        (2, "2025"),
    ]
    assert all(cited["document_id"] and cited["quote"] for cited in answer.citations)


async def test_what_one_may_not_read_cannot_be_compared(shelf: DocumentLibrary) -> None:
    question = "Compare the travel policy of 2025 and 2026"

    refused = await _ask(shelf, question)
    allowed = await _ask(shelf, question, HR)

    assert "900,000" not in refused.text
    assert not any("2026" in cited["source"] for cited in refused.citations)
    assert "900,000 won" in allowed.text


@pytest.mark.parametrize(
    ("question", "goes_on"),
    [
        ("Read the document Harbour handbook", "it goes on from passage"),
        ("Harbour handbook 문서 전체를 보여줘", "번 단락부터 이어집니다"),
    ],
)
async def test_a_long_document_is_read_a_stretch_at_a_time(
    harbour: DocumentLibrary, question: str, goes_on: str
) -> None:
    answer = await _ask(harbour, question)

    assert answer.tools == ["read_document"]
    assert 1 < len(answer.citations) <= MAX_READ_PASSAGES
    assert goes_on in answer.text
    assert "berth 1." in answer.text
    assert "berth 12." not in answer.text
    assert [cited["passage"] for cited in answer.citations] == list(range(len(answer.citations)))


async def test_reading_goes_on_where_it_stopped(harbour: DocumentLibrary) -> None:
    answer = await _ask(harbour, "Go on reading Harbour handbook from passage 4")

    assert answer.tools == ["read_document"]
    assert answer.citations[0]["passage"] == 3


async def test_a_document_of_another_group_cannot_be_read(shelf: DocumentLibrary) -> None:
    refused = await _ask(shelf, "Read the document Travel policy 2026")
    allowed = await _ask(shelf, "Read the document Travel policy 2026", HR)

    assert "900,000" not in refused.text
    assert "900,000" in allowed.text


async def test_questions_that_mention_a_title_are_still_searches(shelf: DocumentLibrary) -> None:
    answer = await _ask(shelf, "How much may a hotel cost by the Travel policy 2025?")

    assert answer.tools == ["search_documents"]
    assert "150,000" in answer.text


async def test_numbers_of_several_searches_mean_one_passage_each(shelf: DocumentLibrary) -> None:
    answer = await _ask(
        shelf, "How many days of annual leave do I get and what does the policy say about a hotel in 2025?"
    )

    assert answer.tools == ["search_documents", "search_documents"]
    by_index = {cited["index"]: cited for cited in answer.citations}
    assert len(by_index) == len(answer.citations)
    assert sorted(by_index) == list(range(1, len(by_index) + 1))
    for mark, quote in re.findall(r"\[(\d+)\]:\n\n((?:> .*\n?)+)", answer.text):
        first = quote.splitlines()[-1].removeprefix("> ").strip("*")
        assert first in by_index[int(mark)]["quote"]


def _document(title: str, *passages: tuple[str | None, str]) -> Document:
    made = [
        Passage(position=position, text=text, section=section)
        for position, (section, text) in enumerate(passages)
    ]
    return Document(id=title, title=title, source=f"{title}.md", passages=made)


def test_a_difference_late_in_a_long_section_is_shown() -> None:
    alike = "Everybody keeps the receipts of a journey. " * 40
    old, new = (
        _document(title, (f"{title} › Receipts", f"{alike}They are kept for {years} years."))
        for title, years in (("Old", "five"), ("New", "ten"))
    )

    (row,) = compare(old, new).rows

    assert row.section == "Receipts"
    assert row.texts == ("… They are kept for five years.", "… They are kept for ten years.")


def test_sections_that_only_one_has_are_shown_and_all_is_bounded() -> None:
    many = [(f"Old › {number}", f"Rule {number} of the old one.") for number in range(20)]
    comparison = compare(
        _document("Old", *many, (None, "Both.")), _document("New", (None, "Both."), ("New › X", "Only new."))
    )

    assert len(comparison.rows) == MAX_ROWS
    assert len(comparison.rows) + comparison.omitted == 21
    assert comparison.rows[0].texts == ("Rule 0 of the old one.", "")
    assert comparison.rows[0].marks == (1, None)
    assert "| 0 | Rule 0 of the old one. [1] | — |" in comparison.to_markdown(Language.EN)
    assert f"{comparison.omitted} more sections differ" in comparison.to_markdown(Language.EN)


def test_documents_that_say_the_same_are_told_so() -> None:
    first, second = (_document(title, (f"{title} › A", "Same.")) for title in ("Old", "New"))

    comparison = compare(first, second)

    assert (comparison.rows, comparison.citations, comparison.same) == ([], [], ["A"])
    assert "Both say the same" in comparison.to_markdown(Language.EN)


def test_a_name_that_fits_several_documents_is_asked_back(shelf: DocumentLibrary) -> None:
    with pytest.raises(TellTheModel, match="Several documents fit"):
        resolve(shelf, ANNA, "Travel policy")
    assert resolve(shelf, ANNA, "travel-2024.md").title == "Travel policy 2024"
    assert resolve(shelf, ANNA, "the 2025 travel policy").title == "Travel policy 2025"
    with pytest.raises(TellTheModel, match="no such document"):
        resolve(shelf, ANNA, "Travel policy 2026")
    assert resolve(shelf, HR, "Travel policy 2026").source == "travel-2026.md"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Compare the sick leave policy and the policy on parental leave.", ["sick", "parental"]),
        ("How do sick leave and overtime differ?", ["sick", "overtime"]),
        ("복장 규정과 고충처리를 비교해 줘", ["복장", "고충"]),
        ("Compare the leave policy and the overtime policy", None),
        ("Compare apples and pears", None),
        ("sick leave", None),
    ],
)
def test_two_documents_are_named_by_words_of_their_own(question: str, names: list[str] | None) -> None:
    titles = {
        "sick": "Sick Leave Policy",
        "parental": "Maternity and Parental Leave Policy",
        "overtime": "Overtime Policy",
        "복장": "복장 규정",
        "고충": "고충처리 규정",
    }
    known = [Document(id=key, title=title, source=f"{key}.md") for key, title in titles.items()]

    found = two_named(known, question)

    assert (found and [document.id for document in found.documents]) == names
