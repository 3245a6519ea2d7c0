"""Single values out of a thread, by path, so that a list of threads need not send their whole states."""

import re
from collections.abc import Iterable
from typing import Any

from narutalk.errors import InvalidInput

ROOTS = ("values", "metadata", "interrupts", "config")
ALL = "*"

_PATH = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[(?:-?\d+|\*)\])*")
_STEP = re.compile(r"\[(-?\d+|\*)\]|([^.\[\]]+)")

Step = str | int


def parse_path(path: str) -> list[Step]:
    """Return the steps of a path such as ``values.messages[-1].content`` or ``values.messages[*].type``.

    Raises:
        InvalidInput: ``extract_invalid``: it is malformed, or begins with none of `ROOTS`.
    """
    steps: list[Step] = [_step(*match.groups()) for match in _STEP.finditer(path)]
    if not _PATH.fullmatch(path) or steps[0] not in ROOTS:
        raise InvalidInput(
            f"A path to extract begins with one of {', '.join(ROOTS)} and goes on with keys and indexes,"
            " such as `values.messages[-1].content`.",
            code="extract_invalid",
            details={"path": path[:200]},
        )
    return steps


def extract(value: Any, steps: Iterable[Step]) -> Any:
    """Return what a path leads to; None where it leads nowhere."""
    steps = list(steps)
    for position, step in enumerate(steps):
        if step == ALL:
            rest = steps[position + 1 :]
            return [extract(entry, rest) for entry in value] if isinstance(value, list) else None
        value = _follow(value, step)
    return value


def _step(index: str | None, key: str | None) -> Step:
    if index is None:
        return key or ""
    return ALL if index == ALL else int(index)


def _follow(value: Any, step: Step) -> Any:
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    in_range = isinstance(value, list) and -len(value) <= step < len(value)
    return value[step] if in_range else None
