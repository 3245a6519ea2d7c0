"""Evaluators are pure functions of an example and its answer."""

from typing import Any

import pytest

from evals.evaluators import EVALUATORS, Answered, Verdict
from evals.evaluators.agents import AGENT_OVERLAP, AGENTS, TRAJECTORY
from evals.evaluators.candour import CANDOUR, OUTCOME
from evals.evaluators.content import FIGURES, PHRASES
from evals.evaluators.evaluator import Evaluator
from evals.evaluators.numbers import numbers_in
from evals.evaluators.sources import RECIPROCAL_RANK, SOURCE_RECALL
from evals.evaluators.speed import IN_TIME, LATENCY
from evals.examples import Example, TargetName


def judge(evaluator: Evaluator, reference: dict[str, Any], seconds: float = 1.0, **output: Any) -> Verdict:
    example = Example.model_validate(
        {"id": "x", "language": "en", "inputs": {"message": "?"}, "reference": reference}
    )
    assert evaluator.applies(example)
    return evaluator.judge(example, Answered(output, seconds), 2.0)


@pytest.mark.parametrize(
    ("expected", "found", "exact", "overlap", "called"),
    [
        (["document"], ["document"], 1, 1, 1),
        (["document", "client"], ["client", "document"], 1, 1, 1),
        (["document"], ["client"], 0, 0, 0),
        (["document", "client"], ["document"], 0, 2 / 3, 0),
        ([], [], 1, 1, 1),
        ([], ["client"], 0, 0, 0),
        (["client"], [], 0, 0, 0),
        (["client"], ["client", "client"], 1, 1, 0),
    ],
)
def test_agents(expected: list[str], found: list[str], exact: float, overlap: float, called: float) -> None:
    reference = {"agents": expected}
    assert judge(AGENTS, reference, agents=found).value == exact
    assert judge(AGENT_OVERLAP, reference, agents=found).value == pytest.approx(overlap)
    assert judge(TRAJECTORY, reference, agents=found).value == called


def test_a_wrong_route_is_explained() -> None:
    verdict = judge(AGENTS, {"agents": ["client", "document"]}, agents=[])
    assert verdict.comment == "expected client, document; got nobody"


@pytest.mark.parametrize(
    ("found", "recall", "rank"),
    [
        (["a.pdf", "b.md"], 1, 1),
        (["x", "x", "a-ko.pdf"], 0.5, 1 / 2),
        (["x", "y", "b.md", "a.pdf"], 1, 1 / 3),
        ([], 0, 0),
    ],
)
def test_sources(found: list[str], recall: float, rank: float) -> None:
    reference = {"sources": [["a.pdf", "a-ko.pdf"], ["b.md"]]}
    assert judge(SOURCE_RECALL, reference, sources=found).value == recall
    assert judge(RECIPROCAL_RANK, reference, sources=found).value == pytest.approx(rank)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234,567 KRW", [1234567]),
        ("매출은 1,234,567원입니다", [1234567]),
        ("1억 2,345만 6,789원", [123456789]),
        ("3천만 원", [30_000_000]),
        ("1.2 million, 3 billion", [1_200_000, 3_000_000_000]),
        ("95.4% of 30", [95.4, 30]),
        ("E0015 and K00012", []),
        ("-5 boxes", [-5]),
        ("a drop of −1,000", [-1000]),
        ("2026-10-31 and 2026-09, of 2026", [2026]),
        ("2억, 3억", [200_000_000, 300_000_000]),
        ("12 months", [12]),
    ],
)
def test_numbers(text: str, values: list[float]) -> None:
    assert [number.value for number in numbers_in(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "expected", "held"),
    [
        ("**70,097,000** KRW", 70_097_000, 1),
        ("7,009만 7,000원", 70_097_000, 1),
        ("약 7천만 원", 70_097_000, 1),
        ("70.1 million", 70_097_000, 1),
        ("70.2 million", 70_097_000, 0),
        ("70,097,001", 70_097_000, 0),
        ("170,097,000", 70_097_000, 0),
        ("87.4%", 87.43, 1),
        ("87.5%", 87.43, 0),
        ("87%", 87.43, 0),
        ("found in [25]", 25, 0),
        ("| 25 |", 25, 1),
    ],
)
def test_figures(text: str, expected: float, held: float) -> None:
    assert judge(FIGURES, {"figures": [expected]}, response=text).value == held


