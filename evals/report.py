"""What a run says: a mean with its interval for each evaluator, by language and tag; the worst examples."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from pydantic import BaseModel

from evals.evaluators import ANSWERED, MEASURES, reading_order
from evals.results import Score
from evals.statistics import Estimate, bootstrap, mean_by_example

WORST = 10


class Scored(Protocol):
    """What a report needs of a result; results of `evals` and of a database have it alike."""

    @property
    def example_id(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def error(self) -> str: ...
    @property
    def scores(self) -> Iterable[Score]: ...


class Line(BaseModel):
    """One evaluator over some examples; ``estimate`` is None when nothing was scored.

    Attributes:
        unscored: Results of which the evaluator could not say anything.
    """

    evaluator: str
    estimate: Estimate | None
    unscored: int


class Group(BaseModel):
    """The examples of one language or tag."""

    name: str
    lines: list[Line]


class Worst(BaseModel):
    """An example that was answered badly; ``score`` is the mean of its shares, 0 when asking failed."""

    example_id: str
    score: float


class Report(BaseModel):
    """A run in figures.

    Attributes:
        results: How many there are.
        errors: How many of them failed.
    """

    results: int
    errors: int
    lines: list[Line]
    languages: list[Group]
    tags: list[Group]
    worst: list[Worst]


class _Flat(NamedTuple):
    example_id: str
    evaluator: str
    value: float | None


def summarise(results: Sequence[Scored]) -> Report:
    """Return the report of a run's results."""
    return Report(
        results=len(results),
        errors=sum(bool(result.error) for result in results),
        lines=_lines(results),
        languages=_groups(results, lambda result: (result.language,)),
        tags=_groups(results, lambda result: result.tags),
        worst=_worst(results),
    )


def values_by_evaluator(results: Iterable[Scored]) -> dict[str, dict[str, float]]:
    """Return, for each evaluator in the order they are read in, the mean value of each example."""
    flat = _flat(results)
    names = sorted(dict.fromkeys(one.evaluator for one in flat), key=reading_order)
    return {
        name: mean_by_example((one.example_id, one.value) for one in flat if one.evaluator == name)
        for name in names
    }


def _flat(results: Iterable[Scored]) -> list[_Flat]:
    return [
        _Flat(result.example_id, score.evaluator, score.value)
        for result in results
        for score in result.scores
    ]


def _lines(results: Sequence[Scored]) -> list[Line]:
    flat = _flat(results)
    return [
        Line(
            evaluator=name,
            estimate=bootstrap(list(values.values())) if values else None,
            unscored=sum(one.evaluator == name and one.value is None for one in flat),
        )
        for name, values in values_by_evaluator(results).items()
    ]


def _groups(results: Sequence[Scored], keys: Callable[[Scored], Iterable[str]]) -> list[Group]:
    names = sorted({key for result in results for key in keys(result)})
    return [
        Group(name=name, lines=_lines([result for result in results if name in keys(result)]))
        for name in names
    ]


def _worst(results: Sequence[Scored]) -> list[Worst]:
    """Return the examples below 1, the worst first; an evaluator that says nothing does not count."""
    shares = mean_by_example(
        (one.example_id, one.value) for one in _flat(results) if one.evaluator not in MEASURES
    )
    failed = mean_by_example(
        (one.example_id, one.value) for one in _flat(results) if one.evaluator == ANSWERED
    )
    scores = {key: value * failed.get(key, 1.0) for key, value in shares.items()}
    ranked = sorted((score, key) for key, score in scores.items() if score < 1)
    return [Worst(example_id=key, score=score) for score, key in ranked[:WORST]]
