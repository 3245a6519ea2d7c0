"""One turn through all processes against the same graphs in one process, question by question in one run."""

import asyncio
from collections import defaultdict
from pathlib import Path

import httpx
import uvloop
from pydantic import BaseModel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.all_processes import AllProcesses
from bench.answered import Answered
from bench.company import BENCH_TODAY, load_data, running_company
from bench.figures import Comparison, Sides, compare
from bench.one_process import OneProcess, open_one_process
from bench.questions import ONE_AGENT, QUESTIONS, Question
from narutalk.settings import load_settings

WARM_UP_ROUNDS = 3
ADDED_P50_AIM_MS = 60.0


class TurnReport(BaseModel):
    """What was measured of turns.

    Attributes:
        groups: Whole turns, by the number of agents.
        questions: Whole turns, by question.
        first_token: Time to the first token of one-agent turns, over ``/api/chat/stream``.
    """

    groups: list[Comparison]
    questions: list[Comparison]
    first_token: Comparison

    @property
    def added_one_agent_ms(self) -> float:
        """What all the processes add to the median of a one-agent turn."""
        return next(group.added_p50_ms for group in self.groups if group.name == ONE_AGENT)


def measure_turns(data_dir: Path, repetitions: int, console: Console) -> TurnReport:
    """Measure turns over a data dir, which is loaded when it is empty. Both sides run on uvloop.

    Args:
        data_dir: Of the company; nobody else may have it open.
        repetitions: Of each question on each side.
        console: Shows the progress.
    """
    load_data(data_dir)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(data_dir, repetitions, console))


async def _measure(data_dir: Path, repetitions: int, console: Console) -> TurnReport:
    settings = load_settings(data_dir=data_dir, today=BENCH_TODAY, _env_file=None)
    # The copy is made before the company opens its own.
    async with open_one_process(settings) as one:
        with running_company(data_dir) as company, company.login() as session:
            async with httpx.AsyncClient(
                base_url=company.url, headers=session.headers, cookies=session.cookies, timeout=60
            ) as client:
                return await _compare(one, AllProcesses(client), repetitions, console)


async def _compare(one: OneProcess, all_: AllProcesses, repetitions: int, console: Console) -> TurnReport:
    turns: defaultdict[str, Sides] = defaultdict(lambda: Sides([], []))
    tokens = Sides([], [])
    rounds = range(-WARM_UP_ROUNDS, repetitions)
    for number in track(rounds, "Asking …", console=console, transient=True):
        for question in QUESTIONS:
            local, remote = await one.ask(question.text), await all_.ask(question.text)
            _require_same(question, local, remote)
            streamed = await all_.ask_streamed(question.text) if question.group == ONE_AGENT else None
            if number < 0:
                continue
            for name in (question.group, question.text):
                turns[name].one.append(local.total_ms)
                turns[name].all.append(remote.total_ms)
            if streamed and streamed.first_token_ms is not None and local.first_token_ms is not None:
                tokens.one.append(local.first_token_ms)
                tokens.all.append(streamed.first_token_ms)
    groups = dict.fromkeys(question.group for question in QUESTIONS)
    return TurnReport(
        groups=[compare(name, turns[name]) for name in groups],
        questions=[compare(question.text, turns[question.text]) for question in QUESTIONS],
        first_token=compare("1 agent, first token", tokens),
    )


def _require_same(question: Question, local: Answered, remote: Answered) -> None:
    """Raise unless both sides did the same work."""
    if (local.response, local.agents) != (remote.response, remote.agents) or local.agents != question.agents:
        raise RuntimeError(f"the sides answer differently to {question.text!r}: {local} against {remote}")


def show_turns(report: TurnReport, console: Console) -> None:
    """Print what was measured, and whether it is what we aim at."""
    table = Table(title="One turn: all processes against one process")
    table.add_column("turn", overflow="ellipsis", no_wrap=True, max_width=48)
    for column in ("n", "one p50", "one p95", "all p50", "all p95", "ratio", "added p50"):
        table.add_column(column, justify="right", no_wrap=True)
    for section in (report.groups, [report.first_token], report.questions):
        for row in section:
            times = (row.one_p50_ms, row.one_p95_ms, row.all_p50_ms, row.all_p95_ms)
            table.add_row(
                row.name,
                str(row.count),
                *(f"{value:.1f} ms" for value in times),
                f"x{row.ratio:.2f}",
                f"{row.added_p50_ms:+.1f} ms",
            )
        table.add_section()
    console.print(table)
    added = report.added_one_agent_ms
    verdict = "[green]met[/green]" if added <= ADDED_P50_AIM_MS else "[red]missed[/red]"
    console.print(f"Added p50 of a one-agent turn: {added:.1f} ms, aim {ADDED_P50_AIM_MS:g} ms: {verdict}")
