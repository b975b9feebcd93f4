"""The clock of retention, on both databases: what goes, what stays, and what is left on the disk."""

import secrets
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from survey.errors import RoundError, UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.keeping.retention import forget_overdue, kept_until, list_round_rows
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, HalfDay, Mode, SubmissionKey
from survey.store import tables
from survey.store.collecting.responses import NewComment, NewResponse, save_responses
from survey.store.collecting.settling import settle
from survey.store.registry.agencies import find_round
from survey.store.staff.acts import Act
from survey.store.subjects import ADDED
from tests.trail import told_of

OPENS, CLOSES = date(2024, 9, 1), date(2024, 9, 30)
LAST_DAY, FIRST_LATE_DAY = date(2026, 9, 30), date(2026, 10, 1)
ANSWERS = AnswerRecord.pack(load_instrument("sipas-2023"), {"A1": "5", "B1": "2"})
COMMENT = "Cán bộ rất tận tình"


@pytest.fixture
def rounds(store, sample_registry):
    """Make two rounds a month apart, each with five responses and three comments, two of which have moved."""
    days = {1: OPENS, 2: OPENS + timedelta(days=30)}
    for number, day in days.items():
        open_round(store, NewRound(f"r{number}", f"Đợt {number}", "sipas-2023", day, day + timedelta(days=29)))
        fill(store, number, comments=(True, True, False, False), day=day)
    settle(store, (days[2], HalfDay.AFTERNOON))
    for number, day in days.items():
        fill(store, number, comments=(True,), day=day)
    return store


def fill(store, round_id, *, comments, day):
    keys = [SubmissionKey(secrets.token_bytes(16)) for _ in comments]
    save_responses(
        store,
        [
            NewResponse(
                key.row,
                round_id,
                1,
                Mode.QR,
                day,
                None,
                ANSWERS,
                NewComment(key.comment, round_id, 1, COMMENT) if said else None,
            )
            for key, said in zip(keys, comments, strict=True)
        ],
    )


def publish(store, round_id, kind="final"):
    values = {"published_on": CLOSES, "number": round_id, "code_version": "0", "sums": "", "kind": kind}
    with store.writing(ADDED) as connection:
        connection.execute(insert(tables.run).values(id=f"run {round_id}", round_id=round_id, **values))


def rows_of(store, round_id):
    """Return how many rows of a round each table holds."""
    kept = (tables.response, tables.comment, tables.comment_inbox, tables.run)
    with store.reading() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(one).where(one.c.round_id == round_id)).scalar_one()
            for one in kept
        )


def entries(store):
    return told_of(store, Act.RESPONSES_FORGOTTEN)


@pytest.mark.parametrize(
    ("closes", "until"),
    [
        (date(2024, 9, 30), date(2026, 9, 30)),
        (date(2024, 12, 31), date(2026, 12, 31)),
        (date(2025, 1, 1), date(2027, 1, 1)),
        # No 29 February in 2026: the period ends with the month (Civil Code 2015, article 148, clause 3).
        (date(2024, 2, 29), date(2026, 2, 28)),
    ],
)
def test_responses_are_kept_24_months_after_the_round_closes(store, closes, until):
    made = open_round(store, NewRound("r", "Đợt", "sipas-2023", closes, closes))
    assert kept_until(made) == until


def test_the_day_after_24_months_rows_of_people_go_and_the_run_stays(rounds):
    publish(rounds, 1)
    assert forget_overdue(rounds, today=LAST_DAY) == ()
    assert rows_of(rounds, 1) == (5, 2, 1, 1)
    (gone,) = forget_overdue(rounds, today=FIRST_LATE_DAY)
    assert (gone.round_code, tuple(gone.rows)) == ("r1", (5, 3, 0))
    assert rows_of(rounds, 1) == (0, 0, 0, 1)
    assert entries(rounds) == ["đợt r1; số phiếu trước đó: 5; số ý kiến trước đó: 3"]


def test_another_round_keeps_everything(rounds):
    publish(rounds, 1)
    before = rows_of(rounds, 2)
    forget_overdue(rounds, today=FIRST_LATE_DAY)
    # The comment in the inbox has moved to the others with the cleaning that follows.
    assert before == (5, 2, 1, 0)
    assert rows_of(rounds, 2) == (5, 3, 0, 0)


