"""Log shipping with the manager down for a while: an agent's requests, its memory, and what is lost.

Three instances of one agent service run side by side and are asked in turns: the manager of the first takes
its logs, that of the second is not there, that of the third takes connections and never answers. Then a flood
fills the queues, and the managers come back.
"""

import asyncio
import signal
import sqlite3
import time
from collections import defaultdict
from pathlib import Path

import httpx
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.figures import percentile
from bench.log_processes import AGENT, Process, pairs
from narutalk.identity import Identity, Issuer, Role, build_signer
from narutalk.settings import Settings, load_settings

UP, DOWN, HANGING = "up", "down", "hanging"
SIDES = (UP, DOWN, HANGING)
DOWN_SECONDS = 20.0
WARM_UP_REQUESTS = 20
FLOOD_REQUESTS = 6_000
FLOOD_AT_ONCE = 20
FLOOD_PATH = "/employees/" + "x" * 2_000  # a long line in the log, and refused at once
RECOVER_SECONDS = 60
MEGABYTE = 1024 * 1024


class LogSide(BaseModel):
    """What was measured of one instance.

    Attributes:
        manager: What its manager does.
        requests: That were timed, in turns with the other sides.
        failed: Of these and of the flood: not answered as they should be.
        p50_ms: Median.
        p95_ms: 95th percentile.
        p50_ratio: Of the medians, to the side whose manager is up.
        p95_ratio: Of the 95th percentiles.
        memory_growth_mb: From before the first timed request to after the flood.
        queued_mb: That waited after the flood.
        dropped: Lost in all.
        told: Losses that the manager knows of.
        shipped: Records that arrived, by the service's count.
        stored: Records that the manager has.
        recovered_seconds: From the manager's return until nothing waited any more.
    """

    manager: str
    requests: int
    failed: int
    p50_ms: float
    p95_ms: float
    p50_ratio: float
    p95_ratio: float
    memory_growth_mb: float
    queued_mb: float
    dropped: int
    told: int
    shipped: int
    stored: int
    recovered_seconds: float


class LogReport(BaseModel):
    """The sides, measured side by side.

    Attributes:
        down_seconds: How long the requests were timed while the managers were away.
        flood_requests: To each side, behind that.
    """

    down_seconds: float
    flood_requests: int
    sides: list[LogSide]


class _Timed(BaseModel):
    times_ms: dict[str, list[float]]
    failed: dict[str, int]
    growth: dict[str, int]
    queued: dict[str, float]


def measure_logs(data_dir: Path, console: Console) -> LogReport:
    """Measure over a data dir, which is loaded when it is empty."""
    settings = load_settings(data_dir=data_dir, _env_file=None)
    with pairs(settings, SIDES) as found:
        with console.status("Starting …"):
            for name in (UP, HANGING):
                found[name][0].start()
            for _, service in found.values():
                service.start()
            for name in (UP, HANGING):
                found[name][0].wait_until_ready()
            for _, service in found.values():
                service.wait_until_ready()
            found[HANGING][0].signal(signal.SIGSTOP)
        services = {name: service for name, (_, service) in found.items()}
        with console.status("Asking, with the managers up, down and hanging …"):
            timed = asyncio.run(_ask_all(settings, services))
        with console.status("Bringing the managers back …"):
            back = time.monotonic()
            found[DOWN][0].start()
            found[HANGING][0].signal(signal.SIGCONT)
            recovered = {name: _wait_until_empty(service) - back for name, service in services.items()}
            sides = [_side(settings, name, services[name], timed, recovered[name]) for name in SIDES]
    return LogReport(down_seconds=DOWN_SECONDS, flood_requests=FLOOD_REQUESTS, sides=sides)


