"""Whether the right agents work on a question."""

from typing import Any

from agentevals.trajectory.match import create_trajectory_match_evaluator
from openevals.exact import exact_match

from evals.evaluators.evaluator import Answered, Evaluator, Verdict
from evals.examples import Example

_same_calls = create_trajectory_match_evaluator(
    trajectory_match_mode="unordered", tool_args_match_mode="ignore"
)


def same_agents(example: Example, answered: Answered, _budget: float) -> Verdict:
    """1 when exactly the expected agents work on it, else 0 (openevals: exact match)."""
    expected, found = _expected(example), sorted(set(answered.output["agents"]))
    result = exact_match(outputs=found, reference_outputs=expected)
    return Verdict(float(result["score"]), "" if result["score"] else _said(expected, found))


def agent_overlap(example: Example, answered: Answered, _budget: float) -> Verdict:
    """F1 of the agents, for partial credit; 1 when nobody is expected and nobody works."""
    expected, found = set(_expected(example)), set(answered.output["agents"])
    if not expected and not found:
        return Verdict(1.0)
    return Verdict(2 * len(expected & found) / (len(expected) + len(found)))


def trajectory(example: Example, answered: Answered, _budget: float) -> Verdict:
    """1 when each expected agent was called once, in any order (agentevals: unordered trajectory)."""
    expected, found = _expected(example), list(answered.output["agents"])
    result: Any = _same_calls(outputs=_messages(found), reference_outputs=_messages(expected))
    return Verdict(float(result["score"]), "" if result["score"] else _said(expected, sorted(found)))


def _messages(agents: list[str]) -> list[dict[str, Any]]:
    """Return delegations as the tool calls of one message, the form that agentevals compares."""
    calls = [{"type": "function", "function": {"name": name, "arguments": "{}"}} for name in agents]
    return [
        {"role": "user", "content": ""},
        {"role": "assistant", "content": "", **({"tool_calls": calls} if calls else {})},
    ]


def _expected(example: Example) -> list[str]:
    return sorted(set(example.reference.agents or ()))


def _said(expected: list[str], found: list[str]) -> str:
    return f"expected {', '.join(expected) or 'nobody'}; got {', '.join(found) or 'nobody'}"


def _has_agents(example: Example) -> bool:
    return example.reference.agents is not None


AGENTS = Evaluator("agents", same_agents, _has_agents)
AGENT_OVERLAP = Evaluator("agent_overlap", agent_overlap, _has_agents)
TRAJECTORY = Evaluator("trajectory", trajectory, _has_agents)
