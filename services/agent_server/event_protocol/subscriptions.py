"""Which events a reader wants: channels, and subgraphs by their namespaces. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from narutalk.errors import InvalidInput
from services.agent_server.event_protocol.envelopes import Envelope

CHANNELS = (
    "values",
    "updates",
    "messages",
    "tools",
    "lifecycle",
    "input",
    "checkpoints",
    "tasks",
    "custom",
)
NAMED_CUSTOM = "custom:"
MAX_CHANNELS = 64
MAX_NAMESPACES = 256
MAX_DEPTH = 100
MAX_SEQ = 2**53 - 1

_Segment = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Subscription(BaseModel):
    """What a reader wants of a thread's events.

    Attributes:
        channels: At least one of `CHANNELS`, or ``custom:<name>``.
        namespaces: Only events of these subgraphs and of those inside them. A segment without an id stands
            for all calls of that node. Empty: of all.
        depth: How many levels below such a namespace are wanted; None: all.
        since: Only events with a greater number, as far back as they are kept. None: from the start of the
            run that works or worked last; but who only watches is not told of a run that ended long ago.
    """

    model_config = ConfigDict(extra="forbid")

    channels: Annotated[list[str], Field(min_length=1, max_length=MAX_CHANNELS)]
    namespaces: Annotated[list[list[_Segment]], Field(max_length=MAX_NAMESPACES)] | None = None
    depth: Annotated[int, Field(strict=True, ge=0, le=MAX_DEPTH)] | None = None
    since: Annotated[int, Field(strict=True, ge=0, le=MAX_SEQ)] | None = None

    @field_validator("channels")
    @classmethod
    def _known(cls, channels: list[str]) -> list[str]:
        unknown = [entry for entry in channels if not _is_channel(entry)]
        if unknown:
            raise InvalidInput(
                f"There is no channel {unknown[0]!r}. Channels are {', '.join(CHANNELS)} and custom:<name>.",
                code="channel_unknown",
                details={"field": "channels"},
            )
        return list(dict.fromkeys(channels))

    @property
    def only_watches(self) -> bool:
        """Whether only starts and ends of runs and what they ask are wanted, and nothing of what they do."""
        return {"lifecycle", "input"}.issuperset(self.channels)

    def wants(self, envelope: Envelope) -> bool:
        """Whether an event is wanted."""
        return self._wants_channel(envelope) and self._wants_namespace(envelope.namespace)

    def _wants_channel(self, envelope: Envelope) -> bool:
        channel = "input" if envelope.method == "input.requested" else envelope.method
        if channel in self.channels:
            return True
        return envelope.name is not None and NAMED_CUSTOM + envelope.name in self.channels

    def _wants_namespace(self, namespace: tuple[str, ...]) -> bool:
        if not self.namespaces:
            return True
        return any(
            _is_inside(namespace, outer) and (self.depth is None or len(namespace) - len(outer) <= self.depth)
            for outer in self.namespaces
        )


def _is_channel(name: str) -> bool:
    return name in CHANNELS or (name.startswith(NAMED_CUSTOM) and len(name) > len(NAMED_CUSTOM))


def _is_inside(namespace: tuple[str, ...], outer: list[str]) -> bool:
    if len(outer) > len(namespace):
        return False
    return all(
        segment == wanted or segment.partition(":")[0] == wanted
        for segment, wanted in zip(namespace, outer, strict=False)
    )
