"""What the pages of a run show, made from what is stored."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import QueryDict

from django_admin.evaluations.labels import evaluator_title
from django_admin.evaluations.models import EvaluationRun, Result, Score
from evals.evaluators import MEASURES
from evals.gate import Gate
from evals.report import Line, Report
from evals.results import Score as GivenScore
from evals.statistics import Estimate

PAGE_SIZE = 25
FULL = 100
SHOWN_PARAMETERS = ("limit", "repetitions", "concurrency", "timeout_seconds", "upload", "url")
FILTERS = {
    "failed": ~Q(error=""),
    "wrong": Q(share__lt=1),
    "unscored": Q(scores__value__isnull=True),
}


class Interval(NamedTuple):
    """An interval as a bar, in percent of its width."""

    left: float
    width: float
    point: float


class SummaryRow(NamedTuple):
    title: str
    estimate: Estimate | None
    interval: Interval | None
    languages: list[float | None]
    unscored: int


class ComparisonRow(NamedTuple):
    title: str
    run: float
    baseline: float
    difference: float
    p_value: float
    dropped: bool


class Worst(NamedTuple):
    example_id: str
    score: float
    result: Result | None


class ResultFilter(NamedTuple):
    """What part of a run's results is shown; empty strings for all."""

    show: str
    language: str


def summary_rows(report: Report) -> list[SummaryRow]:
    """Return the rows of the summary, one for each evaluator, with a column for each language."""
    return [
        SummaryRow(
            evaluator_title(line.evaluator),
            line.estimate,
            _interval(line),
            [_mean(group.lines, line.evaluator) for group in report.languages],
            line.unscored,
        )
        for line in report.lines
    ]


def tag_rows(report: Report) -> list[tuple[str, int, list[float | None]]]:
    """Return a row for each tag: its name, how many examples have it, and the mean of each evaluator."""
    names = [line.evaluator for line in report.lines]
    return [
        (group.name, _largest(group.lines), [_mean(group.lines, name) for name in names])
        for group in report.tags
    ]


def comparison_rows(gate: Gate) -> list[ComparisonRow]:
    """Return the rows of the comparison with the baseline."""
    return [
        ComparisonRow(
            evaluator_title(one.evaluator), one.run, one.baseline, one.difference, one.p_value, one.dropped
        )
        for one in gate.comparisons
    ]


def worst_results(run: EvaluationRun, report: Report) -> list[Worst]:
    """Return the worst examples with a result of each to read."""
    ids = [one.example_id for one in report.worst]
    by_id: dict[str, Result] = {}
    for result in run.results.filter(example_id__in=ids).order_by("share"):
        by_id.setdefault(result.example_id, result)
    return [Worst(one.example_id, one.score, by_id.get(one.example_id)) for one in report.worst]


def read_filter(query: QueryDict) -> ResultFilter:
    """Return the filter that an address names; what it does not know shows all."""
    show = query.get("show", "")
    return ResultFilter(show if show in FILTERS else "", query.get("language", ""))


def filtered_results(run: EvaluationRun, chosen: ResultFilter) -> QuerySet[Result]:
    """Return a run's results in the order of the dataset, or, of those that are wrong, the worst first."""
    found = run.results.prefetch_related("scores")
    if chosen.show:
        found = found.filter(FILTERS[chosen.show]).distinct()
    if chosen.language:
        found = found.filter(language=chosen.language)
    return found.order_by("share", "position", "repetition") if chosen.show == "wrong" else found


def shares(scores: Iterable[Score | GivenScore]) -> list[tuple[str, float | None, str]]:
    """Return the scores that are shares, with the names people read, and why."""
    return [
        (evaluator_title(score.evaluator), score.value, score.comment)
        for score in scores
        if score.evaluator not in MEASURES
    ]


def shown_parameters(run: EvaluationRun) -> list[tuple[str, Any]]:
    """Return what was asked for, and what the run depended on."""
    asked = [
        (name, run.parameters[name])
        for name in SHOWN_PARAMETERS
        if run.parameters.get(name) not in (None, "", False)
    ]
    return [*asked, *((name, value) for name, value in run.environment.items() if value)]


def _interval(line: Line) -> Interval | None:
    if line.estimate is None or line.evaluator in MEASURES:
        return None
    mean, low, high, _examples = line.estimate
    return Interval(FULL * low, max(FULL * (high - low), 1), FULL * mean)


def _mean(lines: Iterable[Line], evaluator: str) -> float | None:
    found = next((line.estimate for line in lines if line.evaluator == evaluator), None)
    return found.mean if found else None


def _largest(lines: Iterable[Line]) -> int:
    return max((line.estimate.examples for line in lines if line.estimate), default=0)
