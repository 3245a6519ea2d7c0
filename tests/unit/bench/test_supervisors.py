"""What the benchmark of supervisors makes of its turns, and what its fake model says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bench.answered import Answered
from bench.scripted_llm import ScriptedLLM, Spent, Work, worked_out
from bench.supervisors import ALL_ASKED, IN_SEQUENCE, OURS, THEIRS, Turn, aims, summarise
from tests.fakes.openai_server import Asked, Say

QUESTION = "How long is the leave and who sold most?"
WORK = Work(
    QUESTION,
    {"document": "How long is the leave", "employee": "who sold most?"},
    {"document": [("search_documents", {"query": "leave"})], "employee": [("top_performers", {})]},
    {"document": "15 days", "employee": "Kim"},
    "15 days, Kim",
)


def asked(*messages: dict[str, Any], tools: tuple[str, ...] = ()) -> Asked:
    functions = [{"type": "function", "function": {"name": name}} for name in tools]
    return Asked({"messages": list(messages), **({"tools": functions} if tools else {})}, {})


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str = "", *calls: str, name: str | None = None) -> dict[str, Any]:
    made = [{"id": call, "function": {"name": call, "arguments": "{}"}} for call in calls]
    return {"role": "assistant", "content": text, "name": name, "tool_calls": made}


def tool(call: str) -> dict[str, Any]:
    return {"role": "tool", "content": "found", "tool_call_id": call}


def said(script: ScriptedLLM, request: Asked) -> tuple[str, list[str]]:
    answer = script(request)
    assert isinstance(answer, Say)
    return answer.text, [call.name for call in answer.calls]


@pytest.mark.parametrize("task", [QUESTION, "who sold most?"])
def test_an_agents_model_calls_its_tools_and_then_answers(task: str) -> None:
    script, tools = ScriptedLLM([WORK]), ("top_performers", "find_employee")
    assert said(script, asked(user(task), tools=tools)) == ("", ["top_performers"])
    behind = (user(task), assistant("", "top_performers"), tool("top_performers"))
    assert said(script, asked(*behind, tools=tools)) == ("Kim", [])


def test_a_handoff_before_the_agents_turn_is_no_result_of_its_tools() -> None:
    history = (user(QUESTION), assistant("", "transfer_to_employee"), tool("transfer_to_employee"))
    assert said(ScriptedLLM([WORK]), asked(*history, tools=("top_performers",))) == ("", ["top_performers"])


def test_a_supervisors_model_hands_over_to_each_agent_and_then_answers() -> None:
    script, tools = (
        ScriptedLLM([WORK]),
        ("transfer_to_document", "transfer_to_employee", "transfer_to_client"),
    )
    history = [user(QUESTION)]
    assert said(script, asked(*history, tools=tools)) == ("", ["transfer_to_document"])
    history.append(assistant("15 days", name="document"))
    assert said(script, asked(*history, tools=tools)) == ("", ["transfer_to_employee"])
    history.append(assistant("Kim", name="employee"))
    assert said(script, asked(*history, tools=tools)) == ("15 days, Kim", [])


def test_a_model_that_combines_says_what_it_is_given_and_all_is_counted() -> None:
    script = ScriptedLLM([WORK])
    assert said(script, asked(user(QUESTION), assistant("both"))) == ("both", [])
    spent = script.take_spent()
    assert (spent.calls, spent.output_tokens) == (1, 1)
    assert spent.input_tokens > len(QUESTION) / 4
    assert script.take_spent() == Spent()


async def test_what_a_turn_worked_out_is_read_from_its_events() -> None:
    async def events() -> AsyncIterator[dict[str, Any]]:
        parts = [{"agent": name, "task": task} for name, task in WORK.tasks.items()]
        yield {"type": "route", "delegations": parts}
        for agent, [(name, args)] in WORK.calls.items():
            for status in ("running", "success"):
                yield {"type": "tool", "agent": agent, "name": name, "args": args, "status": status}
            yield {"type": "token", "agent": agent, "text": WORK.texts[agent]}
        yield {"type": "token", "agent": None, "text": WORK.answer}
        yield {"type": "final", "response": WORK.answer}

    work = await worked_out(QUESTION, events())
    assert (work.tasks, work.calls, work.answer) == (WORK.tasks, WORK.calls, WORK.answer)
    assert {agent: work.texts[agent] for agent in WORK.tasks} == WORK.texts


def turns(calls: int, tokens: int, *times_ms: float, slowest_ms: float = 0.0) -> list[Turn]:
    return [
        Turn(Answered("", frozenset(), time_ms, None, slowest_ms), Spent(calls, tokens, 0))
        for time_ms in times_ms
    ]


def test_the_aims_are_ratios_of_medians() -> None:
    groups = summarise(
        {
            ("1 agent", OURS): turns(2, 100, 400, 500, 900, slowest_ms=350),
            ("1 agent", THEIRS): turns(4, 300, 1000, 1000, 1000),
            ("3 agents", OURS): turns(7, 500, 506, slowest_ms=460),
            ("3 agents", THEIRS): turns(10, 900, 2000),
            ("3 agents", ALL_ASKED): turns(6, 500, 690, slowest_ms=460),
            ("3 agents", IN_SEQUENCE): turns(7, 500, 1380, slowest_ms=460),
        }
    )
    assert [(group.name, group.of(OURS).p50_ms, group.of(THEIRS).tokens) for group in groups] == [
        ("1 agent", 500, 300),
        ("3 agents", 506, 900),
    ]
    found = [(aim.ratio, aim.met) for aim in aims(groups)]
    assert found == [(0.5, True), (0.7, False), (0.5, True), (1.1, True), (1.5, False)]
