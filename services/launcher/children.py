"""Child processes: started, watched, restarted with back-off, and never left behind."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from services.launcher.plan import ProcessPlan

FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 30.0
STABLE_SECONDS = 60.0
STOP_GRACE_SECONDS = 3.5
MAX_LOG_BYTES = 20 * 1024 * 1024
PARENT_PIPE_VARIABLE = "NARUTALK_PARENT_PIPE"
INSTANCE_VARIABLE = "NARUTALK_INSTANCE"

Say = Callable[[str], None]


class Child:
    """One process and its log file.

    Args:
        plan: What to start.
        environment: Of the process.
        log_dir: Its output goes to ``<instance>.log`` there.
        parent_pipe: The read end of a pipe whose write end only the launcher holds: when the launcher
            dies, however it dies, the child reads end-of-file and stops.
        say: Tells the person at the terminal.
    """

    def __init__(
        self, plan: ProcessPlan, environment: Mapping[str, str], log_dir: Path, parent_pipe: int, say: Say
    ) -> None:
        self.plan = plan
        self.log_path = log_dir / f"{plan.instance}.log"
        self._environment = {
            **environment,
            INSTANCE_VARIABLE: plan.instance,
            PARENT_PIPE_VARIABLE: str(parent_pipe),
        }
        self._parent_pipe = parent_pipe
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> None:
        """Start the process."""
        if self.log_path.exists() and self.log_path.stat().st_size > MAX_LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.plan.command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._parent_pipe,),
                start_new_session=True,
            )

    async def exited(self) -> int:
        """Wait until the process ends; return its exit code."""
        if self._process is None:
            raise RuntimeError("the child was never started")
        return await self._process.wait()

    async def keep_running(self) -> None:
        """Restart the process whenever it ends, a little later each time, until `stop`."""
        backoff = FIRST_BACKOFF_SECONDS
        while not self._stopping:
            started = asyncio.get_running_loop().time()
            code = await self.exited()
            if self._stopping:
                return
            if asyncio.get_running_loop().time() - started > STABLE_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            self._say(
                f"[yellow]{self.plan.instance} ended ({describe_exit(code)}); restarting in {backoff:g} s. "
                f"Log: {self.log_path}[/yellow]"
            )
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)
            if not self._stopping:
                await self.start()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process and what it started."""
        self._stopping = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and what it started."""
        self._stopping = True
        self._signal(signal.SIGKILL)

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of the log."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                return  # it ended in this moment


async def stop_all(children: list[Child], *, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
    """End all children: SIGTERM, and SIGKILL to those still there after the grace period."""
    running = [child for child in children if child.pid is not None]
    for child in running:
        child.ask_to_stop()
    waits = [asyncio.ensure_future(child.exited()) for child in running]
    if not waits:
        return
    _done, pending = await asyncio.wait(waits, timeout=grace_seconds)
    if pending:
        for child in running:
            child.kill()
        await asyncio.wait(pending)


def describe_exit(code: int) -> str:
    """Return an exit code in words."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
