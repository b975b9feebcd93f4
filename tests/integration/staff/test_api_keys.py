"""Keys of programs: shown once, recognised by their digest, revoked for ever."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from survey.errors import SurveyError, UnknownCodeError
from survey.operations.staff.api_keys import add_key, find_reader, list_keys, revoke_key
from survey.store.registry.agencies import list_agencies
from survey.store.staff import tables
from tests.trail import deeds_of

DAY = timedelta(days=1)
TODAY, TOMORROW = date(2026, 11, 20), date(2026, 11, 21)


def test_a_key_reads_until_it_is_revoked_and_keeps_the_first_day_of_that(store):
    made = add_key(store, "Cổng dữ liệu", today=TODAY)
    assert find_reader(store, made.secret, today=TODAY).label == "Cổng dữ liệu"
    revoke_key(store, made.number, today=TODAY)
    revoke_key(store, made.number, today=TOMORROW)
    assert find_reader(store, made.secret, today=TODAY) is None
    assert [(one.id, one.created_on, one.revoked_on) for one in list_keys(store)] == [(made.number, TODAY, TODAY)]


def test_a_key_of_one_agency_says_so(store, sample_registry):
    with store.reading() as connection:
        code = next(iter(list_agencies(connection).values())).code
    assert (
        find_reader(store, add_key(store, "Một cửa", today=TODAY, agency_code=code).secret, today=TODAY).agency_code
        == code
    )
    assert find_reader(store, add_key(store, "Sở", today=TODAY).secret, today=TODAY).agency_code is None


def test_only_the_digest_of_the_key_is_kept(store):
    made = add_key(store, "Cổng dữ liệu", today=TODAY)
    with store.reading() as connection:
        rows = [*connection.execute(select(tables.api_key)), *connection.execute(select(tables.audit))]
    assert made.secret not in str(rows)
    assert len(made.secret) >= 43, "32 random bytes"
    assert made.secret != add_key(store, "Cổng dữ liệu", today=TODAY).secret


def test_making_and_revoking_are_written_down(store):
    made = add_key(store, "Cổng dữ liệu", today=TODAY)
    revoke_key(store, made.number, today=TODAY)
    assert [(one.act, one.subject, one.before, one.after) for one in deeds_of(store)] == [
        ("api_key_added", "1", {}, {"label": "Cổng dữ liệu", "agency_code": None}),
        ("api_key_revoked", "1", {"label": "Cổng dữ liệu"}, {}),
    ]


@pytest.mark.parametrize("label", ["", "   ", "x" * 101, "a\nb"])
def test_a_label_nobody_can_read_is_refused(store, label):
    with pytest.raises(SurveyError, match="label"):
        add_key(store, label, today=TODAY)
    assert list_keys(store) == ()


def test_an_unknown_agency_number_or_key_is_refused(store):
    with pytest.raises(UnknownCodeError, match="KHONG-CO"):
        add_key(store, "x", today=TODAY, agency_code="KHONG-CO")
    with pytest.raises(UnknownCodeError, match="7"):
        revoke_key(store, 7, today=TODAY)
    assert find_reader(store, "", today=TODAY) is None
    assert find_reader(store, "không đúng", today=TODAY) is None


def test_the_commands_make_list_and_revoke(app):
    run = app.test_cli_runner().invoke
    made = run(args=["api-key", "add", "--label", "Cổng dữ liệu"])
    secret = made.stdout.splitlines()[1].removeprefix("key: ")
    assert secret not in run(args=["api-key", "list"]).stdout
    assert run(args=["api-key", "list"]).stdout.startswith("1  Cổng dữ liệu  all agencies  made ")
    assert run(args=["api-key", "revoke", "1"]).exit_code == 0
    assert "revoked" in run(args=["api-key", "list"]).stdout
    assert run(args=["api-key", "revoke", "2"]).exit_code == 1


def test_a_key_may_have_a_last_day(store) -> None:
    made = add_key(store, "Cổng dữ liệu", today=TODAY, valid_to=TODAY + DAY)
    assert find_reader(store, made.secret, today=TODAY + DAY) is not None
    assert find_reader(store, made.secret, today=TODAY + 2 * DAY) is None
    with pytest.raises(SurveyError, match="would be over before it begins"):
        add_key(store, "Cổng dữ liệu", today=TODAY, valid_to=TODAY - DAY)


def test_the_day_of_its_last_use_is_kept_and_no_time(app, store) -> None:
    made = add_key(store, "Cổng dữ liệu", today=TODAY, valid_to=TODAY + DAY)
    run = app.test_cli_runner().invoke
    assert f"never used  valid until {TODAY + DAY}" in run(args=["api-key", "list"]).stdout
    find_reader(store, made.secret, today=TODAY)
    (kept,) = list_keys(store)
    assert (kept.used_on, type(kept.used_on)) == (TODAY, date)
    assert f"used {TODAY}  valid until" in run(args=["api-key", "list"]).stdout
