"""Alembic's environment; `narutalk.db.migrate` passes the connection in."""

from alembic import context

from tools.clients.models import ClientBase

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=ClientBase.metadata,
    version_table=attributes["version_table"],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
