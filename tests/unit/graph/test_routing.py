import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from graph.intents.classifier import Classification, IntentClassifier, load_model
from graph.intents.clauses import split_clauses
from graph.intents.features import neutral
from graph.intents.gibberish import is_gibberish
from graph.intents.train import digest, read_utterances
from graph.references import LastTurn
from graph.routing import decide
from graph.vagueness import says_only_when
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.events import Delegation
from narutalk.registry import AGENTS, agent, agent_for_intent

DATA = Path(__file__).parents[2] / "data" / "routing"
SINGLE_ACCURACY = {"en": 0.90, "ko": 0.88}
MULTI_ACCURACY = {"en": 0.80, "ko": 0.75}


@pytest.fixture(scope="module")
def classifier() -> IntentClassifier:
    return IntentClassifier(load_model(), build_embedder(PACKAGED_MODEL))


def read(name: str, language: str) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["language"] == language]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_held_out_messages_have_the_right_intent(classifier: IntentClassifier, language: str) -> None:
    rows = read("single.jsonl", language)
    found = classifier.classify([str(row["message"]) for row in rows])
    right = sum(entry.intent == row["intents"][0] for entry, row in zip(found, rows, strict=True))  # type: ignore[index]
    assert right / len(rows) >= SINGLE_ACCURACY[language]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_several_intents_in_one_message_go_to_several_agents(
    classifier: IntentClassifier, language: str
) -> None:
    rows = read("multi.jsonl", language)
    right = 0
    for row in rows:
        agents = {entry.agent for entry in decide(classifier, str(row["message"])).delegations}
        expected = {agent_for_intent(intent) for intent in row["intents"]} - {None}  # type: ignore[attr-defined]
        right += agents == expected
    assert right / len(rows) >= MULTI_ACCURACY[language]


def test_each_agent_gets_its_own_part(classifier: IntentClassifier) -> None:
    route = decide(
        classifier, "How many days of annual leave do I get and how much did Kim Minsu sell last month?"
    )
    tasks = {entry.agent: entry.task for entry in route.delegations}
    assert tasks == {
        "document": "How many days of annual leave do I get",
        "employee": "how much did Kim Minsu sell last month?",
    }


@pytest.mark.parametrize(
    "message",
    [
        "who manages it?",
        "거기 담당자는 누구야?",
        "그 병원의 담당자는?",
        "break it down by month",
        "월별로 보여줘",
    ],
)
def test_what_asks_more_of_a_client_goes_to_the_client_agent(
    classifier: IntentClassifier, message: str
) -> None:
    previous = [Delegation(agent="client", task="sales to Hanbit Central Hospital", confidence=0.9)]
    route = decide(classifier, message, previous)
    assert [entry.agent for entry in route.delegations] == ["client"]
    assert route.follow_up


@pytest.mark.parametrize("message", ["And last year?", "작년은?", "What about Busan?", "그럼 대구는?"])
def test_a_follow_up_goes_to_the_agents_of_the_last_turn(classifier: IntentClassifier, message: str) -> None:
    previous = [Delegation(agent="client", task="sales in Seoul this year", confidence=0.9)]
    route = decide(classifier, message, previous)
    assert [entry.agent for entry in route.delegations] == ["client"]
    assert route.follow_up


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Which clients are at risk of leaving?", "client"),
        ("RFM 분석 보여줘", "client"),
        ("외상 매출금 연령 분석", "client"),
        ("What is unpaid for more than 90 days?", "client"),
        ("올해 매출 집중도는 어때?", "client"),
        ("Which of Kim Minsu's clients shrank last quarter?", "client"),
        ("한빛중앙병원 브리핑해줘", "client"),
        ("select name_en from clients where grade = 'B'", "client"),
        ("퇴사율은?", "employee"),
        ("Staff turnover by department last year", "employee"),
        ("Who has unusually much overtime this year?", "employee"),
        ("초과근무가 유난히 많은 직원 알려줘", "employee"),
        ("select employee_id, sum(late_days) from attendance group by 1", "employee"),
    ],
)
def test_analyses_go_to_the_agent_that_makes_them(
    classifier: IntentClassifier, message: str, name: str
) -> None:
    assert [entry.agent for entry in decide(classifier, message).delegations] == [name]


HOW_COMPUTED = [
    "how did you get this",
    "Can you show me how you calculated these figures?",
    "How was the second total computed?",
    "Where does that number come from?",
    "What are these results based on?",
    "Which query did you use?",
    "show me the sql",
    "어떻게 계산했어?",
    "이거 어떻게 계산한 거예요?",
    "그 숫자는 어디서 나온 거야?",
    "방금 결과는 어떻게 나왔어요?",
    "산출 근거가 뭐야?",
    "근거를 보여주세요",
    "무슨 쿼리로 조회했어?",
    "SQL 좀 보여줘",
]


