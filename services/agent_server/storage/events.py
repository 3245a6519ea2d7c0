"""Reads and writes the events of recorded runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, delete, func, literal, select, text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from services.agent_server.storage.models import Run, RunEvents
from services.agent_server.storage.runs import ACTIVE

NO_EVENT = -1
"""The id before the first event."""

MAX_BATCHES_READ = 512
MAX_RUNS_SWEPT = 100

# Both databases call the columns of VALUES column1, column2, ...
_VALUES = "(:run_{n}, :first_{n}, :last_{n}, :frames_{n}, :attempt_{n})"
_INSERT = """
INSERT INTO run_events (run_id, first_id, last_id, frames)
SELECT given.column1, given.column2, given.column3, given.column4
FROM (VALUES {values}) AS given
JOIN runs ON runs.run_id = given.column1 AND runs.attempt = given.column5
WHERE true
ON CONFLICT DO NOTHING
RETURNING run_id
"""


class Batch(NamedTuple):
    """Consecutive events of one run that are written together.

    Attributes:
        run_id: Whose events these are.
        attempt: Of the run; the batch is refused when another was begun since.
        first_id: Of the first event in it, just behind the last one that is stored.
        last_id: Of the last one.
        frames: The encoded events.
    """

    run_id: str
    attempt: int
    first_id: int
    last_id: int
    frames: bytes


class Recording(NamedTuple):
    """What the database says of a recorded run.

    Attributes:
        process: Who holds its lease.
        last_id: Of its last stored event; `NO_EVENT` for none.
        same: Whether the batch that was asked about is stored as it is.
    """

    process: str
    last_id: int
    same: bool


class FollowedRow(NamedTuple):
    """A run that is followed, as its row says, and some of its new events.

    Attributes:
        status: Of the run.
        error: Of the run; None while it has not failed.
        batches: New events, in their order.
        complete: Whether these are all of them.
    """

    status: str
    error: dict[str, Any] | None
    batches: list[Batch]
    complete: bool


class EventStore:
    """The events of one service's recorded runs.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def append(self, batches: Sequence[Batch]) -> set[str]:
        """Store batches of several runs, at most one of each, in one transaction.

        A batch is left out when its run is gone, when another process has taken the run over, and when events
        with its first id are stored already. As every batch begins just behind the last stored event, the
        primary key lets only one of two writers go on, whatever each believes.

        Returns:
            The runs whose batch was stored.
        """
        values = ", ".join(_VALUES.format(n=number) for number in range(len(batches)))
        statement = text(_INSERT.format(values=values))
        parameters: dict[str, Any] = {}
        for number, batch in enumerate(batches):
            parameters |= {
                f"run_{number}": batch.run_id,
                f"first_{number}": batch.first_id,
                f"last_{number}": batch.last_id,
                f"frames_{number}": batch.frames,
                f"attempt_{number}": batch.attempt,
            }
        async with self._engine.begin() as connection:
            return {row.run_id for row in await connection.execute(statement, parameters)}

    async def recording(self, batch: Batch) -> Recording | None:
        """Return how far the run of a refused batch is recorded; None when the run is gone."""
        stored = (
            select(RunEvents.frames)
            .where(RunEvents.run_id == batch.run_id, RunEvents.first_id == batch.first_id)
            .scalar_subquery()
        )
        query = select(Run.process, _last_id(batch.run_id), stored).where(Run.run_id == batch.run_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        process, last_id, frames = row
        return Recording(process, last_id, same=frames is not None and bytes(frames) == batch.frames)

    async def last_id(self, run_id: str) -> int:
        """Return the id of a run's last stored event; `NO_EVENT` for none."""
        async with self._engine.connect() as connection:
            return int((await connection.execute(select(_last_id(run_id)))).scalar_one())

    async def read(self, run_id: str, *, after: int) -> Batch | None:
        """Return the first stored batch that holds events behind an id; it may begin before them."""
        query = (
            select(RunEvents)
            .with_only_columns(RunEvents.first_id, RunEvents.last_id, RunEvents.frames)
            .where(RunEvents.run_id == run_id, RunEvents.last_id > after)
            .order_by(RunEvents.first_id)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _batch(run_id, row) if row else None

    async def read_new(self, next_ids: Mapping[str, int]) -> dict[str, FollowedRow | None]:
        """Return the rows of several runs with their new events, in one query and so of one moment.

        Args:
            next_ids: By run: the id of the first event that is asked for.

        Returns:
            By run; None for one that is gone. When there is more than `MAX_BATCHES_READ` the last run is not
            complete, and those behind it are left out.
        """
        wanted = case(
            *((Run.run_id == run_id, literal(next_id)) for run_id, next_id in next_ids.items()),
            else_=literal(0),
        )
        joined = (RunEvents.run_id == Run.run_id) & (RunEvents.first_id >= wanted)
        limit = len(next_ids) + MAX_BATCHES_READ
        query = (
            select(Run.run_id, Run.status, Run.error, RunEvents.first_id, RunEvents.last_id, RunEvents.frames)
            .join_from(Run, RunEvents, joined, isouter=True)
            .where(Run.run_id.in_(next_ids))
            .order_by(Run.run_id, RunEvents.first_id)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        found: dict[str, FollowedRow | None] = {**_followed(rows)}
        if len(rows) < limit:
            return dict.fromkeys(next_ids) | found
        last: FollowedRow = found[rows[-1].run_id]  # type: ignore[assignment]
        return found | {rows[-1].run_id: last._replace(complete=False)}

    async def delete_ended(self, *, before: datetime) -> int:
        """Delete the events of some runs that ended before a time, and return of how many.

        At most `MAX_RUNS_SWEPT`, so that no other write waits long for it.
        """
        old = (
            select(Run.run_id)
            .where(Run.status.not_in(ACTIVE), Run.updated_at < before)
            .where(select(RunEvents.run_id).where(RunEvents.run_id == Run.run_id).exists())
            .limit(MAX_RUNS_SWEPT)
        )
        async with self._engine.begin() as connection:
            run_ids = (await connection.scalars(old)).all()
            if run_ids:
                await connection.execute(delete(RunEvents).where(RunEvents.run_id.in_(run_ids)))
        return len(run_ids)


def _last_id(run_id: str) -> Any:
    newest = select(func.max(RunEvents.last_id)).where(RunEvents.run_id == run_id).scalar_subquery()
    return func.coalesce(newest, NO_EVENT)


def _batch(run_id: str, row: Any) -> Batch:
    return Batch(run_id, 0, row.first_id, row.last_id, bytes(row.frames))


def _followed(rows: Iterable[Row[Any]]) -> dict[str, FollowedRow]:
    found: dict[str, FollowedRow] = {}
    for row in rows:
        followed = found.setdefault(row.run_id, FollowedRow(row.status, row.error, [], complete=True))
        if row.first_id is not None:
            followed.batches.append(_batch(row.run_id, row))
    return found
