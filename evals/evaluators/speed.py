"""How long an answer takes."""

from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.examples import Example


def latency(_example: Example, answered: Answered, _budget: float) -> Verdict:
    """Seconds from question to answer."""
    return Verdict(answered.seconds)


def in_time(_example: Example, answered: Answered, budget: float) -> Verdict:
    """1 when the answer came within the dataset's budget, else 0."""
    on_time = answered.seconds <= budget
    return Verdict(float(on_time), "" if on_time else f"{answered.seconds:.2f} s, budget {budget:g} s")


LATENCY = Evaluator("latency_seconds", latency, share=False)
IN_TIME = Evaluator("in_time", in_time)
