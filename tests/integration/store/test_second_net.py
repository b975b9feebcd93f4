"""What the schema itself refuses, whoever writes; and the migration, which names what stands against it first."""

from datetime import date

import pytest
from alembic import command
from sqlalchemy import func, insert, select, text

from survey.errors import ChangedMeanwhileError, StoreError
from survey.store import schema, tables
from survey.store.subjects import ADDED

BEFORE = "0008"
ROUND = {
    "instrument": "sipas-2023",
    "instrument_digest": "x",
    "basis": "self_selected",
    "asks": "",
    "simulated": False,
}


def a_round(code, opens, closes):
    return {**ROUND, "code": code, "title": code, "opens": opens, "closes": closes, "seals": closes}


MAY = a_round("may", date(2026, 5, 1), date(2026, 5, 31))


def add(store, table, *rows):
    for row in rows:
        with store.writing(ADDED) as connection:
            connection.execute(insert(table).values(**row))


def count(store, table):
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (date(2026, 5, 31), date(2026, 6, 30)),
        (date(2026, 4, 1), date(2026, 5, 1)),
        (date(2026, 5, 10), date(2026, 5, 20)),
        (date(2026, 4, 1), date(2026, 6, 30)),
    ],
)
def test_two_rounds_on_one_day_are_refused(store, opens, closes):
    with pytest.raises(ChangedMeanwhileError):
        add(store, tables.survey_round, MAY, a_round("other", opens, closes))
    assert count(store, tables.survey_round) == 1


def test_rounds_side_by_side_are_taken_and_cannot_grow_into_each_other(store):
    add(store, tables.survey_round, MAY, a_round("june", date(2026, 6, 1), date(2026, 6, 30)))
    longer = tables.survey_round.update().where(tables.survey_round.c.code == "may")
    with pytest.raises(ChangedMeanwhileError), store.writing(ADDED) as connection:
        connection.execute(longer.values(closes=date(2026, 6, 1), seals=date(2026, 6, 8)))
    with store.writing(ADDED) as connection:
        connection.execute(longer.values(closes=date(2026, 5, 30)))


@pytest.mark.usefixtures("sample_registry")
@pytest.mark.parametrize("unit", ["service_point_id", "agency_id"])
def test_days_of_visits_count_once_a_unit(store, unit):
    def visits(number, first, last):
        return {unit: number, "from_day": date(2026, 5, first), "to_day": date(2026, 5, last), "visits": 1}

    add(store, tables.visit_count, visits(1, 1, 10), visits(2, 5, 15), visits(1, 11, 20))
    with pytest.raises(ChangedMeanwhileError):
        add(store, tables.visit_count, visits(1, 20, 25))
    assert count(store, tables.visit_count) == 3


@pytest.mark.usefixtures("sample_registry")
def test_a_code_is_one_whatever_its_case(store):
    with store.reading() as connection:
        code = connection.scalar(select(tables.agency.c.code).limit(1))
    with pytest.raises(ChangedMeanwhileError):
        add(store, tables.agency, {"code": code.lower(), "name": "Khác", "short_name": "K", "block": "b"})
    add(store, tables.survey_round, MAY)
    with pytest.raises(ChangedMeanwhileError):
        add(store, tables.survey_round, a_round("MAY", date(2026, 7, 1), date(2026, 7, 2)))


@pytest.mark.usefixtures("round_of_2023_form")
def test_a_comment_that_has_moved_does_not_come_into_the_inbox_again(store):
    said = {"key": bytes(16), "round_id": 1, "agency_id": 1, "text": "Tốt"}
    add(store, tables.comment, said)
    add(store, tables.comment_inbox, said)
    assert (count(store, tables.comment), count(store, tables.comment_inbox)) == (1, 0)


@pytest.fixture
def older(store, sample_registry):
    with store.engine.connect() as connection:
        command.downgrade(schema._config(connection), BEFORE)
        connection.commit()
    return store


def test_the_migration_names_what_stands_against_it_and_changes_nothing(older):
    visits = {"agency_id": 1, "visits": 1, "to_day": date(2026, 5, 31)}
    add(older, tables.survey_round, MAY, a_round("other", date(2026, 5, 31), date(2026, 6, 1)))
    days = {"from_day": date(2026, 5, 1)}, {"from_day": date(2026, 5, 31)}
    add(older, tables.visit_count, *({**visits, **day} for day in days))
    add(
        older, tables.agency, *({"code": one, "name": one, "short_name": one, "block": "b"} for one in ("moi1", "MOI1"))
    )
    with pytest.raises(StoreError) as refused:
        schema.upgrade(older)
    first, second, third, fourth, last = str(refused.value).splitlines()
    assert first.startswith("round may (2026-05-01 to 2026-05-31) shares days with other (2026-05-31 to 2026-06-01): ")
    assert "from 2026-05-01 to 2026-05-31 and from 2026-05-31 to 2026-05-31 share days" in second
    assert {third.split()[1], fourth.split()[1]} == {"moi1", "MOI1"}
    assert last == "nothing was changed; then run flask --app wsgi db upgrade again"
    # What the lines say can be done as they stand, but for the day that somebody has to choose.
    with older.writing(ADDED) as connection:
        for line in (first, second, fourth):
            connection.execute(text(line.rpartition("in SQL: ")[2].replace("…", "2026-05-30")))
    schema.upgrade(older)
    schema.require_current(older)


def test_the_migration_keeps_a_comment_that_stood_twice_once(older):
    add(older, tables.survey_round, MAY)
    said = {"key": bytes(16), "round_id": 1, "agency_id": 1, "text": "Tốt"}
    add(older, tables.comment, said)
    add(older, tables.comment_inbox, said)
    schema.upgrade(older)
    assert (count(older, tables.comment), count(older, tables.comment_inbox)) == (1, 0)
