"""Whether a run is worse than its baseline."""

from collections.abc import Iterable

from pydantic import BaseModel

from evals.evaluators import MEASURES
from evals.report import Scored, values_by_evaluator
from evals.statistics import sign_flip_test

SIGNIFICANCE = 0.05
MINIMUM_DROP = 0.01
"""A smaller drop of a mean share never fails, however sure it is."""


class Comparison(BaseModel):
    """One evaluator in two runs, over the examples that both have scored.

    Attributes:
        run: Mean of the run.
        baseline: Mean of the baseline.
        count: How many examples were compared.
        dropped: Whether it is a significant drop.
    """

    evaluator: str
    run: float
    baseline: float
    difference: float
    p_value: float
    count: int
    dropped: bool


class Gate(BaseModel):
    """A run against its baseline.

    Attributes:
        unmatched: Examples that only one of the two has, and that were not compared.
    """

    comparisons: list[Comparison]
    unmatched: int

    @property
    def passed(self) -> bool:
        return not any(comparison.dropped for comparison in self.comparisons)


def compare(run: Iterable[Scored], baseline: Iterable[Scored]) -> Gate:
    """Compare a run with its baseline, evaluator by evaluator, paired by example."""
    run, baseline = list(run), list(baseline)
    here, there = values_by_evaluator(run), values_by_evaluator(baseline)
    ids, other_ids = ({one.example_id for one in results} for results in (run, baseline))
    return Gate(
        comparisons=[
            _compared(name, here[name], there[name])
            for name in here
            if name in there and here[name].keys() & there[name].keys()
        ],
        unmatched=len(ids ^ other_ids),
    )


def _compared(name: str, run: dict[str, float], baseline: dict[str, float]) -> Comparison:
    test = sign_flip_test(run, baseline)
    shared = run.keys() & baseline.keys()
    return Comparison(
        evaluator=name,
        run=sum(run[key] for key in shared) / test.examples,
        baseline=sum(baseline[key] for key in shared) / test.examples,
        difference=test.difference,
        p_value=test.p_value,
        count=test.examples,
        dropped=name not in MEASURES and test.p_value < SIGNIFICANCE and test.difference < -MINIMUM_DROP,
    )
