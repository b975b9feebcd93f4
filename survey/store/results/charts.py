"""The charts of published runs: drawn once, kept with the run, never changed."""

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite

from survey.store.tables import run_chart

# The title of a chart stands within its first characters.
HEAD = 4_000


def find_chart(connection: Connection, run_id: str, name: str, language: str) -> str | None:
    """Return a kept chart as SVG."""
    found: str | None = connection.scalar(select(run_chart.c.svg).where(_is(run_id, name, language)))
    return found


def find_chart_head(connection: Connection, run_id: str, name: str, language: str) -> str | None:
    """Return the first characters of a kept chart, enough to read its title."""
    beginning = func.substr(run_chart.c.svg, 1, HEAD)
    found: str | None = connection.scalar(select(beginning).where(_is(run_id, name, language)))
    return found


def save_chart(connection: Connection, run_id: str, name: str, language: str, svg: str) -> None:
    """Keep a chart; one that is there already stays as it is."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"run_id": run_id, "name": name, "language": language, "svg": svg}
    connection.execute(insert(run_chart).values(row).on_conflict_do_nothing())


def _is(run_id: str, name: str, language: str) -> ColumnElement[bool]:
    columns = run_chart.c
    return and_(columns.run_id == run_id, columns.name == name, columns.language == language)
