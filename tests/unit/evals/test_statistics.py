"""Statistics against values computed another way, and by simulation."""

from itertools import product

import numpy as np
import pytest

from evals.gate import MINIMUM_DROP, SIGNIFICANCE, compare
from evals.report import summarise
from evals.results import Result, Score
from evals.statistics import bootstrap, mean_by_example, sign_flip_test

EXAMPLES = 60
SIMULATIONS = 200


def exact_p_value(differences: list[float]) -> float:
    """Of the sign-flip test, by going through every combination of signs."""
    observed = abs(sum(differences))
    flips = [
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return sum(flip >= observed - 1e-9 for flip in flips) / len(flips)


def test_repetitions_are_averaged_and_unscored_left_out() -> None:
    values = [("a", 1.0), ("a", 0.0), ("a", None), ("b", 0.25), ("c", None)]
    assert mean_by_example(values) == {"a": 0.5, "b": 0.25}


def test_the_interval_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(1).normal(0.7, 0.1, 200)
    estimate = bootstrap(list(values))
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    assert estimate.mean == pytest.approx(values.mean())
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.002)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.002)
    assert estimate == bootstrap(list(values))


def test_what_never_varies_has_no_width() -> None:
    assert bootstrap([1.0] * 5)[:3] == (1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="no values"):
        bootstrap([])


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(2)
    covered = 0
    for number in range(SIMULATIONS):
        estimate = bootstrap(
            list((generator.random(EXAMPLES) < 0.8).astype(float)), seed=number, resamples=500
        )
        covered += estimate.low <= 0.8 <= estimate.high
    assert 0.88 <= covered / SIMULATIONS <= 0.99


@pytest.mark.parametrize(
    "differences", [[-1.0] * 6, [-1, -1, -1, 1, -0.5, 0.5, -1], [0.2, -0.1, 0.3, 0.4, -0.2, 0.1, 0.3, 0.25]]
)
def test_the_p_value_is_the_exact_one(differences: list[float]) -> None:
    run = {str(number): one for number, one in enumerate(differences)}
    baseline = dict.fromkeys(run, 0.0)
    test = sign_flip_test(run, baseline)
    assert test.p_value == pytest.approx(exact_p_value(differences), abs=0.015)
    assert test.difference == pytest.approx(sum(differences) / len(differences))


def test_runs_are_paired_by_example() -> None:
    test = sign_flip_test({"a": 1.0, "b": 0.0, "only here": 0.0}, {"b": 0.0, "a": 1.0, "only there": 1.0})
    assert test == (0.0, 1.0, 2)


def test_false_alarms_and_power() -> None:
    generator = np.random.default_rng(3)
    alarms = {0.0: 0, 0.3: 0}
    for drop in alarms:
        for number in range(SIMULATIONS):
            hard = generator.random(EXAMPLES) < 0.2
            before = np.where(hard, generator.random(EXAMPLES) < 0.5, True).astype(float)
            after = np.where(hard, generator.random(EXAMPLES) < 0.5, True).astype(float)
            after[generator.random(EXAMPLES) < drop] = 0.0
            run, baseline = (dict(enumerate(one)) for one in (after, before))
            test = sign_flip_test(
                {str(key): value for key, value in run.items()},
                {str(key): value for key, value in baseline.items()},
                seed=number,
                resamples=500,
            )
            alarms[drop] += test.p_value < SIGNIFICANCE and test.difference < 0
    assert alarms[0.0] / SIMULATIONS <= 0.06
    assert alarms[0.3] / SIMULATIONS >= 0.8


def result(number: int, *scores: Score, repetition: int = 0, error: str = "") -> Result:
    return Result(
        example_id=f"e{number}",
        position=number,
        repetition=repetition,
        language="ko" if number % 2 else "en",
        tags=("odd",) if number % 2 else (),
        inputs={},
        reference={},
        output={},
        error=error,
        duration_ms=1.0,
        scores=scores,
    )


def run_of(*values: float | None, evaluator: str = "agents") -> list[Result]:
    return [result(number, Score(evaluator, value)) for number, value in enumerate(values)]


def test_a_report_counts_unscored_and_groups() -> None:
    report = summarise([*run_of(1.0, 0.0, None, 1.0), result(1, Score("agents", 1.0), repetition=1)])
    (line,) = report.lines
    assert line.estimate is not None
    assert (line.estimate.mean, line.estimate.examples, line.unscored) == (pytest.approx(2.5 / 3), 3, 1)
    assert [
        (group.name, group.lines[0].estimate and group.lines[0].estimate.mean) for group in report.languages
    ] == [
        ("en", 1.0),
        ("ko", 0.75),
    ]
    assert [group.name for group in report.tags] == ["odd"]
    assert [(one.example_id, one.score) for one in report.worst] == [("e1", 0.5)]


def test_a_report_of_nothing_scored_says_so() -> None:
    report = summarise(run_of(None, None))
    assert report.lines[0].estimate is None
    assert report.lines[0].unscored == 2


def test_evaluators_are_named_in_one_order() -> None:
    names = ("latency_seconds", "figures", "in_time", "trajectory", "answered")
    report = summarise([result(0, *(Score(name, 1.0) for name in names))])
    assert [line.evaluator for line in report.lines] == [
        "answered",
        "trajectory",
        "figures",
        "in_time",
        "latency_seconds",
    ]


def test_a_failed_question_is_among_the_worst() -> None:
    failed = result(0, Score("answered", 0.0), Score("agents", None), error="down")
    report = summarise([failed, result(1, Score("answered", 1.0), Score("agents", 1.0))])
    assert report.errors == 1
    assert [one.example_id for one in report.worst] == ["e0"]


def test_the_gate_fails_on_a_sure_drop() -> None:
    baseline = run_of(*[1.0] * 40)
    assert not compare(run_of(*[0.0] * 8, *[1.0] * 32), baseline).passed
    (comparison,) = compare(run_of(*[0.0] * 8, *[1.0] * 32), baseline).comparisons
    assert (comparison.run, comparison.baseline, comparison.count) == (0.8, 1.0, 40)
    assert comparison.p_value < SIGNIFICANCE


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 40,
        [0.0] * 2 + [1.0] * 38,  # a drop, but not a sure one
        [1.0 - MINIMUM_DROP / 2] * 40,  # sure, but too small to matter
    ],
)
def test_the_gate_passes_what_is_no_sure_drop(values: list[float]) -> None:
    assert compare(run_of(*values), run_of(*[1.0] * 40)).passed


def test_a_gain_passes_and_slowness_never_fails() -> None:
    assert compare(run_of(*[1.0] * 40), run_of(*[0.0] * 40)).passed
    slow, quick = (run_of(*[seconds] * 40, evaluator="latency_seconds") for seconds in (9.0, 0.1))
    assert compare(slow, quick).passed


def test_what_was_not_compared_is_counted() -> None:
    gate = compare(run_of(1.0, 1.0), run_of(1.0, 1.0, 1.0, None))
    assert gate.unmatched == 2
    assert gate.comparisons[0].count == 2
