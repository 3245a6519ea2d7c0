from dataclasses import replace

import pytest

from narutalk.languages import Language
from narutalk.offline.finders import choice, names, number, whole_question
from narutalk.offline.hints import Found, OfflineHints
from narutalk.offline.planning import Call, OfflineTool, Plan, Planner, plan

PEOPLE = ("Kim Minsu", "김민수", "Park Seoyeon", "박서연")
PERIOD = choice({"last_month": ["last month", "지난달"], "last_year": ["last year", "작년"]})

SALES = OfflineTool(
    "sales",
    frozenset({"person"}),
    OfflineHints(
        phrases={
            Language.EN: ["how much did {person} sell {period}", "sales of {person} {period}"],
            Language.KO: ["{person} {period} 매출", "{person}은 {period}에 얼마나 팔았어"],
        },
        finders={"person": names(lambda: PEOPLE), "period": PERIOD},
        questions={"person": {Language.EN: "Whose sales?"}},
    ),
)
ATTENDANCE = OfflineTool(
    "attendance",
    frozenset({"person"}),
    OfflineHints(
        phrases={
            Language.EN: ["how often was {person} late {period}", "attendance of {person}"],
            Language.KO: ["{person} {period} 근태", "{person} 지각 횟수"],
        },
        finders={"person": names(lambda: PEOPLE), "period": PERIOD},
    ),
)
TOP = OfflineTool(
    "top",
    frozenset(),
    OfflineHints(
        phrases={
            Language.EN: ["top {count} sellers {period}", "who sold the most {period}"],
            Language.KO: ["{period} 매출 상위 {count}명", "{period} 최고 실적자"],
        },
        finders={
            "count": number(r"(?:top|상위) (\d+|three)", words={"three": 3}),
            "period": PERIOD,
        },
    ),
)
SEARCH = OfflineTool(
    "search",
    frozenset({"query"}),
    OfflineHints(phrases={Language.EN: ["find"]}, finders={"query": whole_question}, fallback=True),
)
TOOLS = (SALES, ATTENDANCE, TOP)


@pytest.mark.parametrize(
    ("question", "call"),
    [
        (
            "How much did Kim Minsu sell last month?",
            Call("sales", {"person": "Kim Minsu", "period": "last_month"}),
        ),
        ("김민수 작년 매출 알려줘", Call("sales", {"person": "김민수", "period": "last_year"})),
        (
            "Was Park Seoyeon late last month?",
            Call("attendance", {"person": "Park Seoyeon", "period": "last_month"}),
        ),
        ("Who sold the most last year?", Call("top", {"period": "last_year"})),
        ("show the top 5 sellers", Call("top", {"count": 5})),
        ("how much did kim minsoo sell", Call("sales", {"person": "Kim Minsu"})),
    ],
)
def test_the_right_tool_with_the_right_arguments(question: str, call: Call) -> None:
    assert plan(question, TOOLS).calls == (call,)


def test_a_missing_argument_is_asked_back() -> None:
    decision = plan("How much did she sell last month?", (SALES, ATTENDANCE))
    assert decision.calls == ()
    assert decision.missing is not None
    assert decision.missing[1] == "person"


def test_nonsense_calls_nothing() -> None:
    assert plan("zzz qqq", TOOLS) == Plan((), pytest.approx(0.0))


def test_the_fallback_takes_what_fits_no_other_tool() -> None:
    assert plan("고양이를 키워도 되나요", (*TOOLS, SEARCH)).calls == (
        Call("search", {"query": "고양이를 키워도 되나요"}),
    )


@pytest.mark.parametrize("question", ["And last year?", "작년은?", "what about last year"])
def test_a_follow_up_repeats_the_call_with_what_changed(question: str) -> None:
    previous = [Call("sales", {"person": "Kim Minsu", "period": "last_month"})]
    assert plan(question, TOOLS, previous).calls == (
        Call("sales", {"person": "Kim Minsu", "period": "last_year"}),
    )


def test_a_follow_up_takes_the_person_from_the_call_before() -> None:
    previous = [Call("sales", {"person": "박서연", "period": "last_month"})]
    assert plan("지각 횟수는 어때?", TOOLS, previous).calls == (Call("attendance", {"person": "박서연"}),)


def test_a_pronoun_takes_optional_arguments_too() -> None:
    previous = [Call("sales", {"person": "박서연", "period": "last_month"})]
    assert plan("How often was she late?", TOOLS, previous).calls == (
        Call("attendance", {"person": "박서연", "period": "last_month"}),
    )


def test_two_questions_in_one_become_two_calls() -> None:
    calls = plan("How much did Kim Minsu sell last month and how often was Park Seoyeon late?", TOOLS).calls
    assert [call.tool for call in calls] == ["sales", "attendance"]
    assert calls[1].args == {"person": "Park Seoyeon"}


def test_a_name_inside_another_word_is_not_a_name() -> None:
    find = names(lambda: ["Han"], fuzzy=False)
    assert find("What changed?") is None
    assert find("Where is Han now?") is not None


@pytest.mark.parametrize("question", ["how often was he late last month", "그 사람 지난달 근태"])
def test_a_name_that_the_question_lacks_comes_from_what_is_known(question: str) -> None:
    known = "| 1 | Park Seoyeon | 12 |\n| 2 | Kim Minsu | 10 |"
    before = [Call("sales", {"person": "김민수", "period": "last_year"})]
    found = Planner([SALES, ATTENDANCE, TOP]).plan(question, before, known)
    assert found.calls == (Call("attendance", {"person": "Park Seoyeon", "period": "last_month"}),)


