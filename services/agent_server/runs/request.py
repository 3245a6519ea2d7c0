"""What a run was asked to do: the body that creates one, checked."""

from typing import Annotated, Any, ClassVar, Literal, Self

from langgraph.types import Command, Send
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from narutalk.errors import InvalidInput

StreamMode = Literal[
    "values",
    "messages",
    "updates",
    "events",
    "tasks",
    "checkpoints",
    "debug",
    "custom",
    "messages-tuple",
]
MultitaskStrategy = Literal["reject", "interrupt", "rollback", "enqueue"]
Durability = Literal["sync", "async", "exit"]
Nodes = Literal["*"] | list[str]

MAX_RECURSION_LIMIT = 100_000
"""LangGraph's own default, which a RemoteGraph sends along, is 10,007."""
MAX_WEBHOOK_CHARS = 2_000


def refused(field: str, reason: str, code: str) -> InvalidInput:
    """Return the error for a field whose value is understood, but not done here."""
    return InvalidInput(f"{field}: {reason}", code=code, details={"field": field})


class RunConfig(BaseModel):
    """The part of LangChain's config that a client may give."""

    model_config = ConfigDict(extra="forbid")

    tags: list[str] = []
    recursion_limit: int | None = Field(default=None, ge=1, le=MAX_RECURSION_LIMIT)
    max_concurrency: int | None = Field(default=None, ge=1)
    run_name: str | None = Field(default=None, max_length=200)
    configurable: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class CheckpointPlace(BaseModel):
    """A checkpoint of the thread in the path; its own thread id is not read."""

    checkpoint_id: str | None = None
    checkpoint_ns: str | None = None
    checkpoint_map: dict[str, Any] | None = None


class RunCheckpoint(CheckpointPlace):
    """The checkpoint that a run starts from. The thread is the one in the path, whatever is given here."""

    model_config = ConfigDict(extra="forbid")

    thread_id: str | None = Field(default=None, exclude=True)


class GotoTask(BaseModel):
    """A node to call with an input of its own: LangGraph's ``Send``, whose input is also called ``arg``."""

    model_config = ConfigDict(extra="forbid")

    node: str
    input: Any = None
    arg: Any = None

    def to_send(self) -> Send:
        """Return it as LangGraph takes it."""
        return Send(self.node, self.arg if self.input is None else self.input)


class RunCommand(BaseModel):
    """A LangGraph command: resume an interrupt, update the state, go to nodes.

    Attributes:
        graph: Always null; a RemoteGraph sends it along. A command does not leave its graph.
        update: Channels and values, or pairs of them.
        resume: The answer to the pending interrupt, or answers by interrupt id.
        goto: Nodes by name, or with an input of their own.
    """

    model_config = ConfigDict(extra="forbid")

    graph: None = Field(default=None, exclude=True)
    update: dict[str, Any] | list[tuple[str, Any]] | None = None
    resume: Any = None
    goto: str | GotoTask | list[str | GotoTask] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.update is None and self.resume is None and not self.goto:
            raise refused("command", "Give at least one of resume, update and goto.", "command_empty")
        return self

    def targets(self) -> list[str | GotoTask]:
        """Return where to go, as a list."""
        if not self.goto:
            return []
        return self.goto if isinstance(self.goto, list) else [self.goto]

    def to_command(self) -> Command[Any]:
        """Return it as LangGraph takes it."""
        goto = [entry if isinstance(entry, str) else entry.to_send() for entry in self.targets()]
        return Command(update=self.update, resume=self.resume, goto=goto)


class LangSmithTracer(BaseModel):
    """Where a client wants the trace to go."""

    model_config = ConfigDict(extra="forbid")

    project_name: str | None = None
    example_id: str | None = None


def _no_feedback_keys(value: list[str] | None) -> list[str] | None:
    if value:
        reason = "Links for feedback are LangSmith's; answers are rated in the manager."
        raise refused("feedback_keys", reason, "feedback_keys_unsupported")
    return value


def _no_tracer(value: LangSmithTracer | None) -> LangSmithTracer | None:
    if value and (value.project_name or value.example_id):
        reason = "Where traces go is set for the whole server."
        raise refused("langsmith_tracer", reason, "langsmith_tracer_unsupported")
    return value


def _not_delayed(value: float | None) -> float | None:
    if value:
        reason = "Runs start at once. A cron starts one later."
        raise refused("after_seconds", reason, "delayed_start_unsupported")
    return value


