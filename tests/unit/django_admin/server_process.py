"""The manager as a process of its own, as it runs in earnest."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

READY = "Uvicorn running on "


@contextmanager
def served_manager(environment: dict[str, str]) -> Iterator[str]:
    """Serve the manager with an environment, and yield its address."""
    command = [sys.executable, "-m", "uvicorn", "django_admin.config.asgi:application", "--port", "0"]
    command += ["--timeout-graceful-shutdown", "1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        while READY not in (line := process.stderr.readline()):
            lines.append(line)
            assert line, "".join(lines)
        address: str = json.loads(line)["event"]
        drain = ThreadPoolExecutor(1)
        rest = drain.submit(process.stderr.read)
        try:
            yield address.removeprefix(READY).split(" ")[0]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM), rest.result()
            drain.shutdown()
