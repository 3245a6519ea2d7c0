"""Many runs in one call: started as a batch, or cancelled by what they have in common."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_snake

from narutalk.errors import NaruTalkError
from narutalk.identity import Identity
from services.agent_server.access import access_run, access_thread
from services.agent_server.runs.creation import prepare_request, start_background_run, start_run
from services.agent_server.runs.request import RunRequest, refused
from services.agent_server.runs.request_checks import check_on_thread, check_without_thread
from services.agent_server.runs.wire import run_to_wire
from services.agent_server.state import ServerState
from services.agent_server.storage.runs import ACTIVE, CancelAction

MAX_BATCH = 100
MAX_CANCELLED = 1_000
NOT_SENT = frozenset({"signal", "on_run_created", "raise_error", "_langsmith_tracer"})
"""What the JavaScript client's options hold for itself."""


class BatchEntry(RunRequest):
    """One run of a batch. Its names may be in camel case: the JavaScript client sends them as they are.

    Attributes:
        thread_id: Where it runs; null: on a new thread.
    """

    thread_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_snake_case(cls, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        named = {to_snake(key): value for key, value in body.items()}
        return {key: value for key, value in named.items() if key not in NOT_SENT and value is not None}


class CancelMany(BaseModel):
    """Which of the caller's runs to stop: some of a thread, or all in a status.

    Attributes:
        status: ``all`` is pending and running; a run that has ended is not stopped. At most `MAX_CANCELLED`.
    """

    model_config = ConfigDict(extra="forbid")

    thread_id: str | None = None
    run_ids: list[str] | None = Field(default=None, min_length=1, max_length=MAX_CANCELLED)
    status: Literal["pending", "running", "all"] | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        by_id = self.thread_id is not None and self.run_ids is not None
        half = (self.thread_id is None) != (self.run_ids is None)
        if half or by_id == (self.status is not None):
            raise refused("run_ids", "Give thread_id and run_ids, or else status.", "cancel_which")
        return self

    def statuses(self) -> tuple[str, ...]:
        """Return the statuses that are meant."""
        return (self.status,) if self.status in ACTIVE else ACTIVE


async def start_batch(
    server: ServerState, identity: Identity, entries: list[BatchEntry]
) -> list[dict[str, Any]]:
    """Start runs in the background and return them, or why one could not start, in the order they were given.

    None is started when one cannot be: what can be known of all is checked first.

    Raises:
        NaruTalkError: Of the first run that is refused; ``details.index`` says which.
    """
    for index, entry in enumerate(entries):
        try:
            await _check(server, identity, entry)
        except NaruTalkError as error:
            error.message = f"Run {index}: {error.message}"
            error.details = {**error.details, "index": index}
            raise
    return [await _start(server, identity, entry) for entry in entries]


async def cancel_many(
    server: ServerState, identity: Identity, wanted: CancelMany, action: CancelAction
) -> None:
    """Ask runs of the caller's to stop. Those that have ended stay as they are.

    Raises:
        NotFound: One that is named does not exist, or is another's; then none is stopped.
    """
    if wanted.thread_id is not None and wanted.run_ids is not None:
        named = dict.fromkeys(wanted.run_ids)
        found = [await access_run(server, identity, wanted.thread_id, run_id) for run_id in named]
    else:
        statuses = wanted.statuses()
        stored = await server.runs.of_user(identity.user_id, statuses=statuses, limit=MAX_CANCELLED)
        found = stored + server.executor.transient_of(identity.user_id, statuses)
    # The last first: of two on one thread, the waiting one must not start because the other stops.
    for run in sorted(found, key=lambda run: run.created_at, reverse=True):
        if run.status in ACTIVE:
            await server.executor.request_cancel(run, action)


async def _check(server: ServerState, identity: Identity, entry: BatchEntry) -> None:
    await prepare_request(server, identity, entry)
    if entry.thread_id is None:
        check_without_thread(entry)
    elif entry.if_not_exists != "create":
        thread = await access_thread(server, identity, entry.thread_id)
        await check_on_thread(entry, thread.thread_id, server.checkpointer)


async def _start(server: ServerState, identity: Identity, entry: BatchEntry) -> dict[str, Any]:
    request = RunRequest.model_validate(entry.model_dump(exclude={"thread_id"}, exclude_unset=True))
    try:
        if entry.thread_id is None:
            run = await start_background_run(server, identity, request)
        else:
            run = await start_run(server, identity, entry.thread_id, request, in_background=True)
    except NaruTalkError as error:
        return {"__error__": {"error": error.code, "message": error.message}}
    return run_to_wire(run.row)