class RunOptions(BaseModel):
    """What a run and a cron have in common. Fields that are null are as if they were left out.

    Attributes:
        context: Given together with ``config.configurable`` it is refused; either stands for the other.
        webhook: Where the run is sent when it has ended. Its host must be in NARUTALK_WEBHOOK_HOSTS.
        checkpoint_during: An older name for ``durability``: true is async, false is exit.
        stream_resumable: The events are kept, so that a stream can be taken up again.
    """

    model_config = ConfigDict(extra="forbid")

    nullable: ClassVar[frozenset[str]] = frozenset()

    input: Any = None
    config: RunConfig = RunConfig()
    context: dict[str, Any] | None = None
    metadata: dict[str, Any] = {}
    stream_mode: list[StreamMode] = ["values"]
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    multitask_strategy: MultitaskStrategy = "enqueue"
    durability: Durability = "async"
    checkpoint_during: bool | None = None
    webhook: str | None = Field(default=None, max_length=MAX_WEBHOOK_CHARS)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        given = {key: value for key, value in body.items() if value is not None or key in cls.nullable}
        return _with_durability(given)

    @field_validator("stream_mode", mode="before")
    @classmethod
    def _always_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("stream_mode")
    @classmethod
    def _each_once(cls, value: list[StreamMode]) -> list[StreamMode]:
        return list(dict.fromkeys(value)) or ["values"]


class RunRequest(RunOptions):
    """The body of every route that creates a run. Unknown fields are refused.

    Attributes:
        input: What the graph is called with; null goes on from the thread's state. Not beside a command.
        checkpoint: Where on the thread the run starts from; the newest checkpoint by default.
        checkpoint_id: The same, by its id alone.
        strict_resume: A resume that answers no pending interrupt fails the run, instead of doing nothing.
        on_disconnect: Of the connection that waits for the run or streams it.
        on_completion: Whether the thread that was made for a stateless run goes with it.
        if_not_exists: Whether a thread that is not there is made. Without meaning for stateless runs.
        after_seconds: Only 0: runs start at once.
        feedback_keys: Only empty: links for feedback are LangSmith's.
        langsmith_tracer: Only empty: where traces go is set for the whole server.
        event_protocol: What the graph streams is recorded for readers of the v3 event protocol too. Set by
            the commands that start such a run.
    """

    assistant_id: str
    command: RunCommand | None = None
    checkpoint: RunCheckpoint | None = None
    checkpoint_id: str | None = None
    strict_resume: bool = False
    on_disconnect: Literal["continue", "cancel"] = "continue"
    on_completion: Literal["delete", "keep"] = "delete"
    if_not_exists: Literal["create", "reject"] = "reject"
    after_seconds: Annotated[float | None, Field(ge=0), AfterValidator(_not_delayed)] = None
    feedback_keys: Annotated[list[str] | None, AfterValidator(_no_feedback_keys)] = None
    langsmith_tracer: Annotated[LangSmithTracer | None, AfterValidator(_no_tracer)] = None
    event_protocol: SkipJsonSchema[bool] = False

    @model_validator(mode="after")
    def _input_or_command(self) -> Self:
        if self.command and self.input:  # chat UIs send an empty input beside a command
            raise refused("input", "Give either input or command.", "input_and_command")
        return self

    def graph_input(self) -> Any:
        """Return what the graph is called with: the command, or the input."""
        return self.command.to_command() if self.command else self.input

    def place(self) -> CheckpointPlace | None:
        """Return the checkpoint that the run starts from; None for the newest."""
        if self.checkpoint is None and self.checkpoint_id:
            return CheckpointPlace(checkpoint_id=self.checkpoint_id)
        return self.checkpoint

    def kwargs(self) -> dict[str, Any]:
        """Return what is stored with the run and shown as its ``kwargs``."""
        shown = self.model_dump(
            mode="json",
            include={"input", "command", "config", "context", "stream_mode", "interrupt_before"}
            | {"interrupt_after", "webhook", "durability", "feedback_keys"},
        )
        return {
            **shown,
            "subgraphs": self.stream_subgraphs,
            "resumable": self.stream_resumable,
            "checkpoint_during": self.durability != "exit",
            "temporary": False,
        }


def _with_durability(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in which `durability` says what `checkpoint_during` said."""
    during = body.get("checkpoint_during")
    if not isinstance(during, bool):
        return body
    meant = "async" if during else "exit"
    durability = body.get("durability", meant)
    if (durability == "exit") == during:
        reason = f"{during} contradicts durability {durability!r}; durability alone says it."
        raise refused("checkpoint_during", reason, "durability_contradicted")
    return {
        **{key: value for key, value in body.items() if key != "checkpoint_during"},
        "durability": durability,
    }
