"""Alembic's entry: run migrations on the connection that the ledger hands over."""

from __future__ import annotations

from alembic import context

from archive.ledger import link_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=link_tables.tie.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
