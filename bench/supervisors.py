"""Our supervisor beside one built with `langgraph-supervisor`: LLM calls, tokens and time of each turn.

All sides run in this process, over the same data, with the same agents, tools and kind of checkpoints, and
ask the same provider with ChatOpenAI: a fake one over loopback, which waits before each answer.

`langgraph-supervisor` hands over to one agent after the other, as is its default. When its model hands over
to several at once (``parallel_tool_calls``), 0.0.31 on LangGraph 1.2 asks the first of them only. Its
agents are ours, but their model chooses all calls: making the first ones without it is what is compared.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import uvloop
from pydantic import BaseModel, SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table

from agents.turn import TurnLimits
from bench.answered import Answered
from bench.company import BENCH_TODAY, load_data
from bench.figures import percentile
from bench.langgraph_supervisor import LanggraphSupervisor
from bench.one_process import LocalCompany, open_local_company
from bench.questions import QUESTIONS, Question
from bench.scripted_llm import ScriptedLLM, Spent, Work, worked_out
from narutalk.llm import build_chat_model
from narutalk.offline import OfflineChatModel
from narutalk.settings import Settings, load_settings
from tests.fakes.openai_server import running_openai

LATENCY_SECONDS = 0.2
WARM_UP_ROUNDS = 1
MAX_REPETITIONS = 12  # a round takes a minute: each question waits for some twenty answers
OURS, THEIRS = "NaruTalk", "langgraph-supervisor"
ALL_ASKED = "NaruTalk, the LLM plans all calls"
IN_SEQUENCE = "NaruTalk, agents in sequence"
ALWAYS = (OURS, THEIRS, ALL_ASKED)
FOR_SEVERAL = (IN_SEQUENCE,)
"""Sides that differ from ours for several agents only."""
CALLS_AIM = TIME_AIM = 0.5
SLOWEST_AGENT_AIM = 1.15


class Side(Protocol):
    """Something that answers questions."""

    async def ask(self, text: str) -> Answered:
        """Answer a question in a new conversation."""
        ...


class SideOfGroup(BaseModel):
    """One side's turns with so many agents.

    Attributes:
        side: Its name.
        turns: That were measured.
        calls: Of the provider, per turn.
        tokens: In and out, per turn.
        p50_ms: Median of whole turns.
        slowest_agent_p50_ms: Median of the longest that one agent worked; 0 where it is not known.
    """

    side: str
    turns: int
    calls: float
    tokens: int
    p50_ms: float
    slowest_agent_p50_ms: float


class Group(BaseModel):
    """The turns with so many agents, on every side."""

    name: str
    sides: list[SideOfGroup]

    def of(self, side: str) -> SideOfGroup:
        """Return a side's turns."""
        return next(one for one in self.sides if one.side == side)


class Aim(BaseModel):
    """What is aimed at.

    Attributes:
        what: Is compared.
        ratio: That was measured.
        at_most: That is aimed at.
    """

    what: str
    ratio: float
    at_most: float

    @property
    def met(self) -> bool:
        """Whether it is no more than the aim."""
        return self.ratio <= self.at_most


class SupervisorsReport(BaseModel):
    """What was measured.

    Attributes:
        latency_ms: Of the provider, before each answer.
        groups: By the number of agents.
        aims: And what was reached.
    """

    latency_ms: float
    groups: list[Group]
    aims: list[Aim]


class Turn(NamedTuple):
    """One measured turn."""

    answered: Answered
    spent: Spent


def measure_supervisors(data_dir: Path, repetitions: int, console: Console) -> SupervisorsReport:
    """Ask every question on every side in turns, over a data dir, which is loaded when it is empty.

    Args:
        data_dir: Of the company; nobody else may have it open.
        repetitions: Of each question on each side, `MAX_REPETITIONS` at most.
        console: Shows the progress.
    """
    load_data(data_dir)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        turns = runner.run(_measure(data_dir, min(repetitions, MAX_REPETITIONS), console))
    groups = summarise(turns)
    return SupervisorsReport(latency_ms=LATENCY_SECONDS * 1000, groups=groups, aims=aims(groups))


def summarise(turns: Mapping[tuple[str, str], Sequence[Turn]]) -> list[Group]:
    """Return the figures of measured turns, which are given by group and side."""
    groups: dict[str, Group] = {}
    for (name, side), measured in turns.items():
        answered = [turn.answered for turn in measured]
        groups.setdefault(name, Group(name=name, sides=[])).sides.append(
            SideOfGroup(
                side=side,
                turns=len(measured),
                calls=round(sum(turn.spent.calls for turn in measured) / len(measured), 2),
                tokens=round(sum(turn.spent.tokens for turn in measured) / len(measured)),
                p50_ms=round(percentile([one.total_ms for one in answered], 50), 1),
                slowest_agent_p50_ms=round(percentile([one.slowest_agent_ms for one in answered], 50), 1),
            )
        )
    return list(groups.values())


