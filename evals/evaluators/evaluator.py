"""What an evaluator is: a pure function of an example and its answer."""

from collections.abc import Callable
from typing import Any, NamedTuple

from evals.examples import Example


class Answered(NamedTuple):
    """What was answered.

    Attributes:
        output: As the target returns it.
        seconds: From question to answer.
    """

    output: dict[str, Any]
    seconds: float


class Verdict(NamedTuple):
    """A value, and why."""

    value: float
    comment: str = ""


Judge = Callable[[Example, Answered, float], Verdict]


class Evaluator(NamedTuple):
    """One evaluator.

    Attributes:
        name: What reports call it.
        judge: Takes the example, what was answered and the latency budget in seconds. Whatever it raises
            makes the result "unscored".
        applies: Whether an example has what it compares with.
        share: Whether its values go from 0 (worst) to 1 (best); such evaluators decide the gate. Otherwise it
            is a measure of which less is better.
    """

    name: str
    judge: Judge
    applies: Callable[[Example], bool] = lambda _example: True
    share: bool = True
