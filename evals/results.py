"""What a run yields: one result for each example and repetition, with its scores."""

from dataclasses import dataclass
from typing import Any, NamedTuple


class Score(NamedTuple):
    """What one evaluator says about one answer.

    Attributes:
        evaluator: Its name.
        value: None when it could not be said ("unscored"): never counted as 0.
        comment: Why, for people.
    """

    evaluator: str
    value: float | None
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One question asked once.

    Attributes:
        example_id: Of the example.
        position: Of the example in its dataset, from 0.
        repetition: From 0.
        language: Of the question.
        inputs: What was asked.
        reference: What was expected.
        output: The answer, as its target returns it; None when asking failed.
        error: Why asking failed; empty when it did not.
        duration_ms: From question to answer; None when asking failed.
        scores: Of every evaluator that applies to the example.
    """

    example_id: str
    position: int
    repetition: int
    language: str
    tags: tuple[str, ...]
    inputs: dict[str, Any]
    reference: dict[str, Any]
    output: dict[str, Any] | None
    error: str
    duration_ms: float | None
    scores: tuple[Score, ...]