def aims(groups: Sequence[Group]) -> list[Aim]:
    """Return what is aimed at, group by group, and what was reached."""
    found = []
    for group in groups:
        ours, theirs = group.of(OURS), group.of(THEIRS)
        found.append(
            Aim(what=f"LLM calls, {group.name}", ratio=_ratio(ours.calls, theirs.calls), at_most=CALLS_AIM)
        )
    one, most = groups[0], groups[-1]
    ours = one.of(OURS)
    found.append(
        Aim(what=f"time, {one.name}", ratio=_ratio(ours.p50_ms, one.of(THEIRS).p50_ms), at_most=TIME_AIM)
    )
    for side in (
        OURS,
        ALL_ASKED,
    ):  # the quicker the agents are, the more weighs what is done before and behind
        ours = most.of(side)
        ratio = _ratio(ours.p50_ms, ours.slowest_agent_p50_ms)
        found.append(
            Aim(what=f"{side}: time, {most.name}, to the slowest", ratio=ratio, at_most=SLOWEST_AGENT_AIM)
        )
    return found


def show_supervisors(report: SupervisorsReport, console: Console) -> None:
    """Print every side, and whether the aims are met."""
    table = Table(title=f"Supervisors in one process, a provider that waits {report.latency_ms:g} ms")
    for column in ("turn", "side"):
        table.add_column(column, no_wrap=True)
    for column in ("n", "calls", "tokens", "p50", "calls", "tokens", "time", "slowest agent"):
        table.add_column(column, justify="right", no_wrap=True)
    for group in report.groups:
        base = group.of(THEIRS)
        for row in group.sides:
            table.add_row(
                group.name,
                row.side,
                str(row.turns),
                f"{row.calls:g}",
                str(row.tokens),
                f"{row.p50_ms:.0f} ms",
                f"x{_ratio(row.calls, base.calls):.2f}",
                f"x{_ratio(row.tokens, base.tokens):.2f}",
                f"x{_ratio(row.p50_ms, base.p50_ms):.2f}",
                f"{row.slowest_agent_p50_ms:.0f} ms" if row.slowest_agent_p50_ms else "",
            )
        table.add_section()
    console.print(table)
    for aim in report.aims:
        verdict = "[green]met[/green]" if aim.met else "[red]missed[/red]"
        console.print(f"{aim.what}: x{aim.ratio:.2f}, aim x{aim.at_most:g}: {verdict}")


async def _measure(data_dir: Path, repetitions: int, console: Console) -> dict[tuple[str, str], list[Turn]]:
    settings = load_settings(data_dir=data_dir, today=BENCH_TODAY, _env_file=None)
    async with open_local_company(settings) as company:
        offline = await company.supervisor(OfflineChatModel(), "offline")
        works = {
            question.text: await worked_out(question.text, offline.events(question.text))
            for question in QUESTIONS
        }
        script = ScriptedLLM(works.values())
        with running_openai(script, latency_seconds=LATENCY_SECONDS) as provider:
            asking = {"openai_api_key": SecretStr("fake"), "openai_base_url": provider.url}
            sides = await _open_sides(company, settings.model_copy(update=asking))
            return await _ask_all(sides, works, script, repetitions, console)


async def _open_sides(company: LocalCompany, settings: Settings) -> dict[str, Side]:
    model = build_chat_model(settings)
    by_the_model = TurnLimits(plans_first=False)
    agents = list(company.agent_graphs(model, {}, by_the_model).values())
    return {
        OURS: await company.supervisor(model, "ours"),
        IN_SEQUENCE: await company.supervisor(model, "sequence", one_at_a_time=asyncio.Lock()),
        ALL_ASKED: await company.supervisor(model, "asked", limits=by_the_model),
        THEIRS: LanggraphSupervisor(agents, model, await company.checkpointer("theirs")),
    }


async def _ask_all(
    sides: Mapping[str, Side],
    works: Mapping[str, Work],
    script: ScriptedLLM,
    repetitions: int,
    console: Console,
) -> dict[tuple[str, str], list[Turn]]:
    turns: defaultdict[tuple[str, str], list[Turn]] = defaultdict(list)
    rounds = range(-WARM_UP_ROUNDS, repetitions)
    for number in track(rounds, "Asking …", console=console, transient=True):
        for question in sorted(QUESTIONS, key=lambda question: len(question.agents)):
            for name in (*ALWAYS, *(FOR_SEVERAL if len(question.agents) > 1 else ())):
                turn = Turn(await sides[name].ask(question.text), script.take_spent())
                _require_same(question, works[question.text], name, turn.answered)
                if number >= 0:
                    turns[question.group, name].append(turn)
    return turns


def _require_same(question: Question, work: Work, side: str, answered: Answered) -> None:
    """Raise unless a side did the work that the question needs, and answered with it."""
    if answered.agents != question.agents or answered.response.strip() != work.answer.strip():
        raise RuntimeError(f"{side} answers otherwise to {question.text!r}: {answered} instead of {work}")


def _ratio(value: float, to: float) -> float:
    return round(value / to, 2)
