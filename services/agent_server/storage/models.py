"""The tables of the agent server."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator
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
    """

    __tablename__ = "threads"
    __table_args__ = (Index("ix_threads_user_id_created_at", "user_id", "created_at"),)

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


class Run(Base):
    """One execution of a graph on a thread.

    Attributes:
        kwargs: What was asked for, as the run's creation request said it.
        identity: The verified claims the run was started with.
        process: The process that runs it, so that a later start finds what a dead one left behind.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_thread_id_created_at", "thread_id", "created_at"),
        Index("ix_runs_status", "status"),
    )

    run_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.thread_id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(Text)
    assistant_id: Mapped[str] = mapped_column(String(ID_CHARS))
    status: Mapped[str] = mapped_column(String(16))
    meta: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText)
    kwargs: Mapped[dict[str, Any]] = mapped_column(JsonText)
    multitask_strategy: Mapped[str] = mapped_column(String(16))
    identity: Mapped[dict[str, Any]] = mapped_column(JsonText)
    process: Mapped[str] = mapped_column(Text)
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
