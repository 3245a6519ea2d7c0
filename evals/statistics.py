"""How sure a mean is, and whether two runs differ. Examples are the unit: repetitions are averaged first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

SEED = 20261116
RESAMPLES = 10_000
LEVEL = 0.95
_CHUNK = 1_000
"""Resamples drawn at a time, which bounds the memory."""


class Estimate(NamedTuple):
    """A mean over examples with its confidence interval.

    Attributes:
        examples: How many examples it is of.
    """

    mean: float
    low: float
    high: float
    examples: int


class PairedTest(NamedTuple):
    """A run against its baseline, over the examples that both have scored.

    Attributes:
        difference: Mean of run minus baseline.
        p_value: Two-sided; 1 when nothing differs.
        examples: How many examples were compared.
    """

    difference: float
    p_value: float
    examples: int


def mean_by_example(values: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """Average the repetitions of each example; an example of which all are unscored is left out."""
    found: dict[str, list[float]] = {}
    for example_id, value in values:
        if value is not None:
            found.setdefault(example_id, []).append(value)
    return {example_id: sum(each) / len(each) for example_id, each in found.items()}


def bootstrap(values: Sequence[float], *, seed: int = SEED, resamples: int = RESAMPLES) -> Estimate:
    """Return the mean with its 95 % percentile bootstrap interval (Efron 1979), over examples.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values")
    sample = np.asarray(values, dtype=float)
    generator = np.random.default_rng(seed)
    means = np.concatenate(
        [
            sample[generator.integers(0, len(sample), (min(_CHUNK, resamples - done), len(sample)))].mean(
                axis=1
            )
            for done in range(0, resamples, _CHUNK)
        ]
    )
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Estimate(float(sample.mean()), float(low), float(high), len(sample))


def sign_flip_test(
    run: Mapping[str, float],
    baseline: Mapping[str, float],
    *,
    seed: int = SEED,
    resamples: int = RESAMPLES,
) -> PairedTest:
    """Compare two runs by a paired permutation test: under no effect each difference may have either sign.

    The p-value is (1 + flips at least as extreme) / (1 + flips), which is never 0 (Phipson and Smyth 2010).
    """
    shared = sorted(run.keys() & baseline.keys())
    differences = np.array([run[key] - baseline[key] for key in shared], dtype=float)
    moved = differences[differences != 0]
    if not len(moved):
        return PairedTest(0.0, 1.0, len(shared))
    generator = np.random.default_rng(seed)
    observed = abs(moved.sum())
    extreme = 0
    for done in range(0, resamples, _CHUNK):
        signs = generator.choice((-1.0, 1.0), (min(_CHUNK, resamples - done), len(moved)))
        extreme += int((np.abs(signs @ moved) >= observed - 1e-9).sum())
    return PairedTest(float(differences.mean()), (1 + extreme) / (1 + resamples), len(shared))
