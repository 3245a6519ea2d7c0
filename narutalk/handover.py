"""Runs change hands: whether the one that is going on here came from another process, or goes to one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class _Handover(NamedTuple):
    resumed: bool
    is_left: Callable[[], bool]


_handover: ContextVar[_Handover | None] = ContextVar("handover", default=None)


@contextmanager
def handed_run(*, resumed: bool, is_left: Callable[[], bool]) -> Iterator[None]:
    """Tell what runs inside how the run changes hands.

    Args:
        resumed: Whether another process, or another attempt, began it.
        is_left: Whether it was given up for another process, once it is cancelled.
    """
    token = _handover.set(_Handover(resumed, is_left))
    try:
        yield
    finally:
        _handover.reset(token)


def run_is_resumed() -> bool:
    """Whether another process may have begun what is to be done here, and what it began elsewhere goes on."""
    handover = _handover.get()
    return handover is not None and handover.resumed


def run_is_left() -> bool:
    """Whether another process goes on with the run; what it works on elsewhere must then not be stopped."""
    handover = _handover.get()
    return handover is not None and handover.is_left()