async def _ask_all(settings: Settings, services: dict[str, Process]) -> _Timed:
    identity = Identity(user_id="1", username="bench", roles=frozenset({Role.ADMIN}))
    token = build_signer(settings, Issuer.MANAGER).sign(identity)
    times: defaultdict[str, list[float]] = defaultdict(list)
    failed = dict.fromkeys(services, 0)
    async with httpx.AsyncClient(timeout=30, headers={"Authorization": f"Bearer {token}"}) as client:

        async def ask(name: str) -> float:
            started = time.perf_counter()
            response = await client.get(f"{services[name].url}/employees?limit=1")
            failed[name] += response.status_code != httpx.codes.OK
            return (time.perf_counter() - started) * 1000

        for _ in range(WARM_UP_REQUESTS):
            for name in services:
                await ask(name)
        memory = {name: service.memory_bytes() for name, service in services.items()}
        deadline = time.monotonic() + DOWN_SECONDS
        while time.monotonic() < deadline:
            for name in services:
                times[name].append(await ask(name))
    for name, service in services.items():
        failed[name] += await _flood(service.url)
    return _Timed(
        times_ms=times,
        failed=failed,
        growth={name: service.memory_bytes() - memory[name] for name, service in services.items()},
        queued={name: s.metrics()["narutalk_logs_queued_bytes", ""] for name, s in services.items()},
    )


async def _flood(url: str) -> int:
    """Send many requests without a token; return how many were not refused as they should be."""
    wrong = 0
    left = FLOOD_REQUESTS
    async with httpx.AsyncClient(timeout=30) as client:

        async def work() -> None:
            nonlocal left, wrong
            while left > 0:
                left -= 1
                response = await client.get(url + FLOOD_PATH)
                wrong += response.status_code != httpx.codes.UNAUTHORIZED

        async with asyncio.TaskGroup() as group:
            for _ in range(FLOOD_AT_ONCE):
                group.create_task(work())
    return wrong


def _wait_until_empty(service: Process) -> float:
    """Wait until all that was logged has arrived or is lost; return when that was."""
    deadline = time.monotonic() + RECOVER_SECONDS
    before = -1.0
    while time.monotonic() < deadline:
        now = service.metrics()
        shipped = now["narutalk_logs_shipped_total", ""]
        if now["narutalk_logs_queued", ""] == 0 and shipped == before:
            return time.monotonic()
        before = shipped
        time.sleep(0.5)
    raise RuntimeError(f"the logs of {service.url} did not arrive")


def _side(
    settings: Settings, name: str, service: Process, timed: _Timed, recovered_seconds: float
) -> LogSide:
    ours, base = timed.times_ms[name], timed.times_ms[UP]
    metrics = service.metrics()
    query = f"""SELECT (SELECT count(*) FROM monitoring_logrecord WHERE instance = '{AGENT}-{name}'
                       AND event != 'log records were lost'),
                      (SELECT coalesce(sum(dropped), 0) FROM monitoring_logbatch
                       WHERE instance = '{AGENT}-{name}')"""
    with sqlite3.connect(settings.data_dir / "manager.db") as connection:
        stored, told = connection.execute(query).fetchone()
    return LogSide(
        manager=name,
        requests=len(ours),
        failed=timed.failed[name],
        p50_ms=round(percentile(ours, 50), 2),
        p95_ms=round(percentile(ours, 95), 2),
        p50_ratio=round(percentile(ours, 50) / percentile(base, 50), 2),
        p95_ratio=round(percentile(ours, 95) / percentile(base, 95), 2),
        memory_growth_mb=round(timed.growth[name] / MEGABYTE, 1),
        queued_mb=round(timed.queued[name] / MEGABYTE, 1),
        dropped=int(
            sum(value for (metric, _), value in metrics.items() if metric == "narutalk_logs_dropped_total")
        ),
        told=told,
        shipped=int(metrics["narutalk_logs_shipped_total", ""]),
        stored=stored,
        recovered_seconds=round(recovered_seconds, 1),
    )


def show_logs(report: LogReport, console: Console) -> None:
    """Print what was measured."""
    table = Table(
        title=f"Log shipping, the manager away for {report.down_seconds:g} s, "
        f"then {report.flood_requests} refused requests"
    )
    columns = "manager n failed p50 p95 ×p50 ×p95 memory queued shipped stored dropped told recovered"
    for column in columns.split():
        table.add_column(column, justify="right", no_wrap=True)
    for side in report.sides:
        table.add_row(
            side.manager,
            *(str(value) for value in (side.requests, side.failed)),
            *(f"{value:.1f} ms" for value in (side.p50_ms, side.p95_ms)),
            *(f"x{value:.2f}" for value in (side.p50_ratio, side.p95_ratio)),
            f"{side.memory_growth_mb:+.1f} MB",
            f"{side.queued_mb:.1f} MB",
            *(str(value) for value in (side.shipped, side.stored, side.dropped, side.told)),
            f"{side.recovered_seconds:.1f} s",
        )
    console.print(table)
