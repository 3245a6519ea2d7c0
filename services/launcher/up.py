"""`narutalk up`: prepare, start, wait until ready, watch, stop."""

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import httpx
from rich.console import Console

from narutalk.errors import NaruTalkError, Unavailable
from narutalk.settings import Settings
from services.launcher.children import Child, describe_exit, stop_all
from services.launcher.plan import child_environment, plan_processes, require_free_ports
from services.launcher.prepare import Login, own_errors, prepare
from services.launcher.scale import refuse_given_urls

READY_TIMEOUT_SECONDS = 90
READY_POLL_SECONDS = 0.1
HEALTH_TIMEOUT_SECONDS = 5
INTERRUPTED_EXIT_CODE = 130

T = TypeVar("T")


class _Stopped(Exception):
    """Ctrl-C or SIGTERM came before everything was ready."""


async def run(
    settings: Settings, console: Console, *, sample: bool, scale: Mapping[str, int] | None = None
) -> int:
    """Run every process until Ctrl-C or SIGTERM; return the exit code.

    Args:
        settings: The ports, the host and the data dir count.
        console: For the person at the terminal.
        sample: Load the sample company where there is no data.
        scale: How many instances, by service; one where it says nothing.
    """
    started = time.monotonic()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    read_end, write_end = os.pipe()
    children: list[Child] = []
    try:
        refuse_given_urls(settings, scale or {})
        plans = plan_processes(settings, scale)
        require_free_ports(settings, plans)
        environment = child_environment(settings, plans)
        alone = child_environment(settings)  # while data is loaded, no server runs
        with console.status("Preparing databases and data (the first time takes about a minute) …"):
            login = await _unless_stopped(prepare(settings, alone, sample=sample), stop)
        log_dir = settings.data_dir / "logs"
        log_dir.mkdir(parents=True, exist_ok=True)

        def say(text: str) -> None:
            console.print(text, highlight=False)

        children = [Child(plan, environment, log_dir, read_end, say) for plan in plans]
        with console.status("Starting …"):
            await _unless_stopped(_start(settings, children), stop)
        _announce(console, settings, login, time.monotonic() - started)
        await _watch(children, stop)
    except _Stopped:
        return INTERRUPTED_EXIT_CODE
    except (NaruTalkError, ExceptionGroup) as error:
        for reason in own_errors(error):
            console.print(f"[red]{reason.message}[/red]", highlight=False)
        return 1
    finally:
        await stop_all(children)
        os.close(write_end)
        os.close(read_end)
    console.print("NaruTalk has stopped.")
    return 0


async def _unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T:
    """Return the work's result, or cancel it and raise when the person asks to stop first."""
    task = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise _Stopped
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)


async def _start(settings: Settings, children: list[Child]) -> None:
    """Start all children, and wait until each says that it is ready.

    Raises:
        Unavailable: One ended, or was not ready in time.
    """
    async with httpx.AsyncClient(timeout=HEALTH_TIMEOUT_SECONDS) as client:
        for first in (True, False):
            starting = [child for child in children if child.plan.comes_first == first]
            for child in starting:
                await child.start()
            async with asyncio.TaskGroup() as group:
                for child in starting:
                    if child.plan.port is not None:
                        group.create_task(_until_ready(settings, client, child))
    for child in children:  # what has no port is ready when it has come to life as well as the others
        if child.pid is None:
            raise await _start_failed(child)


async def _until_ready(settings: Settings, client: httpx.AsyncClient, child: Child) -> None:
    url = f"http://{settings.host}:{child.plan.port}{child.plan.health_path}"
    exited = asyncio.ensure_future(child.exited())
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            while not exited.done():
                if await _is_ready(client, url):
                    return
                await asyncio.wait([exited], timeout=READY_POLL_SECONDS)
    except TimeoutError as error:
        raise Unavailable(
            f"{child.plan.instance} was not ready within {READY_TIMEOUT_SECONDS} s. "
            f"The end of {child.log_path}:\n{child.log_tail()}",
            code="not_ready",
        ) from error
    finally:
        if not exited.done():
            exited.cancel()
    raise await _start_failed(child)


async def _start_failed(child: Child) -> Unavailable:
    return Unavailable(
        f"{child.plan.instance} cannot start ({describe_exit(await child.exited())}). "
        f"The end of {child.log_path}:\n{child.log_tail()}",
        code="start_failed",
    )


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def _watch(children: list[Child], stop: asyncio.Event) -> None:
    """Keep the children running until asked to stop."""
    async with asyncio.TaskGroup() as group:
        keepers = [group.create_task(child.keep_running()) for child in children]
        await stop.wait()
        for keeper in keepers:
            keeper.cancel()


def _announce(console: Console, settings: Settings, login: Login, seconds: float) -> None:
    address = f"http://{settings.host}:{settings.port}"
    console.print(
        f"\n[green]NaruTalk is ready[/green] after {seconds:.1f} s: [bold]{address}[/bold]", highlight=False
    )
    if login.password:
        console.print(
            f"  user [bold]{login.username}[/bold]  password [bold]{login.password}[/bold]", highlight=False
        )
    else:
        console.print(
            f"  user [bold]{login.username}[/bold], with the password printed at the first start "
            f"(`narutalk manage changepassword {login.username}` sets another)",
            highlight=False,
        )
    model = (
        f"{settings.model}"
        if settings.uses_llm
        else "offline (set OPENAI_API_KEY or OPENAI_BASE_URL for an LLM)"
    )
    console.print(
        f"  model {model}; logs in {settings.data_dir / 'logs'}; Ctrl-C stops everything\n", highlight=False
    )
