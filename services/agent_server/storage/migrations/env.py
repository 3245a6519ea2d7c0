"""Runs the migrations on the connection that `narutalk.db.migrate` hands over."""

from alembic import context

from services.agent_server.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
