"""How Alembic runs our migrations: on the connection it is handed, on both databases."""

from alembic import context

from survey.store.staff.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
