"""The tables of the agent server."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.agent_server.serialization import decode, encode

ID_CHARS = 36


class JsonText(TypeDecorator[Any]):
    """JSON kept as text: the same in every database, and free to hold what ``jsonb`` refuses."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else decode(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The metadata that migrations and queries share."""


class Thread(Base):
    """One conversation with one graph.

    Attributes:
        values_json: The state after the newest run, encoded; None before the first.
        interrupts: Pending interrupts by task id.
        error: Of the newest run, when it failed.
        expires_at: When its time is over; None: never.
        ttl_minutes: How long it was given; None with `expires_at`.
        ttl_strategy: What happens then: ``delete`` it, or ``keep_latest`` of its checkpoints.
    """

    __tablename__ = "threads"
    __table_args__ = (
        Index("ix_threads_user_id_created_at", "user_id", "created_at"),
        Index("ix_threads_expires_at", "expires_at"),
    )

    thread_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    user_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), default="idle")
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText, default=dict)
    config: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    values_json: Mapped[str | None] = mapped_column("values", Text)
    interrupts: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state_updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ttl_minutes: Mapped[float | None]
    ttl_strategy: Mapped[str | None] = mapped_column(String(16))


class Run(Base):
    """One execution of a graph on a thread.

    Attributes:
        kwargs: What was asked for, as clients read it.
        request: The body that created the run, so that another process can go on with it.
        identity: The verified claims the run was started with.
        trace_parent: The run of another process that asked for this one; None when no trace goes on.
        delete_thread_after: Its thread was made for it: it is nobody's once the run has ended, and goes soon.
        recorded: Its events are stored in `RunEvents`, for readers of other instances and after a crash.
        process: Who holds the lease: the process that runs it, or in which it waits.
        lease_until: When another process may take the run over, unless the lease is renewed before.
        attempt: How many processes began it, from 1.
        cancel_action: How it is to be stopped, written by an instance that does not run it.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_thread_id_created_at", "thread_id", "created_at"),
        Index("ix_runs_status", "status"),
        # The database sees to it that one run works on a thread, whatever several instances believe.
        Index(
            "ux_runs_running",
            "thread_id",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
        # Few rows at any time: what the sweep of threads that were made for one run reads.
        Index(
            "ix_runs_delete_thread_after",
            "updated_at",
            sqlite_where=text("delete_thread_after"),
            postgresql_where=text("delete_thread_after"),
        ),
    )

    run_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.thread_id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(Text)
    assistant_id: Mapped[str] = mapped_column(String(ID_CHARS))
    status: Mapped[str] = mapped_column(String(16))
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText)
    kwargs: Mapped[dict[str, Any]] = mapped_column(JsonText)
    request: Mapped[dict[str, Any]] = mapped_column(JsonText)
    multitask_strategy: Mapped[str] = mapped_column(String(16))
    identity: Mapped[dict[str, Any]] = mapped_column(JsonText)
    trace_parent: Mapped[str | None] = mapped_column(Text)
    delete_thread_after: Mapped[bool] = mapped_column(default=False)
    recorded: Mapped[bool] = mapped_column(default=False)
    process: Mapped[str] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt: Mapped[int] = mapped_column(default=1)
    cancel_action: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RunEvents(Base):
    """Consecutive events of a recorded run, as they were written together.

    Attributes:
        first_id: Of the first event in it; ids count from 0 over all attempts.
        last_id: Of the last one.
        frames: The events, encoded as they go over the wire.
    """

    __tablename__ = "run_events"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)
    first_id: Mapped[int] = mapped_column(primary_key=True)
    last_id: Mapped[int]
    frames: Mapped[bytes] = mapped_column(LargeBinary)


class StoredAssistant(Base):
    """An assistant that a user made of a graph, as its newest or chosen version says.

    Attributes:
        version: The one that is in force.
    """

    __tablename__ = "assistants"
    __table_args__ = (Index("ix_assistants_user_id_created_at", "user_id", "created_at"),)

    assistant_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    user_id: Mapped[str] = mapped_column(Text)
    graph_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    config: Mapped[dict[str, Any]] = mapped_column(JsonText)
    context: Mapped[dict[str, Any]] = mapped_column(JsonText)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AssistantVersion(Base):
    """What an assistant was at one version."""

    __tablename__ = "assistant_versions"

    assistant_id: Mapped[str] = mapped_column(
        ForeignKey("assistants.assistant_id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    graph_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    config: Mapped[dict[str, Any]] = mapped_column(JsonText)
    context: Mapped[dict[str, Any]] = mapped_column(JsonText)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Cron(Base):
    """A run that is started again and again.

    Attributes:
        thread_id: On which it runs; None: on a new thread each time. The thread may have been deleted.
        payload: The body that creates each run.
        identity: The verified claims of its owner; its runs have these rights.
        identity_at: When the owner was verified: at its making, or at the last change.
        enabled: Whether it runs; where it stopped by itself the metadata says why.
        next_run_at: When it is due; None: not enabled.
    """

    __tablename__ = "crons"
    __table_args__ = (
        Index("ix_crons_user_id_created_at", "user_id", "created_at"),
        Index("ix_crons_next_run_at", "next_run_at"),
    )

    cron_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    user_id: Mapped[str] = mapped_column(Text)
    assistant_id: Mapped[str] = mapped_column(String(ID_CHARS))
    thread_id: Mapped[str | None] = mapped_column(String(ID_CHARS))
    schedule: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    identity: Mapped[dict[str, Any]] = mapped_column(JsonText)
    identity_at: Mapped[datetime] = mapped_column(UtcDateTime)
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText)
    on_run_completed: Mapped[str | None] = mapped_column(String(16))
    enabled: Mapped[bool] = mapped_column(default=True)
    end_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SubthreadDeletion(Base):
    """A thread of another service that is still to be deleted, because the thread it belonged to was.

    Attributes:
        service: Which serves it.
        identity: The verified claims of who deleted the thread.
        due_at: When it is tried next.
    """

    __tablename__ = "subthread_deletions"
    __table_args__ = (UniqueConstraint("service", "thread_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    service: Mapped[str] = mapped_column(Text)
    thread_id: Mapped[str] = mapped_column(String(ID_CHARS))
    identity: Mapped[dict[str, Any]] = mapped_column(JsonText)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
