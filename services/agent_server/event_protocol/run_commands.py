"""The commands that start runs, answer their interrupts, and look at them."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from narutalk.errors import NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_run, access_thread
from services.agent_server.event_protocol.errors import CommandRefused
from services.agent_server.event_protocol.settling import await_answerable
from services.agent_server.event_protocol.thread_events import working_or_newest_run
from services.agent_server.runs.creation import start_run
from services.agent_server.runs.request import MultitaskStrategy, RunRequest
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Run, Thread

MAX_ANSWERS = 100

RECORDED_MODES = ("values", "updates", "custom", "tasks")
"""What readers of the run's own stream get of it."""

_TREE_STATUS = {
    "pending": "started",
    "running": "running",
    "success": "completed",
    "interrupted": "interrupted",
}


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _RunOptions(_Params):
    config: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


class StartParams(_RunOptions):
    """What to run.

    Attributes:
        assistant_id: An assistant's id, or the name of a graph.
        input: Of the graph; on a thread that waits for an answer: the answer.
        multitaskStrategy: An older name of ``multitask_strategy``, which clients send beside it.
        langsmith_tracer: Checked like that of other runs.
    """

    assistant_id: str
    input: Any = None
    multitask_strategy: MultitaskStrategy | None = None
    multitaskStrategy: MultitaskStrategy | None = None  # noqa: N815
    langsmith_tracer: dict[str, Any] | None = None

    def checkpoint_id(self) -> Any:
        """Return where on the thread the run is to start; None for its newest state."""
        configurable = (self.config or {}).get("configurable")
        return configurable.get("checkpoint_id") if isinstance(configurable, dict) else None


class Answer(_Params):
    """The answer to one interrupt. Its id says which; the namespace is not needed for it."""

    namespace: list[str] = []
    interrupt_id: Annotated[str, Field(min_length=1)]
    response: Any = None


class RespondParams(_RunOptions):
    """Answers to one interrupt, or to several.

    Attributes:
        update: A change of the state that goes with them.
        goto: Where the graph goes with them.
        strict_resume: An answer that nothing waits for any more fails the run.
    """

    namespace: list[str] = []
    interrupt_id: str | None = None
    response: Any = None
    responses: Annotated[list[Answer], Field(max_length=MAX_ANSWERS)] = []
    update: dict[str, Any] | None = None
    goto: Any = None
    strict_resume: bool = False

    @model_validator(mode="after")
    def _one_or_many(self) -> Self:
        if bool(self.responses) == bool(self.interrupt_id):
            raise CommandRefused("invalid_argument", "input.respond requires an interrupt_id, or responses.")
        return self

    def answers(self) -> dict[str, Any]:
        """Return the answers by interrupt id."""
        if self.interrupt_id:
            return {self.interrupt_id: self.response}
        return {entry.interrupt_id: entry.response for entry in self.responses}


class ForkParams(_Params):
    """Where to start from, and with what."""

    checkpoint_id: Annotated[str, Field(min_length=1)]
    input: Any = None
    config: dict[str, Any] | None = None


class TreeParams(_Params):
    """Which run is meant; the one that works or worked last by default."""

    run_id: str | None = None


async def start(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Start a run, on a new thread where there is none.

    On a thread that waits for an answer the input is the answer, as clients expect.
    """
    params = StartParams.model_validate(given)
    asked: dict[str, Any] = {"input": params.input}
    if params.input is not None and params.checkpoint_id() is None:
        thread = await _thread_if_any(server, identity, thread_id)
        if thread and thread.status == "busy":
            await await_answerable(server, thread.thread_id)
            thread = await _thread_if_any(server, identity, thread_id)
        if thread and thread.status == "interrupted" and thread.interrupts:
            asked = {"command": {"resume": params.input}}
    run = await _start(
        server,
        identity,
        thread_id,
        **asked,
        assistant_id=params.assistant_id,
        config=params.config,
        metadata=params.metadata,
        multitask_strategy=params.multitask_strategy or params.multitaskStrategy,
        langsmith_tracer=params.langsmith_tracer,
    )
    return {"run_id": run.run_id}


async def respond(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Go on with a thread that waits, by the ids of the interrupts that are answered."""
    params = RespondParams.model_validate(given)
    await await_answerable(server, thread_id)
    thread = await access_thread(server, identity, thread_id)
    pending = {entry["id"] for entries in thread.interrupts.values() for entry in entries}
    for interrupt_id in params.answers():
        if interrupt_id not in pending:
            raise CommandRefused(
                "no_such_interrupt", f"Unknown or already-consumed interrupt: {interrupt_id}"
            )
    command = {"resume": params.answers(), "update": params.update, "goto": params.goto}
    run = await _start(
        server,
        identity,
        thread_id,
        assistant_id=_assistant_of(server, thread),
        command=command,
        config=params.config,
        metadata=params.metadata,
        strict_resume=params.strict_resume or None,
    )
    return {"run_id": run.run_id}


async def fork(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Start a run from an earlier checkpoint of the thread."""
    params = ForkParams.model_validate(given)
    thread = await access_thread(server, identity, thread_id)
    run = await _start(
        server,
        identity,
        thread_id,
        assistant_id=_assistant_of(server, thread),
        input=params.input,
        config=params.config,
        checkpoint_id=params.checkpoint_id,
    )
    return {"run_id": run.run_id, "thread_id": run.thread_id}


async def get_tree(
    server: ServerState, identity: Identity, thread_id: str, given: dict[str, Any]
) -> Mapping[str, Any]:
    """Tell what a run is doing."""
    params = TreeParams.model_validate(given)
    if params.run_id:
        run: Run | None = await access_run(server, identity, thread_id, params.run_id)
    else:
        run = await working_or_newest_run(server, thread_id)
    if run is None:
        raise CommandRefused("no_such_run", "Nothing has run on this thread yet.")
    status = _TREE_STATUS.get(run.status, "failed")
    thread = await access_thread(server, identity, thread_id)
    if status == "completed" and not params.run_id and thread.status == "interrupted":
        status = "interrupted"
    return {"tree": {"namespace": [], "status": status, "graph_name": str(run.meta.get("graph_id"))}}


async def _start(server: ServerState, identity: Identity, thread_id: str, **fields: Any) -> Run:
    given = {key: value for key, value in fields.items() if value is not None}
    request = RunRequest.model_validate(
        {
            **given,
            "stream_mode": RECORDED_MODES,
            "stream_subgraphs": True,
            "stream_resumable": True,
            "if_not_exists": "create",
            "event_protocol": True,
        }
    )
    run = (await start_run(server, identity, thread_id, request)).row
    await server.feed.look_at_thread(run.thread_id)  # its readers need not wait until they look
    return run


async def _thread_if_any(server: ServerState, identity: Identity, thread_id: str) -> Thread | None:
    try:
        return await access_thread(server, identity, thread_id)
    except NotFound:
        return None


def _assistant_of(server: ServerState, thread: Thread) -> str:
    given = thread.meta.get("assistant_id")
    if given:
        return str(given)
    assistant = server.assistants.of_thread(thread.meta)
    if assistant is None:
        raise CommandRefused("no_such_run", "Nothing has run on this thread yet.")
    return assistant.assistant_id
