"""Real child processes: tiny ones that end, that hang, that ignore SIGTERM, that outlive their launcher."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from services.launcher import children
from services.launcher.children import PARENT_PIPE_VARIABLE, Child, describe_exit, stop_all
from services.launcher.plan import ProcessPlan

pytestmark = pytest.mark.slow

WAIT_SECONDS = 30
BACKOFF_SECONDS = 0.02
HANG = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(600)
"""
WITH_A_CHILD_OF_ITS_OWN = """
import subprocess, sys, time
inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('up', inner.pid, flush=True)
time.sleep(600)
"""
UNTIL_THE_PARENT_IS_GONE = """
import time
from services.process import stop_with_parent
stop_with_parent()
print('up', flush=True)
time.sleep(600)
"""


class Said(list[str]):
    """What the person at the terminal was told."""


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The read and the write end of the launcher's pipe."""
    read_end, write_end = os.pipe()
    yield read_end, write_end
    for end in (read_end, write_end):
        try:
            os.close(end)
        except OSError:
            continue  # the test closed it


@pytest_asyncio.fixture
async def make(pipe: tuple[int, int], said: Said, tmp_path: Path) -> AsyncIterator[Callable[..., Child]]:
    """Make children; what a test leaves running is killed."""
    made: list[Child] = []

    def build(code: str, name: str = "toy") -> Child:
        plan = ProcessPlan(name, name, 1, (sys.executable, "-c", textwrap.dedent(code)))
        child = Child(plan, dict(os.environ), tmp_path, pipe[0], said.append)
        made.append(child)
        return child

    yield build
    await stop_all(made, grace_seconds=0)


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def started(child: Child, times: int = 1) -> Child:
    await child.start()
    await until(lambda: child.log_tail().count("up") >= times)
    return child


async def test_its_output_goes_to_its_log(make: Callable[..., Child], tmp_path: Path) -> None:
    child = make("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)")
    assert child.log_tail() == ""
    await child.start()
    assert await child.exited() == 3
    assert child.pid is None
    assert child.log_path == tmp_path / "toy.log"
    assert child.log_tail().splitlines() == ["out", "err"]
    assert child.log_tail(1) == "err"


async def test_a_full_log_is_put_aside(
    make: Callable[..., Child], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "MAX_LOG_BYTES", 10)
    (tmp_path / "toy.log").write_text("a long story")
    child = make("print('new')")
    await child.start()
    await child.exited()
    assert (tmp_path / "toy.log.1").read_text() == "a long story"
    assert child.log_tail() == "new"


async def test_what_ends_is_restarted_later_each_time_and_said_so(
    make: Callable[..., Child], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_BACKOFF_SECONDS", BACKOFF_SECONDS)
    monkeypatch.setattr(children, "MAX_BACKOFF_SECONDS", BACKOFF_SECONDS * 4)
    child = make("import sys; sys.exit(7)")
    await child.start()
    keeper = asyncio.create_task(child.keep_running())
    await until(lambda: len(said) >= 4)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    told = [re.search(r"toy ended \(exit code 7\); restarting in ([\d.]+) s", text) for text in said[:4]]
    waited = [float(found[1]) for found in told if found]
    assert waited == [BACKOFF_SECONDS, BACKOFF_SECONDS * 2, BACKOFF_SECONDS * 4, BACKOFF_SECONDS * 4]
    assert all(str(child.log_path) in text for text in said)


async def test_a_killed_child_comes_back_as_another_process(
    make: Callable[..., Child], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_BACKOFF_SECONDS", BACKOFF_SECONDS)
    child = await started(make(HANG))
    first = child.pid
    assert first is not None
    keeper = asyncio.create_task(child.keep_running())
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.log_tail().count("up") == 2 and child.pid not in (None, first))
    assert "killed by SIGKILL" in said[0]
    await stop_all([child])
    async with asyncio.timeout(WAIT_SECONDS):
        await keeper
    assert len(said) == 1, "what was asked to stop is not restarted"


async def test_after_a_long_life_the_back_off_begins_anew(
    make: Callable[..., Child], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_BACKOFF_SECONDS", BACKOFF_SECONDS)
    monkeypatch.setattr(children, "STABLE_SECONDS", 0)
    child = make("")
    await child.start()
    keeper = asyncio.create_task(child.keep_running())
    await until(lambda: len(said) >= 3)
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    assert all(f"restarting in {BACKOFF_SECONDS:g} s" in text for text in said[:3])


async def test_all_are_asked_to_stop(make: Callable[..., Child]) -> None:
    both = [await started(make(HANG, name)) for name in ("one", "two")]
    begun = time.monotonic()
    await stop_all(both)
    assert time.monotonic() - begun < children.STOP_GRACE_SECONDS
    assert [child.pid for child in both] == [None, None]
    assert [await child.exited() for child in both] == [-signal.SIGTERM] * 2


async def test_what_ignores_sigterm_is_killed_after_the_grace(make: Callable[..., Child]) -> None:
    stubborn, polite = await started(make(STUBBORN, "stubborn")), await started(make(HANG, "polite"))
    begun = time.monotonic()
    await stop_all([stubborn, polite], grace_seconds=0.3)
    assert 0.3 <= time.monotonic() - begun < children.STOP_GRACE_SECONDS
    assert await stubborn.exited() == -signal.SIGKILL
    assert await polite.exited() == -signal.SIGTERM


async def test_what_a_child_started_ends_with_it(make: Callable[..., Child]) -> None:
    child = await started(make(WITH_A_CHILD_OF_ITS_OWN))
    inner = int(child.log_tail().split()[-1])
    assert psutil.pid_exists(inner)
    await stop_all([child])
    await until(lambda: not _is_alive(inner))


async def test_stopping_nothing_is_fine(make: Callable[..., Child]) -> None:
    await stop_all([])
    never_started = make(HANG)
    await stop_all([never_started])
    with pytest.raises(RuntimeError):
        await never_started.exited()


async def test_a_child_stops_when_the_launchers_pipe_closes(
    make: Callable[..., Child], pipe: tuple[int, int]
) -> None:
    child = await started(make(UNTIL_THE_PARENT_IS_GONE))
    assert child.pid is not None
    os.close(pipe[1])
    async with asyncio.timeout(WAIT_SECONDS):
        assert await child.exited() == -signal.SIGTERM


async def test_a_child_stops_when_the_launcher_is_killed(tmp_path: Path) -> None:
    """The launcher is a process of its own here, and gets SIGKILL: it can do nothing any more."""
    launcher = f"""
import asyncio, os, sys
from pathlib import Path
from services.launcher.children import Child
from services.launcher.plan import ProcessPlan
async def main():
    read_end, write_end = os.pipe()
    plan = ProcessPlan('toy', 'toy', 1, (sys.executable, '-c', {UNTIL_THE_PARENT_IS_GONE!r}))
    child = Child(plan, dict(os.environ), Path({str(tmp_path)!r}), read_end, print)
    await child.start()
    print(child.pid, flush=True)
    await child.exited()
asyncio.run(main())
"""
    log = tmp_path / "toy.log"
    with subprocess.Popen([sys.executable, "-c", launcher], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(await asyncio.to_thread(process.stdout.readline))
        await until(lambda: log.exists() and "up" in log.read_text())
        process.kill()
    await until(lambda: not _is_alive(pid))


def test_a_process_without_a_launcher_goes_on(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != PARENT_PIPE_VARIABLE}
    code = "from services.process import stop_with_parent; stop_with_parent(); print('still here')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "still here\n"


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL")]
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert describe_exit(code) == words


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
