"""Leases and events of runs, stored assistants, crons, subthreads that are to be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ENDED_BY_THE_UPGRADE = """{"error":"RunLost","message":"The server was upgraded before the run ended."}"""


def upgrade() -> None:
    _runs()
    _run_events()
    _assistants()
    _crons()
    _subthread_deletions()
    with op.batch_alter_table("threads") as threads:
        threads.add_column(sa.Column("expires_at", sa.DateTime(timezone=True)))
        threads.add_column(sa.Column("ttl_minutes", sa.Float()))
        threads.add_column(sa.Column("ttl_strategy", sa.String(16)))
    op.create_index("ix_threads_expires_at", "threads", ["expires_at"])


def downgrade() -> None:
    for table in ("subthread_deletions", "crons", "assistant_versions", "assistants", "run_events"):
        op.drop_table(table)
    op.drop_index("ux_runs_running", "runs")
    op.drop_index("ix_runs_delete_thread_after", "runs")
    with op.batch_alter_table("runs") as runs:
        for column in ("request", "trace_parent", "delete_thread_after", "recorded"):
            runs.drop_column(column)
        for column in ("lease_until", "attempt", "cancel_action"):
            runs.drop_column(column)
    op.drop_index("ix_threads_expires_at", "threads")
    with op.batch_alter_table("threads") as threads:
        for column in ("expires_at", "ttl_minutes", "ttl_strategy"):
            threads.drop_column(column)


def _runs() -> None:
    runs = sa.table("runs", sa.column("status"), sa.column("error"))
    lost = runs.c.status.in_(("pending", "running"))
    op.execute(runs.update().where(lost).values(status="error", error=ENDED_BY_THE_UPGRADE))
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("request", sa.Text(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("trace_parent", sa.Text()))
        batch.add_column(
            sa.Column("delete_thread_after", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("recorded", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("lease_until", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("cancel_action", sa.String(16)))
    running = sa.text("status = 'running'")
    op.create_index(
        "ux_runs_running",
        "runs",
        ["thread_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    made_for_it = sa.text("delete_thread_after")
    op.create_index(
        "ix_runs_delete_thread_after",
        "runs",
        ["updated_at"],
        sqlite_where=made_for_it,
        postgresql_where=made_for_it,
    )


def _run_events() -> None:
    op.create_table(
        "run_events",
        sa.Column(
            "run_id", sa.String(36), sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("first_id", sa.Integer(), primary_key=True),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("frames", sa.LargeBinary(), nullable=False),
    )


def _assistants() -> None:
    op.create_table(
        "assistants",
        sa.Column("assistant_id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_assistants_user_id_created_at", "assistants", ["user_id", "created_at"])
    op.create_table(
        "assistant_versions",
        sa.Column(
            "assistant_id",
            sa.String(36),
            sa.ForeignKey("assistants.assistant_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _crons() -> None:
    op.create_table(
        "crons",
        sa.Column("cron_id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("assistant_id", sa.String(36), nullable=False),
        sa.Column("thread_id", sa.String(36)),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("identity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("on_run_completed", sa.String(16)),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True)),
        sa.Column("next_run_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_crons_user_id_created_at", "crons", ["user_id", "created_at"])
    op.create_index("ix_crons_next_run_at", "crons", ["next_run_at"])


def _subthread_deletions() -> None:
    op.create_table(
        "subthread_deletions",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.String(36), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("service", "thread_id"),
    )
