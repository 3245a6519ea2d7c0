"""Makes, changes and finds a person's crons."""

from datetime import UTC, datetime
from typing import Any

from langchain_core.utils.uuid import uuid7

from narutalk.errors import Conflict, NotFound
from narutalk.identity import Identity
from services.agent_server.access import (
    access_assistant,
    access_assistant_to_run,
    access_cron,
    access_thread,
    checked_id,
)
from services.agent_server.crons.request import CronCreate, CronPatch
from services.agent_server.crons.schedule import next_run_at
from services.agent_server.runs.creation import prepare_request
from services.agent_server.runs.request import RunRequest, refused
from services.agent_server.state import ServerState
from services.agent_server.storage.models import Cron

MAX_CRONS_PER_USER = 100
DISABLED_REASON = "disabled_reason"
"""The key of a cron's metadata that says why it stopped by itself."""
CRON_ID = "cron_id"
"""The key of a run's metadata that says which cron started it."""


async def create_cron(
    server: ServerState, identity: Identity, body: CronCreate, *, thread_id: str | None = None
) -> Cron:
    """Store a new cron, and return it.

    Raises:
        NotFound: The thread is absent or another's.
        InvalidInput: What the schedule, the time zone or the run's fields say cannot be done.
        Conflict: ``too_many_crons``.
    """
    assistant = await access_assistant_to_run(server, identity, body.assistant_id)
    thread = await access_thread(server, identity, thread_id) if thread_id else None
    now = datetime.now(UTC)
    cron = Cron(
        cron_id=str(uuid7()),
        user_id=identity.user_id,
        assistant_id=assistant.assistant_id,
        thread_id=thread.thread_id if thread else None,
        schedule=body.schedule,
        timezone=body.timezone,
        payload=body.payload(),
        identity=identity.model_dump(mode="json"),
        identity_at=now,
        meta=_without_reason(body.metadata),
        on_run_completed=body.on_run_completed,
        enabled=body.enabled,
        end_time=body.end_time,
        next_run_at=None,
        created_at=now,
        updated_at=now,
    )
    due = _first_due(cron, now)
    cron.next_run_at = due if cron.enabled else None
    _check_completion(cron)
    await prepare_request(server, identity, request_of(cron))
    if not await server.crons.add(cron, max_per_user=MAX_CRONS_PER_USER):
        raise Conflict(f"More than {MAX_CRONS_PER_USER} crons are not kept for one.", code="too_many_crons")
    return cron


async def change_cron(server: ServerState, identity: Identity, cron_id: str, body: CronPatch) -> Cron:
    """Change a cron of the caller's, and return it. Its runs get the caller's present rights.

    Raises:
        NotFound: It does not exist, or is another's.
        InvalidInput: As `create_cron`.
    """
    cron = await access_cron(server, identity, cron_id)
    now = datetime.now(UTC)
    changes: dict[str, Any] = {
        "payload": {**cron.payload, **body.payload()},
        "meta": {**cron.meta, **_without_reason(body.metadata)},
        "identity": identity.model_dump(mode="json"),
        "identity_at": now,
        "updated_at": now,
    }
    for name in ("schedule", "timezone", "end_time", "enabled", "on_run_completed"):
        if name in body.model_fields_set:
            changes[name] = getattr(body, name)
    if changes.get("enabled"):
        changes["meta"].pop(DISABLED_REASON, None)
    for name, value in changes.items():
        setattr(cron, name, value)
    if {"schedule", "timezone", "end_time"} & changes.keys() or (cron.enabled and cron.next_run_at is None):
        due: datetime | None = _first_due(cron, now)
    else:
        due = cron.next_run_at
    due = due if cron.enabled else None
    if due != cron.next_run_at:  # else it is left to the scheduler, which may be moving it on just now
        changes["next_run_at"] = cron.next_run_at = due
    _check_completion(cron)
    await prepare_request(server, identity, request_of(cron))
    await server.crons.update(cron.cron_id, **changes)
    return cron


async def find_crons(
    server: ServerState,
    identity: Identity,
    *,
    assistant_id: str | None,
    thread_id: str | None,
    enabled: bool | None,
    metadata: dict[str, Any],
) -> list[Cron]:
    """Return the caller's crons that are meant, the newest first.

    Args:
        server: Where they are stored.
        identity: Of the caller.
        assistant_id: Its id or its graph's name; None for all.
        thread_id: None for all.
        enabled: None for both.
        metadata: Keys and values that the metadata has.
    """
    wanted: dict[str, Any] = {"enabled": enabled}
    if assistant_id is not None:
        wanted["assistant_id"] = await _assistant_id(server, identity, assistant_id)
    if thread_id is not None:
        wanted["thread_id"] = checked_id(thread_id, "thread")
    given = {name: value for name, value in wanted.items() if value is not None}
    return [
        cron
        for cron in await server.crons.of_user(identity.user_id)
        if all(getattr(cron, name) == value for name, value in given.items())
        and all(key in cron.meta and cron.meta[key] == value for key, value in metadata.items())
    ]


def in_order(shown: list[dict[str, Any]], field: str, *, descending: bool) -> list[dict[str, Any]]:
    """Return crons as clients read them in the order of one field; those without a value come last."""
    have = [entry for entry in shown if entry[field] is not None]
    without = [entry for entry in shown if entry[field] is None]
    return sorted(have, key=lambda entry: entry[field], reverse=descending) + without


def request_of(cron: Cron) -> RunRequest:
    """Return what each run of a cron is asked."""
    metadata = {**cron.meta, CRON_ID: cron.cron_id}
    metadata.pop(DISABLED_REASON, None)
    body = {**cron.payload, "assistant_id": cron.assistant_id, "metadata": metadata}
    if cron.thread_id is None:
        body["on_completion"] = cron.on_run_completed or "delete"
    return RunRequest.model_validate(body)


def cron_to_wire(cron: Cron) -> dict[str, Any]:
    """Return a cron as LangGraph clients read it. The claims its runs have are not shown."""
    return {
        "cron_id": cron.cron_id,
        "assistant_id": cron.assistant_id,
        "thread_id": cron.thread_id,
        "on_run_completed": cron.on_run_completed,
        "end_time": cron.end_time,
        "schedule": cron.schedule,
        "timezone": cron.timezone,
        "created_at": cron.created_at,
        "updated_at": cron.updated_at,
        "user_id": cron.user_id,
        "payload": {**cron.payload, "assistant_id": cron.assistant_id},
        "next_run_date": cron.next_run_at,
        "metadata": cron.meta,
        "enabled": cron.enabled,
    }


def _first_due(cron: Cron, now: datetime) -> datetime:
    due = next_run_at(cron.schedule, cron.timezone, after=now, end_time=cron.end_time)
    if due is None:
        when = "before its end_time" if cron.end_time else "in the next 50 years"
        raise refused("schedule", f"It never runs {when}.", "schedule_never_runs")
    return due


def _check_completion(cron: Cron) -> None:
    if cron.thread_id and cron.on_run_completed == "delete":
        reason = "A thread that was made before the cron stays."
        raise refused("on_run_completed", reason, "on_run_completed_on_thread")


def _without_reason(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key != DISABLED_REASON}


async def _assistant_id(server: ServerState, identity: Identity, given: str) -> str:
    try:
        return (await access_assistant(server, identity, given)).assistant_id
    except NotFound:
        return given  # of an assistant that is gone; its crons may still be there
