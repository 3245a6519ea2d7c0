"""What a run was asked to do: the body that creates one, checked."""

from typing import Any, Literal

from langgraph.types import Command, Send
from pydantic import BaseModel, Field, field_validator, model_validator
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
Nodes = Literal["*"] | list[str]

MAX_RECURSION_LIMIT = 10_000


class RunConfig(BaseModel):
    """The part of LangChain's config that a client may give."""

    tags: list[str] = []
    recursion_limit: int | None = Field(default=None, ge=1, le=MAX_RECURSION_LIMIT)
    configurable: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class CheckpointPlace(BaseModel):
    """A checkpoint of the thread in the path; its own thread id is not read."""

    checkpoint_id: str | None = None
    checkpoint_ns: str | None = None
    checkpoint_map: dict[str, Any] | None = None


class RunCommand(BaseModel):
    """A LangGraph command: resume an interrupt, update the state, go to nodes."""

    update: dict[str, Any] | list[Any] | None = None
    resume: Any = None
    goto: Any = None

    def to_command(self) -> Command[Any]:
        """Return it as LangGraph takes it."""
        update = [tuple(entry) for entry in self.update] if isinstance(self.update, list) else self.update
        return Command(update=update, resume=self.resume, goto=_targets(self.goto))


class RunRequest(BaseModel):
    """The body of every route that creates a run. Unknown fields are ignored, as LangGraph clients expect.

    Attributes:
        event_protocol: What the graph streams is recorded for readers of the v3 event protocol too. Set by
            the commands that start such a run.
    """

    assistant_id: str
    input: Any = None
    command: RunCommand | None = None
    config: RunConfig = RunConfig()
    context: dict[str, Any] | None = None
    metadata: dict[str, Any] = {}
    checkpoint: CheckpointPlace | None = None
    checkpoint_id: str | None = None
    stream_mode: list[StreamMode] = ["values"]
    stream_subgraphs: bool = False
    stream_resumable: bool = False
    interrupt_before: Nodes | None = None
    interrupt_after: Nodes | None = None
    multitask_strategy: MultitaskStrategy = "enqueue"
    on_disconnect: Literal["continue", "cancel"] = "continue"
    on_completion: Literal["delete", "keep"] = "delete"
    if_not_exists: Literal["create", "reject"] = "reject"
    durability: Literal["sync", "async", "exit"] = "async"
    webhook: None = None
    after_seconds: Literal[0] | None = None
    event_protocol: SkipJsonSchema[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, body: Any) -> Any:
        return (
            {key: value for key, value in body.items() if value is not None}
            if isinstance(body, dict)
            else body
        )

    @field_validator("stream_mode", mode="before")
    @classmethod
    def _always_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("stream_mode")
    @classmethod
    def _each_once(cls, value: list[StreamMode]) -> list[StreamMode]:
        return list(dict.fromkeys(value)) or ["values"]

    def graph_input(self) -> Any:
        """Return what the graph is called with: the command, or the input."""
        return self.command.to_command() if self.command else self.input

    def kwargs(self) -> dict[str, Any]:
        """Return what is stored with the run and shown as its ``kwargs``."""
        shown = self.model_dump(
            mode="json",
            include={"input", "command", "config", "context", "stream_mode", "interrupt_before"}
            | {"interrupt_after", "webhook", "durability"},
        )
        return {
            **shown,
            "subgraphs": self.stream_subgraphs,
            "resumable": self.stream_resumable,
            "temporary": False,
            "feedback_keys": None,
        }


def _targets(goto: Any) -> Any:
    if not goto:
        return ()
    return [_target(entry) for entry in goto] if isinstance(goto, list) else _target(goto)


def _target(entry: Any) -> Any:
    if isinstance(entry, dict):
        if "node" not in entry:
            raise InvalidInput("An entry of `command.goto` needs a node.")
        return Send(str(entry["node"]), entry.get("input", entry.get("arg")))
    return str(entry)
