"""Tasks for the tests of the worker."""

import threading
from pathlib import Path

from django_tasks import task

GIVE_UP_SECONDS = 60
released = threading.Event()


@task()
def remember(path: str) -> None:
    """Leave a line in a file."""
    with Path(path).open("a") as file:
        file.write("ran\n")


@task(queue_name="monitoring")
def remember_quickly(path: str) -> None:
    """Leave a line in a file, from the other queue."""
    remember.func(path)


@task()
def hang(path: str) -> None:
    """Leave a line in a file, then work until `released`, or until the worker dies."""
    remember.func(path)
    released.wait(GIVE_UP_SECONDS)


@task()
def fail() -> None:
    raise ValueError("planted")


@task()
def tick() -> None:
    """Stands for a periodic task."""
