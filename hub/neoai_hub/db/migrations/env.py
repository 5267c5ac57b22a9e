"""Alembic's entry for the hub's tables: runs on the connection that `db.migrate` hands over."""

from alembic import context

from neoai_hub.db.base import HubBase
from neoai_hub.db.schema import SCHEMA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=HubBase.metadata,
    version_table=SCHEMA.version_table,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
