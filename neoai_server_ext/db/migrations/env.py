"""Alembic's entry: runs on the connection that `db.migrate` hands over."""

from alembic import context

from neoai_server_ext.db.base import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