def test_a_name_in_the_question_stays_whatever_is_known() -> None:
    found = Planner([SALES, ATTENDANCE]).plan("attendance of Kim Minsu", (), "Park Seoyeon")
    assert found.calls == (Call("attendance", {"person": "Kim Minsu"}),)


@pytest.mark.parametrize("question", ["how much did that person sell last month", "그 직원의 지난달 매출"])
def test_a_pronoun_stands_for_the_known_name_when_tools_are_compared(question: str) -> None:
    found = Planner([SALES, ATTENDANCE, TOP]).plan(question, (), "looked after by Park Seoyeon")
    assert found.calls == (Call("sales", {"person": "Park Seoyeon", "period": "last_month"}),)


def test_what_would_be_asked_again_means_whom_the_answer_named_last() -> None:
    before = [Call("attendance", {"person": "Kim Minsu"})]
    known = "Attendance of Kim Minsu?\nKim Minsu was late as often as Park Seoyeon. Ask 김민수."
    found = Planner([SALES, ATTENDANCE, TOP]).plan("and her attendance?", before, known)
    assert found.calls == (Call("attendance", {"person": "Park Seoyeon"}),)


def test_an_argument_of_its_own_is_lent_by_no_other_tool() -> None:
    hints = replace(ATTENDANCE.hints, own=frozenset({"period"}))
    planner = Planner([SALES, replace(ATTENDANCE, hints=hints), TOP])
    sold = Call("sales", {"person": "박서연", "period": "last_month"})
    assert planner.plan("How often was she late?", [sold]).calls == (
        Call("attendance", {"person": "박서연"}),
    )


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("And how long can it be kept?", "Where is Insunova stored? And how long can it be kept?"),
        ("What is the dress code?", "What is the dress code?"),
    ],
)
def test_a_whole_sentence_that_leans_on_the_one_before_goes_with_it(question: str, query: str) -> None:
    before = [Call("search", {"query": "Where is Insunova stored?"})]
    assert plan(question, (SEARCH,), before).calls == (Call("search", {"query": query}),)


THEIRS = OfflineTool(
    "shrunk",
    frozenset(),
    OfflineHints(
        phrases={
            Language.EN: ["which clients of {owner} shrank {period}", "clients that shrank {period}"],
            Language.KO: ["{owner} 거래처 중 매출이 줄어든 곳", "{period} 매출이 줄어든 거래처"],
        },
        finders={"owner": names(lambda: PEOPLE), "period": PERIOD},
        people=frozenset({"owner"}),
    ),
)
NOTE = OfflineTool(
    "note",
    frozenset({"text"}),
    OfflineHints(
        phrases={Language.EN: ["add a note {text}"]},
        finders={"text": lambda text: Found(text[6:], 5, len(text)) if text.startswith("Sold: ") else None},
        own=frozenset({"text"}),
        asked_for=lambda sentence: "note" in sentence,
    ),
)


@pytest.mark.parametrize(
    "question",
    [
        "Which of their clients shrank last month?",
        "which clients of that salesperson shrank last month?",
        "which clients of theirs shrank last month?",
        "그 사람 거래처 중 지난달 매출이 줄어든 곳",
        "그 영업사원이 담당하는 거래처 중 지난달 매출이 줄어든 곳",
    ],
)
def test_somebody_who_is_known_fills_what_a_tool_can_do_without(question: str) -> None:
    known = "Sold: 12 in all\nMost was sold by Park Seoyeon, then by Kim Minsu."
    found = Planner([THEIRS, NOTE]).plan(question, (), known)
    assert found.calls == (Call("shrunk", {"owner": "Park Seoyeon", "period": "last_month"}),)


@pytest.mark.parametrize("question", ["Which of their clients shrank?", "그 직원 거래처 중 매출이 줄어든 곳"])
@pytest.mark.parametrize("known", ["", "Most was sold by somebody."])
def test_somebody_who_is_not_known_is_asked_back_instead_of_answering_for_all(
    question: str, known: str
) -> None:
    found = Planner([THEIRS]).plan(question, (), known)
    assert (found.calls, found.missing) == ((), (THEIRS, "owner"))


def test_what_only_looks_like_a_name_gives_way_to_a_name() -> None:
    def find(sentence: str) -> Found | None:
        surely = names(lambda: PEOPLE)(sentence)
        at = sentence.find("Central Care")
        return surely or (Found("Central Care", at, at + 12, sure=False) if at >= 0 else None)

    sales = replace(SALES, hints=replace(SALES.hints, finders={"person": find, "period": PERIOD}))
    known = "Who manages Central Care?\nIt is looked after by Kim Minsu."
    assert Planner([sales]).plan("how much did they sell last month", (), known).calls == (
        Call("sales", {"person": "Kim Minsu", "period": "last_month"}),
    )


@pytest.mark.parametrize(
    "question", ["who sold the most last month of that employee", "그 직원 지난달 최고 실적자"]
)
def test_a_tool_that_is_about_nobody_does_not_answer_for_somebody_unknown(question: str) -> None:
    planner = Planner([TOP, THEIRS])
    assert planner.plan(question.replace("that employee", "").replace("그 직원", "")).calls[0].tool == "top"
    found = planner.plan(question)
    assert (found.calls, found.missing) == ((), (THEIRS, "owner"))


def test_what_points_at_something_known_is_read() -> None:
    planner, question = Planner([THEIRS]), "which clients of that salesperson shrank last month?"
    assert planner.unread(question, ["shrunk"]) == ["salesperson"]
    assert planner.unread(question, ["shrunk"], "Most was sold by Park Seoyeon.") == []
