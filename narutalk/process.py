"""Which process a piece of work belongs to, and whether that process still lives."""

import gc
import os
import socket
from functools import cache

import psutil

RUN_LOST = "RunLost"
RUN_INTERRUPTED = "RunInterrupted"
LOST_RUNS = frozenset({RUN_LOST, RUN_INTERRUPTED})
"""The errors of runs whose process died or stopped, as the agent server tells them to its clients."""


def this_process() -> str:
    """Return the name of this process: host, process id and start time, so that a reused id is no match."""
    return _name_of(os.getpid())


def is_dead(process: str) -> bool:
    """Whether a process on this host has ended. Of other hosts nothing is known, and the answer is no."""
    host, pid, started = process.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except psutil.NoSuchProcess:
        return True


def freeze_startup() -> None:
    """Keep what a server loaded before it serves out of every later garbage collection.

    It is never garbage, and to look at all of it takes a tenth of a second, in which every request waits.
    """
    gc.collect()
    gc.freeze()


@cache
def _name_of(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{psutil.Process(pid).create_time():.2f}"