@pytest.mark.parametrize("message", HOW_COMPUTED)
def test_how_an_answer_was_computed_is_asked_of_who_computed_it(
    classifier: IntentClassifier, message: str
) -> None:
    for name in ("client", "employee"):
        previous = [Delegation(agent=name, task="x", confidence=0.9)]
        turn = LastTurn("x", "| Region | Sales |\n|---|---|\n| Busan | 1 |\n| Seoul | 2 |")
        beside = [Delegation(agent="document", task="y", confidence=0.9), *previous]
        for before in (previous, beside):
            route = decide(classifier, message, before, turn)
            assert [(entry.agent, entry.task) for entry in route.delegations] == [(name, message)]
            assert (route.follow_up, route.context) == (True, "")


@pytest.mark.parametrize(
    ("message", "agents"),
    [
        ("야근 수당은 어떻게 계산되나요?", {"document"}),
        ("How is overtime pay calculated?", {"document"}),
        ("초과근무수당 계산 방법이 규정에 어떻게 나와 있어?", {"document"}),
        ("How did Kim Minsu do against his target this year?", {"employee"}),
        ("How did you like the weather?", set()),
    ],
)
def test_how_something_else_is_computed_is_another_question(
    classifier: IntentClassifier, message: str, agents: set[str]
) -> None:
    previous = [Delegation(agent="client", task="x", confidence=0.9)]
    route = decide(classifier, message, previous)
    assert {entry.agent for entry in route.delegations} == agents


def test_documents_are_not_asked_what_they_computed(classifier: IntentClassifier) -> None:
    previous = [Delegation(agent="document", task="x", confidence=0.9)]
    route = decide(classifier, "how did you get this", previous)
    assert route.delegations == []


def test_without_a_turn_before_an_elliptic_question_is_asked_back(classifier: IntentClassifier) -> None:
    route = decide(classifier, "그건 어때?")
    assert route.delegations == []


def test_small_talk_goes_nowhere(classifier: IntentClassifier) -> None:
    previous = [Delegation(agent="client", task="x", confidence=0.9)]
    for message in ("Thank you very much!", "안녕하세요"):
        route = decide(classifier, message, previous)
        assert (route.intent, route.delegations, route.needs_clarification) == ("general", [], False)


def test_scores_add_up_and_know_every_intent(classifier: IntentClassifier) -> None:
    route = decide(classifier, "top clients in Busan")
    assert sum(route.scores.values()) == pytest.approx(1, abs=0.001)
    assert set(route.scores) == {"general", *(entry.intent for entry in AGENTS)}


def test_the_model_was_trained_on_todays_utterances() -> None:
    path = Path(__file__).parents[3] / "graph" / "intents" / "model.npz"
    with np.load(path) as stored:
        assert str(stored["digest"]) == digest(read_utterances()), "run `make intents`"


@pytest.mark.parametrize(
    ("message", "clauses"),
    [
        ("Who is Kim and what is the gift rule?", ["Who is Kim", "what is the gift rule?"]),
        ("김민수의 지난달 매출과 연차 규정 알려줘", ["김민수의 지난달 매출", "연차 규정 알려줘"]),
        ("연차는 며칠이고 출장비 한도는 얼마야?", ["연차는 며칠이고", "출장비 한도는 얼마야?"]),
        ("작년 최고 영업사원과 재고 규정", ["작년 최고 영업사원", "재고 규정"]),
        ("부산이랑 대구 빼고 매출 얼마야?", ["부산이랑 대구 빼고 매출 얼마야?"]),
        ("피부과 제품 매출과 내과 매출", ["피부과 제품 매출", "내과 매출"]),
        ("One. Two thing.", ["One.", "Two thing."]),
        ("?", ["?"]),
    ],
)
def test_clauses(message: str, clauses: list[str]) -> None:
    assert [clause.text for clause in split_clauses(message)] == clauses


def test_names_become_stand_ins() -> None:
    assert (
        neutral("What did Saebyeok Pharmacy buy from Lee Jihun?")
        == "What did Hanbit Hospital buy from Kim Minsu?"
    )
    assert neutral("푸른내과의원 담당 박서연 대리") == "한빛병원 담당 김민수 대리"


class Undecided(IntentClassifier):
    """Finds every text somewhat like a document's and a client's."""

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        scores = {"document_search": 0.42, "client_info": 0.38, "employee_analysis": 0.1, "general": 0.1}
        return [Classification("document_search", 0.42, scores) for _ in texts]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("How many days of annual leave do I get?", "confident"),
        ("How many days of annual leave do I get and how much did Kim Minsu sell last month?", "several"),
        ("지난 분기 매출이 가장 높은 거래처의 계약 내역 보여줘", "dependent"),
        ("Thank you very much!", "small_talk"),
    ],
)
def test_a_decision_says_why(classifier: IntentClassifier, message: str, code: str) -> None:
    route = decide(classifier, message)
    assert route.reason is not None
    assert route.reason.code == code


