"""Ingestion: where passages stand, what was sent from where, one row for each file of a job, leases."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite does not know lengths
        op.alter_column("passages", "section", type_=sa.String(1000))
    op.add_column("passages", sa.Column("cells", sa.String(120)))
    op.add_column("passages", sa.Column("language", sa.String(2), nullable=False, server_default=""))
    op.add_column("passages", sa.Column("start_offset", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("passages", sa.Column("end_offset", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE passages SET language ="
        " (SELECT documents.language FROM documents WHERE documents.id = passages.document_id)"
    )
    op.create_table(
        "document_sources",
        sa.Column("owner_id", sa.String(64), primary_key=True),
        sa.Column("path", sa.String(500), primary_key=True),
        sa.Column(
            "document_id",
            sa.String(32),
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
    )
    op.execute(
        "INSERT INTO document_sources (owner_id, path, document_id)"
        " SELECT owner_id, source, MAX(id) FROM documents GROUP BY owner_id, source"
    )
    op.create_table(
        "document_writes",
        sa.Column("document_id", sa.String(32), primary_key=True),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("worker", sa.String(200), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("access", sa.String(300), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    items = op.create_table(
        "index_items",
        sa.Column(
            "job_id", sa.String(36), sa.ForeignKey("index_jobs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("file_name", sa.String(300), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("stored_path", sa.String(500), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("access", sa.String(300), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("message", sa.String(500), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.add_column(
        "index_jobs",
        sa.Column("leased_until", sa.DateTime(), nullable=False, server_default="2000-01-01 00:00:00"),
    )
    op.add_column(
        "index_jobs", sa.Column("cancel_requested", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("index_jobs", sa.Column("finished_at", sa.DateTime()))
    _move_items(items)
    op.drop_column("index_jobs", "errors")
    op.drop_column("index_jobs", "items")


def _move_items(items: sa.Table) -> None:
    """Give each file of the jobs so far a row of its own."""
    jobs = sa.text("SELECT id, done, errors, items FROM index_jobs")
    for job_id, done, errors, found in op.get_bind().execute(jobs).all():
        failed = {error["file"]: error for error in _parsed(errors)}
        rows = [_row(job_id, number, item, done, failed) for number, item in enumerate(_parsed(found))]
        if rows:
            op.bulk_insert(items, rows)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _row(
    job_id: str, number: int, item: dict[str, Any], done: int, failed: dict[str, dict[str, str]]
) -> dict[str, Any]:
    error = failed.get(item["file_name"], {}) if number < done else {}
    ended = "failed" if error else "indexed"
    return {
        "job_id": job_id,
        "position": number,
        "file_name": item["file_name"][:300],
        "path": item["file_name"][:500],
        "stored_path": item["path"],
        "title": item.get("title", "")[:300],
        "category": item.get("category", "")[:40],
        "access": "|".join(sorted(set(item.get("groups") or ()))) or "everyone",
        "status": ended if number < done else "queued",
        "code": error.get("code", "")[:60],
        "message": error.get("message", "")[:500],
        "document_id": "",
        "attempts": 0,
    }


def downgrade() -> None:
    op.drop_table("index_items")
    op.drop_table("document_writes")
    op.drop_table("document_sources")
    for column in ("finished_at", "cancel_requested", "leased_until"):
        op.drop_column("index_jobs", column)
    for column in ("errors", "items"):
        op.add_column("index_jobs", sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))
    op.execute("DELETE FROM index_jobs")  # their files are gone
    for column in ("end_offset", "start_offset", "language", "cells"):
        op.drop_column("passages", column)
