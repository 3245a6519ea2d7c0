"""The evaluators: deterministic, without a judge model. Which of them score which target."""

from evals.evaluators.agents import AGENT_OVERLAP, AGENTS, TRAJECTORY
from evals.evaluators.candour import CANDOUR, OUTCOME
from evals.evaluators.content import FIGURES, PHRASES
from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.evaluators.sources import RECIPROCAL_RANK, SOURCE_RECALL
from evals.evaluators.speed import IN_TIME, LATENCY
from evals.examples import TargetName

ANSWERED = "answered"
"""1 when asking yielded an answer, 0 when it failed: scored by the runner, for every result."""

EVALUATORS: dict[TargetName, tuple[Evaluator, ...]] = {
    TargetName.ROUTE: (AGENTS, AGENT_OVERLAP, IN_TIME, LATENCY),
    TargetName.SEARCH: (SOURCE_RECALL, RECIPROCAL_RANK, IN_TIME, LATENCY),
    TargetName.COMPANY: (TRAJECTORY, SOURCE_RECALL, FIGURES, PHRASES, OUTCOME, CANDOUR, IN_TIME, LATENCY),
}
_FIRST = (
    ANSWERED,
    TRAJECTORY.name,
    AGENTS.name,
    AGENT_OVERLAP.name,
    SOURCE_RECALL.name,
    RECIPROCAL_RANK.name,
)
_LAST = (IN_TIME.name, LATENCY.name)
MEASURES = frozenset({LATENCY.name})
"""Evaluators of which less is better; they are reported, and never fail the gate."""


def reading_order(name: str) -> int:
    """Return where reports name an evaluator: what matters most first, how quick it was last."""
    if name in _LAST:
        return len(_FIRST) + 1 + _LAST.index(name)
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


__all__ = ["ANSWERED", "EVALUATORS", "MEASURES", "Answered", "Evaluator", "Verdict", "reading_order"]
