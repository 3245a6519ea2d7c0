"""Several calls of one tool for one question: "A or B" asks for both, one by one."""

from collections.abc import Mapping, Sequence
from typing import Any


def one_by_one(args: Mapping[str, Any], others: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return a call's arguments, and the same for each further value, in the order in which they are found.

    Args:
        args: With the first value of each argument.
        others: The further values. Only one argument can be asked for one by one: the one with the most.
    """
    if not others:
        return [dict(args)]
    name = max(others, key=lambda argument: len(others[argument]))
    return [dict(args), *({**args, name: value} for value in others[name])]


def are_parts_of_one(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether clauses are parts of one question: "A하고 | B 중에 지난 분기에…" says when once for both.

    Args:
        calls: The tool and the arguments of each clause.
    """
    return len({tool for tool, _ in calls}) == 1 and len({frozenset(args) for _, args in calls}) > 1
