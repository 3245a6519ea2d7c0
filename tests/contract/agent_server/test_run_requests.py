"""What the body that creates a run may say, and how it is told what it may not."""

from typing import Any

import pytest
from langgraph_sdk.errors import UnprocessableEntityError

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import BORIS, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"bogus": 1}, 422, "invalid_input", "bogus"),
    ({"config": {"callbacks": []}}, 422, "invalid_input", "config.callbacks"),
    ({"config": {"recursion_limit": 0}}, 422, "invalid_input", "config.recursion_limit"),
    ({"stream_mode": "tools"}, 422, "invalid_input", "stream_mode.0"),
    ({"stream_mode": ["values", "bogus"]}, 422, "invalid_input", "stream_mode.1"),
    ({"multitask_strategy": "bogus"}, 422, "invalid_input", "multitask_strategy"),
    ({"durability": "never"}, 422, "invalid_input", "durability"),
    ({"checkpoint_during": "perhaps"}, 422, "invalid_input", "checkpoint_during"),
    ({"checkpoint_during": False, "durability": "sync"}, 422, "durability_contradicted", "checkpoint_during"),
    ({"on_disconnect": "complete"}, 422, "invalid_input", "on_disconnect"),
    ({"on_completion": "complete"}, 422, "invalid_input", "on_completion"),
    ({"after_seconds": -1}, 422, "invalid_input", "after_seconds"),
    ({"after_seconds": 5}, 422, "delayed_start_unsupported", "after_seconds"),
    ({"feedback_keys": ["useful"]}, 422, "feedback_keys_unsupported", "feedback_keys"),
    ({"langsmith_tracer": {"project_name": "p"}}, 422, "langsmith_tracer_unsupported", "langsmith_tracer"),
    ({"webhook": "https://hooks.example.com/x"}, 422, "webhook_not_allowed", "webhook"),
    ({"webhook": "file:///etc/passwd"}, 422, "webhook_invalid", "webhook"),
    ({"webhook": "/relative"}, 422, "webhook_invalid", "webhook"),
    ({"webhook": "http://a:b@127.0.0.1/"}, 422, "webhook_invalid", "webhook"),
    ({"webhook": "http://[::1"}, 422, "webhook_invalid", "webhook"),
    ({"interrupt_before": ["nobody"]}, 422, "node_unknown", "interrupt_before"),
    ({"interrupt_after": ["__start__"]}, 422, "node_unknown", "interrupt_after"),
    ({"command": {}}, 422, "command_empty", "command"),
    ({"command": {"resume": None}}, 422, "command_empty", "command"),
    ({"command": {"bogus": 1, "resume": 1}}, 422, "invalid_input", "command.bogus"),
    ({"command": {"update": [["a"]]}}, 422, "invalid_input", "command.update"),
    ({"command": {"goto": {"input": 1}}}, 422, "invalid_input", "command.goto"),
    ({"command": {"goto": "nobody"}}, 422, "node_unknown", "command.goto"),
    ({"command": {"goto": [{"node": "nobody", "input": {}}]}}, 422, "node_unknown", "command.goto"),
    ({"command": {"resume": 1}, "input": {"note": "x"}}, 422, "input_and_command", "input"),
    (
        {"context": {"tone": "dry"}, "config": {"configurable": {"tone": "wet"}}},
        400,
        "context_and_configurable",
        "context",
    ),
]
EVERY_FIELD = {
    "input": asks(),
    "command": None,
    "config": {
        "tags": ["t"],
        "recursion_limit": 10007,
        "max_concurrency": 2,
        "run_name": "n",
        "metadata": {},
    },
    "context": {"tone": "dry"},
    "metadata": {"a": 1},
    "stream_mode": ["values", "values", "updates"],
    "stream_subgraphs": True,
    "stream_resumable": True,
    "interrupt_before": [],
    "interrupt_after": None,
    "feedback_keys": [],
    "webhook": None,
    "checkpoint": {"thread_id": fresh_id(), "checkpoint_ns": "", "checkpoint_id": None, "checkpoint_map": {}},
    "checkpoint_id": None,
    "checkpoint_during": True,
    "multitask_strategy": "enqueue",
    "if_not_exists": "create",
    "on_disconnect": "cancel",
    "on_completion": "keep",
    "after_seconds": 0,
    "durability": "async",
    "strict_resume": True,
    "langsmith_tracer": {},
}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    REFUSED,
    ids=[f"{case[3]}-{case[2]}-{i}" for i, case in enumerate(REFUSED)],
)
@pytest.mark.parametrize("path", ["/runs/wait", "/threads/{thread_id}/runs"])
async def test_what_cannot_be_done_is_refused_by_name(
    server: RunningServer, path: str, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    given = {"assistant_id": "echo", **({} if "command" in body else {"input": asks()}), **body}
    async with server.http() as http:
        thread_id = await fresh_thread(server.sdk())
        answer = await http.post(path.format(thread_id=thread_id), json=given)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    fields = [entry["field"] for entry in error["details"].get("fields", ())] or [error["details"]["field"]]
    assert any(found.startswith(field) for found in fields), fields
    assert await server.sdk().runs.list(thread_id) == []


@pytest.mark.parametrize("path", ["/runs/wait", "/runs", "/threads/{thread_id}/runs/wait"])
async def test_every_field_that_clients_send_is_taken(server: RunningServer, path: str) -> None:
    async with server.http() as http:
        body = {"assistant_id": "echo", **EVERY_FIELD}
        answer = await http.post(path.format(thread_id=fresh_id()), json=body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    if path == "/runs":
        assert shown["kwargs"]["stream_mode"] == ["values", "updates"]
        assert shown["kwargs"]["checkpoint_during"] is True
    else:
        assert texts(shown)[-1] == "echo: hi"


async def test_the_older_name_of_durability_still_works(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    async with server.http() as http:
        body = {"assistant_id": "parent", "input": asks(), "checkpoint_during": False}
        await http.post(f"/threads/{thread_id}/runs/wait", json=body)
    [run] = await server.sdk().runs.list(thread_id)
    assert run["kwargs"]["durability"] == "exit"  # type: ignore[typeddict-item]
    assert len(await server.sdk().threads.get_history(thread_id)) == 1


async def test_context_stands_for_configurable_and_the_other_way(server: RunningServer) -> None:
    sdk = server.sdk()
    by_context = await sdk.runs.wait(None, "whoami", input=asks(), context={"tone": "dry"})
    by_config = await sdk.runs.wait(None, "whoami", input=asks(), config={"configurable": {"tone": "dry"}})
    both = {"context": {"tone": "dry"}, "config": {"configurable": {"tone": "dry", "thread_id": "x"}}}
    inherited = await sdk.runs.wait(None, "whoami", input=asks(), **both)  # type: ignore[arg-type]
    notes = {values["note"] for values in (by_context, by_config, inherited)}  # type: ignore[call-overload]
    assert len(notes) == 1
    assert notes.pop().endswith("dry")


async def test_nodes_can_be_gone_to_with_an_input_of_their_own(server: RunningServer) -> None:
    sdk, thread_id = server.sdk(), await fresh_thread(server.sdk())
    await sdk.runs.wait(thread_id, "echo", input=asks())
    values = await sdk.runs.wait(thread_id, "whoami", command={"goto": {"node": "whoami", "input": {}}})
    assert values["note"].startswith("u-anna")  # type: ignore[call-overload]


async def test_a_chat_page_may_leave_an_empty_input_beside_a_command(server: RunningServer) -> None:
    sdk, thread_id = server.sdk(), await fresh_thread(server.sdk())
    await sdk.runs.wait(thread_id, "ask", input=asks())
    async with server.http() as http:
        body = {"assistant_id": "ask", "input": {}, "command": {"goto": "__end__"}}
        answer = await http.post(f"/threads/{thread_id}/runs/wait", json=body)
    assert answer.status_code == 200


async def test_a_strict_resume_without_a_question_fails(server: RunningServer) -> None:
    sdk, thread_id = server.sdk(), await fresh_thread(server.sdk())
    await sdk.runs.wait(thread_id, "ask", input=asks())
    unknown = {"0" * 32: "yes"}
    with pytest.raises(Exception, match="UnknownInterruptError"):
        await sdk.runs.wait(thread_id, "ask", command={"resume": unknown}, strict_resume=True)
    values = await sdk.runs.wait(thread_id, "ask", command={"resume": "yes"}, strict_resume=True)
    assert texts(values)[-1] == "answer: yes"


async def test_a_run_starts_only_from_a_checkpoint_of_its_thread(server: RunningServer) -> None:
    sdk = server.sdk()
    thread_id, other_id = await fresh_thread(sdk), await fresh_thread(sdk)
    await sdk.runs.wait(thread_id, "echo", input=asks("first"))
    [*_, first] = await sdk.threads.get_history(thread_id)
    checkpoint_id = first["checkpoint"]["checkpoint_id"]
    again = await sdk.runs.wait(thread_id, "echo", input=asks("again"), checkpoint_id=checkpoint_id)
    assert texts(again) == ["again", "echo: again"]
    for thread, given in ((other_id, checkpoint_id), (thread_id, fresh_id())):
        with pytest.raises(UnprocessableEntityError, match="no such checkpoint"):
            await sdk.runs.create(thread, "echo", input=asks(), checkpoint_id=given)
    with pytest.raises(UnprocessableEntityError, match="without a thread"):
        await sdk.runs.create(None, "echo", input=asks(), checkpoint_id=checkpoint_id)


async def test_a_checkpoint_of_a_body_names_no_other_thread(server: RunningServer) -> None:
    """The thread is the one in the path, which was checked; the body's could be anybody's."""
    theirs = await fresh_thread(server.sdk(BORIS))
    await server.sdk(BORIS).runs.wait(theirs, "echo", input=asks("secret"))
    thread_id = await fresh_thread(server.sdk())
    checkpoint = {"thread_id": theirs, "checkpoint_ns": ""}
    values = await server.sdk().runs.wait(thread_id, "echo", input=asks("mine"), checkpoint=checkpoint)  # type: ignore[arg-type]
    assert texts(values) == ["mine", "echo: mine"]
    assert len(texts((await server.sdk(BORIS).threads.get_state(theirs))["values"])) == 2


async def test_the_thread_of_a_caller_is_not_deleted_by_its_run(server: RunningServer) -> None:
    thread_id = await fresh_thread(server.sdk())
    with pytest.raises(UnprocessableEntityError, match="on_completion"):
        await server.sdk().runs.create(thread_id, "echo", input=asks(), on_completion="delete")


async def test_runs_are_listed_in_pages_with_the_fields_that_are_wanted(server: RunningServer) -> None:
    sdk, thread_id = server.sdk(), await fresh_thread(server.sdk())
    for text in ("one", "two", "three"):
        await sdk.runs.wait(thread_id, "echo", input=asks(text))
    async with server.http() as http:
        page = await http.get(
            f"/threads/{thread_id}/runs?limit=2&offset=0&status=success&select=run_id&select=status"
        )
        unknown = await http.get(f"/threads/{thread_id}/runs?select=identity")
        array = await http.get(f"/threads/{thread_id}/runs", params={"select": '["run_id"]', "limit": 1})
    assert (page.headers["x-pagination-total"], page.headers["x-pagination-next"]) == ("3", "2")
    assert [set(entry) for entry in page.json()] == [{"run_id", "status"}] * 2
    assert await sdk.runs.list(thread_id, select=["cancel_reason"], limit=1) == [{"cancel_reason": None}]
    assert await sdk.runs.list(thread_id, status="error") == []
    assert [set(entry) for entry in array.json()] == [{"run_id"}], "JavaScript sends an array"
    assert unknown.status_code == 422
    assert unknown.json()["error"]["code"] == "select_invalid"


async def test_crons_are_among_what_the_server_says_it_can(server: RunningServer) -> None:
    async with server.http() as http:
        flags = (await http.get("/info")).json()["flags"]
    assert flags["crons"]
    assert flags["strict_resume"]