def test_the_second_time_there_is_nothing_to_do_and_nothing_is_written_down(rounds):
    publish(rounds, 1)
    forget_overdue(rounds, today=FIRST_LATE_DAY)
    assert forget_overdue(rounds, today=FIRST_LATE_DAY) == ()
    assert forget_overdue(rounds, today=FIRST_LATE_DAY, round_code="r1") == ()
    assert len(entries(rounds)) == 1


@pytest.mark.parametrize("kind", [None, "preliminary"])
def test_without_a_final_run_nothing_goes_unless_it_is_asked_for(rounds, kind):
    if kind:
        publish(rounds, 1, kind)
    with pytest.raises(RoundError, match="round r1 has no final run"):
        forget_overdue(rounds, today=FIRST_LATE_DAY)
    assert rows_of(rounds, 1)[:3] == (5, 2, 1)
    assert entries(rounds) == []
    assert len(forget_overdue(rounds, today=FIRST_LATE_DAY, without_run=True)) == 1
    assert rows_of(rounds, 1)[:3] == (0, 0, 0)


def test_one_refused_round_keeps_the_others_too(rounds):
    publish(rounds, 1)
    with pytest.raises(RoundError, match="round r2 has no final run"):
        forget_overdue(rounds, today=date(2027, 1, 1))
    assert rows_of(rounds, 1)[0] == rows_of(rounds, 2)[0] == 5
    assert len(forget_overdue(rounds, today=date(2027, 1, 1), round_code="r1")) == 1
    assert (rows_of(rounds, 1)[0], rows_of(rounds, 2)[0]) == (0, 5)


def test_a_round_whose_time_has_not_come_or_that_is_unknown_is_refused(rounds):
    with pytest.raises(RoundError, match="kept until 30/09/2026"):
        forget_overdue(rounds, today=LAST_DAY, round_code="r1", without_run=True)
    with pytest.raises(UnknownCodeError, match="r9"):
        forget_overdue(rounds, today=LAST_DAY, round_code="r9")


def test_nothing_is_left_in_the_files_of_the_database(rounds):
    with rounds.reading() as connection:
        keys = [bytes(key) for key in connection.scalars(select(tables.response.c.key).filter_by(round_id=1))]
        keys += [bytes(key) for key in connection.scalars(select(tables.comment.c.key).filter_by(round_id=1))]
    assert found_on_disk(rounds, keys) == len(keys) == 7
    publish(rounds, 1)
    forget_overdue(rounds, today=FIRST_LATE_DAY)
    assert found_on_disk(rounds, keys) == 0


def found_on_disk(store, keys):
    """Return how many keys stand in the files of the tables (SQLite: of the database and its journal)."""
    if store.is_sqlite:
        path = Path(store.engine.url.database)
        data = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    else:
        with store.outside_transaction() as connection:
            connection.execute(text("CHECKPOINT"))
            read = "SELECT pg_read_binary_file(pg_relation_filepath(CAST(:name AS regclass)))"
            names = ("response", "comment", "comment_inbox")
            data = b"".join(bytes(connection.execute(text(read), {"name": one}).scalar_one()) for one in names)
    return sum(key in data for key in keys)


def test_the_command_follows_the_clock(app, rounds):
    time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
    publish(rounds, 1)
    run = app.test_cli_runner().invoke
    # 23:59 on the last day in Vietnam, and two minutes later.
    with time_machine.travel("2026-09-30T16:59:00+00:00", tick=False) as clock:
        assert run(args=["retention", "apply"]).stdout == "nothing is overdue\n"
        clock.shift(timedelta(minutes=2))
        listed = run(args=["retention", "list"]).stdout.splitlines()
        assert listed[1] == "r1  until 2026-09-30  overdue  5 responses, 3 comments  final run published"
        assert run(args=["retention", "apply"]).stdout == "round r1: 5 responses, 3 comments removed\n"
    assert [one.rows.responses for one in list_round_rows(rounds)] == [5, 0]
    with rounds.reading() as connection:
        assert find_round(connection, "r1")[1].closes == CLOSES


def test_the_command_names_each_round_that_holds_it_up(app, rounds):
    time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
    with time_machine.travel("2027-01-01T00:00:00+00:00", tick=False):
        refused = app.test_cli_runner().invoke(args=["retention", "apply"])
    assert refused.exit_code == 1
    assert [line.split(" has ")[0] for line in refused.stderr.splitlines()] == ["round r2", "round r1"]
