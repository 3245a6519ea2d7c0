"""In which order the parts of a turn are worked on: pure functions over delegations and results."""

from collections.abc import Sequence
from uuid import uuid5

from graph.state import AgentResult
from narutalk.events import Delegation
from narutalk.quoting import MAX_CONTEXT_CHARS, bounded
from narutalk.threads import as_uuid


def first(delegations: Sequence[Delegation]) -> list[int]:
    """Return the positions of the delegations that need no result."""
    return [position for position, delegation in enumerate(delegations) if not delegation.after]


def ready(
    delegations: Sequence[Delegation], results: Sequence[AgentResult], sent: Sequence[int]
) -> list[int]:
    """Return the positions of those that were not sent yet and whose needs are met."""
    met = {result.position for result in results if _is_there(result)}
    return [
        position for position in _unsent(delegations, results, sent) if met >= {*delegations[position].after}
    ]


def without_need(
    delegations: Sequence[Delegation], results: Sequence[AgentResult], sent: Sequence[int]
) -> list[AgentResult]:
    """Return a ``cancelled`` result for each that needs what failed, asks back, or was not asked itself."""
    missing = {result.position for result in results if not _is_there(result)}
    unasked = []
    for position in _unsent(delegations, results, sent):
        if missing & {*delegations[position].after}:
            missing.add(position)
            unasked.append(
                AgentResult(agent=delegations[position].agent, status="cancelled", position=position)
            )
    return unasked


def context(delegation: Delegation, results: Sequence[AgentResult]) -> str:
    """Return the results a delegation needs, each bounded to its share of the length."""
    needed = [result for result in results if result.position in delegation.after]
    share = MAX_CONTEXT_CHARS // max(len(needed), 1) - 1
    return "\n".join(bounded(result.text, share) for result in needed)


def task_id(message_id: str, delegations: Sequence[Delegation], position: int) -> str:
    """Return the fixed id of a task: the question's, unless its agent was given a part of it before."""
    agent = delegations[position].agent
    repeated = sum(delegation.agent == agent for delegation in delegations[:position])
    return str(uuid5(as_uuid(message_id), str(repeated))) if repeated else message_id


def _is_there(result: AgentResult) -> bool:
    return result.status == "success" and result.choice is None


def _unsent(
    delegations: Sequence[Delegation], results: Sequence[AgentResult], sent: Sequence[int]
) -> list[int]:
    known = {*sent, *(result.position for result in results)}
    return [position for position in range(len(delegations)) if position not in known]
