"""Alembic's entry point; `narutalk.db.migrate` hands the connection in."""

from alembic import context

from tools.documents.models import DocumentBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=DocumentBase.metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