def test_an_unclear_message_has_the_likeliest_agents_for_choices() -> None:
    route = decide(Undecided(load_model(), build_embedder(PACKAGED_MODEL)), "status of the project")
    assert route.reason is not None
    assert (route.reason.code, route.needs_clarification) == ("unclear", True)
    assert 2 <= len(route.choices) <= 3
    scores = [route.scores[str(agent(name).intent)] for name in route.choices]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "message", ["asdf", "qweasd zxcv", "sdkfjhs", "ㅁㄴㅇㄹ", "ㅂㅈㄷㄱ 123", "???", "42"]
)
def test_what_is_no_word_is_asked_back_whatever_was_asked_before(
    classifier: IntentClassifier, message: str
) -> None:
    previous = [Delegation(agent="client", task="sales in Seoul this year", confidence=0.9)]
    for before in ([], previous):
        route = decide(classifier, message, before)
        assert (route.delegations, route.needs_clarification, len(route.choices)) == ([], True, len(AGENTS))


@pytest.mark.parametrize(
    "message",
    [
        "올 3분기에 경기 쪽 의원들이 산 금액은 총 얼마?",
        "상반기에 부산 약국들이 얼마나 샀어?",
        "How much did the hospitals of Daegu buy last quarter?",
    ],
)
def test_who_buys_is_a_client(classifier: IntentClassifier, message: str) -> None:
    assert [entry.agent for entry in decide(classifier, message).delegations] == ["client"]


@pytest.mark.parametrize(
    "message",
    [
        "results of Q3",
        "How was last quarter?",
        "show me the figures for October please",
        "2분기 결과 알려줘",
        "지난달 어땠어?",
        "올해 상반기 결과가 궁금해",
    ],
)
def test_a_message_that_says_only_when_is_asked_back_or_goes_on(
    classifier: IntentClassifier, message: str
) -> None:
    route = decide(classifier, message)
    assert (route.delegations, route.needs_clarification) == ([], True)
    assert set(route.choices) >= {"client", "employee"}
    previous = [Delegation(agent="client", task="sales in Seoul this year", confidence=0.9)]
    assert [entry.agent for entry in decide(classifier, message, previous).delegations] == ["client"]


@pytest.mark.parametrize(
    "message",
    [
        "sales in Q3",
        "지난달 매출은?",
        "results",
        "Who left last year?",
        "3분기 부산 결과",
        "Busan in May",
        "hello",
    ],
)
def test_what_says_of_what_is_not_only_when(message: str) -> None:
    assert not says_only_when(message)


@pytest.mark.parametrize(
    "message",
    [
        "hmm",
        "mmmm",
        "thx",
        "ok",
        "ㅋㅋㅋㅋ",
        "ㄱㅅ",
        "ㅠㅠ",
        "were",
        "power",
        "her",
        "tree",
        "Probiona",
        "👍",
        "안녕",
        "IT",
    ],
)
def test_what_may_be_a_word_is_no_gibberish(message: str) -> None:
    assert not is_gibberish(message)


@pytest.mark.parametrize(
    ("message", "work"),
    [
        (
            "거래처 중 매출이 가장 높은 곳의 담당자의 이번 달 실적은?",
            [("client", []), ("client", [0]), ("employee", [1])],
        ),
        (
            "How much did the account manager of the client with the highest sales sell in October 2026?",
            [("client", []), ("client", [0]), ("employee", [1])],
        ),
        (
            "Who looks after the client with the highest sales last quarter, and what did that person sell in"
            " October?",
            [("client", []), ("client", [0]), ("employee", [1])],
        ),
        (
            "Show me the contracts of the client with the highest sales last quarter",
            [("client", []), ("client", [0])],
        ),
        ("지난 분기 매출이 가장 높은 거래처의 계약 내역 보여줘", [("client", []), ("client", [0])]),
        (
            "Which client had the highest sales last quarter, who manages it"
            " and what does the policy say about gifts?",
            [("client", []), ("client", [0]), ("document", [])],
        ),
        (
            "지난 분기 매출이 가장 높은 거래처는 어디고, 담당자는 누구고, 할인 승인 규정은 뭐야?",
            [("client", []), ("client", [0]), ("document", [])],
        ),
        (
            "Who manages the client with the highest sales last quarter"
            " and what does the policy say about discounts?",
            [("client", []), ("client", [0]), ("document", [])],
        ),
        ("Who manages Hanbit Central Hospital and what is its grade?", [("client", [])]),
    ],
)
def test_what_must_be_found_first_is_asked_first(
    classifier: IntentClassifier, message: str, work: list[tuple[str, list[int]]]
) -> None:
    assert [(entry.agent, entry.after) for entry in decide(classifier, message).delegations] == work