def test_missing_figures_are_named() -> None:
    verdict = judge(FIGURES, {"figures": [1500, 2]}, response="It is 2.")
    assert verdict == Verdict(0.5, "missing: 1,500")


def test_phrases() -> None:
    reference = {"phrases": ["Up to 5 days", "15일"]}
    assert judge(PHRASES, reference, response="**up to\n5 Days**, 15일입니다").value == 1
    assert judge(PHRASES, reference, response="15일") == Verdict(0.5, "missing: Up to 5 days")


def test_speed() -> None:
    assert judge(LATENCY, {"agents": []}, seconds=1.5).value == 1.5
    assert judge(IN_TIME, {"agents": []}, seconds=2.0).value == 1
    assert judge(IN_TIME, {"agents": []}, seconds=2.5) == Verdict(0.0, "2.50 s, budget 2 s")


def test_what_is_not_expected_is_not_scored() -> None:
    example = Example.model_validate(
        {"id": "x", "language": "en", "inputs": {"message": "?"}, "reference": {"phrases": ["a"]}}
    )
    applying = {one.name for one in EVALUATORS[TargetName.COMPANY] if one.applies(example)}
    assert applying == {"phrases", "in_time", "latency_seconds"}


@pytest.mark.parametrize(
    ("outcome", "phrases", "response", "right"),
    [
        ("asked_back", ["E0012"], "Two are called so: E0012 and E0067. Which one do you mean?", True),
        ("asked_back", ["E0012"], "Which one do you mean?", False),
        ("asked_back", [], "E0012 sold 1,000 KRW. Or do you mean another?", False),
        ("asked_back", [], "2명입니다: 김민수(E0001), 김민수(E0002). 사번으로 알려 주세요.", True),
        ("refused", [], "You are not permitted to see salaries.", True),
        ("refused", [], "급여 정보를 볼 권한이 없습니다.", True),
        ("refused", [], "It is 50,000,000 KRW.", False),
        ("no_data", [], "There are no sales figures for 2019. The data covers 2023-11 to 2026-10.", True),
        ("no_data", [], "2019년에는 거래가 없습니다.", True),
        ("no_data", [], "Sales in 2019 were 0 KRW.", False),
        ("no_data", [], "Hello.", False),
    ],
)
def test_outcomes(outcome: str, phrases: list[str], response: str, right: bool) -> None:
    reference = {"outcome": outcome, "phrases": phrases}
    assert judge(OUTCOME, reference, response=response, sources=[]).value == right


@pytest.mark.parametrize(
    ("reference", "response", "sources", "is_candid"),
    [
        ({"figures": [120]}, "120 KRW", ["sales"], True),
        ({"figures": [120]}, "130 KRW", ["sales"], False),
        ({"figures": [120, 130]}, "130 KRW", ["sales"], False),
        ({"figures": [120]}, "130 KRW. Not taken into account: “late”.", ["sales"], True),
        ({"figures": [120]}, "Which one do you mean?", [], True),
        ({"outcome": "refused"}, "130 KRW", ["sales"], False),
        ({"outcome": "refused"}, "You are not permitted to see it.", [], True),
        ({"figures": [120], "absent_figures": [900]}, "120 KRW of 900 KRW", ["sales"], False),
    ],
)
def test_candour(reference: dict[str, Any], response: str, sources: list[str], is_candid: bool) -> None:
    assert judge(CANDOUR, reference, response=response, sources=sources).value == is_candid
