"""The ORM from async code: in a thread, with its connection given back at once."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM off the event loop, and return what it returns.

    Its connection does not outlive the call, so that a turn of a minute does not hold one for a minute. The
    call is finished even when the caller is cancelled.
    """

    @wraps(function)
    def call() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False)()
