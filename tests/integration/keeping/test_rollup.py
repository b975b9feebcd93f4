"""The rollup on both databases: always what a recount gives."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from sqlalchemy import delete, func, select, text

from survey.errors import SurveyError, UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.keeping.rollup import AXES, RollupDomain, read_rollup, refresh, refresh_all
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.collecting.rollup import Counting, count_weeks, find_differences
from survey.store.registry.agencies import list_service_points
from survey.store.subjects import ADDED
from survey.store.tables import response, rollup
from survey.tallies import Tally, layout_of, tally

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

INSTRUMENT = load_instrument("sipas-2023")
LAYOUT = layout_of(INSTRUMENT)
# Monday 28/12/2026 begins a week that ends in the next year.
OPENS, MONDAY = date(2026, 12, 1), date(2026, 12, 28)
DAYS = [OPENS + timedelta(days=number) for number in range(40)]
MODES = (Mode.QR, Mode.PAPER)
COUNTING = Counting(1, (DAYS[0], DAYS[-1]), LAYOUT)


@pytest.fixture
def round_id(store, sample_registry):
    """Open a round that runs over the end of a year."""
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", OPENS, DAYS[-1], profile=True))
    return 1


def make_responses(number, *, seed=7, days=DAYS, points=(1, 2, 3)):
    """Return responses with random answers of the questionnaire."""
    random = Random(seed)
    records = [
        "".join(
            random.choice((".", *question.symbols))
            for question in INSTRUMENT.questions
            if not question.multiple
            for _ in question.positions
        )
        for _ in range(number)
    ]
    assert all(len(record) == INSTRUMENT.width for record in records)
    return [
        NewResponse(
            SubmissionKey(secrets.token_bytes(16)).row,
            1,
            random.choice(points),
            random.choice(MODES),
            random.choice(days),
            None,
            record,
        )
        for record in records
    ]


def counted_directly(responses):
    """Return the tally of some responses, without database."""
    groups = np.zeros(len(responses), np.int64)
    return tally("".join(one.answers for one in responses).encode(), LAYOUT, groups=groups, size=1)


def differences(store):
    with store.reading() as connection:
        return find_differences(connection, COUNTING)


def test_each_group_holds_the_sums_of_its_own_responses(store, round_id):
    responses = make_responses(300)
    save_responses(store, responses)
    refresh(store, "r1")
    with store.reading() as connection:
        codes = {placed.id: placed.point for placed in list_service_points(connection)}
    expected = {}
    for one in responses:
        point = codes[one.service_point_id]
        monday = one.day - timedelta(days=one.day.isoweekday() - 1)
        domain = RollupDomain(point.agency_code, point.code, monday, one.mode.value)
        expected.setdefault(domain, []).append(one)
    domains, found = read_rollup(store, "r1", by=AXES)
    assert set(domains) == set(expected)
    for number, domain in enumerate(domains):
        alone = found.regrouped(np.where(np.arange(len(domains)) == number, 0, 1), 2)
        assert Tally(alone.responses[:1], alone.counts[:1], alone.moments[:1]).equals(
            counted_directly(expected[domain])
        )


@pytest.mark.parametrize(("day", "monday"), [(27, 21), (28, 28), (31, 28)])
def test_a_week_begins_on_its_monday_also_over_the_end_of_a_year(store, round_id, day, monday):
    days = [date(2026, 12, day)]
    save_responses(store, make_responses(3, days=days))
    with store.reading() as connection:
        assert count_weeks(connection, COUNTING) == {date(2026, 12, monday): 3}


def test_the_first_days_of_january_belong_to_the_week_of_december(store, round_id):
    save_responses(store, make_responses(2, days=[date(2027, 1, 3)]))
    assert refresh(store, "r1").weeks == 1
    assert [one.week for one in read_rollup(store, "r1", by=["week"])[0]] == [MONDAY]


def test_coarser_domains_are_sums_of_finer_ones(store, round_id):
    responses = make_responses(200)
    save_responses(store, responses)
    refresh(store, "r1")
    for axis, parts in (("mode", MODES), ("service_point", (1, 2, 3))):
        domains, found = read_rollup(store, "r1", by=[axis])
        assert len(domains) == len(parts)
        assert found.regrouped(np.zeros(len(domains), np.int64), 1).equals(counted_directly(responses))
    assert read_rollup(store, "r1", by=[])[1].equals(counted_directly(responses))


def test_only_the_weeks_that_changed_are_counted_again(store, round_id):
    save_responses(store, make_responses(100, days=[MONDAY - timedelta(days=7), MONDAY]))
    first = refresh(store, "r1")
    save_responses(store, make_responses(10, seed=8, days=[MONDAY + timedelta(days=6)]))
    assert len(differences(store)) > 0
    again = refresh(store, "r1")
    assert (first.weeks, first.responses, again.weeks) == (2, 100, 1)
    assert 10 < again.responses < 110
    assert (refresh(store, "r1").weeks, differences(store)) == (0, [])


def test_a_week_that_lost_its_responses_leaves_the_rollup(store, round_id):
    save_responses(store, make_responses(20, days=[MONDAY]))
    refresh(store, "r1")
    with store.writing(ADDED) as connection:
        connection.execute(delete(response))
    assert (refresh(store, "r1").responses, differences(store)) == (0, [])
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(rollup)).scalar_one() == 0


def test_sums_that_were_tampered_with_are_found_and_counting_everything_mends_them(store, round_id):
    save_responses(store, make_responses(50))
    refresh(store, "r1")
    with store.writing(ADDED) as connection:
        # The first count of each group gets a digit in front: 7 becomes 17.
        changed = "UPDATE rollup SET sums = replace(sums, :first, :other) WHERE mode = 'qr'"
        connection.execute(text(changed), {"first": '"sums":[', "other": '"sums":[1'})
    assert {found.group.mode for found in differences(store)} == {"qr"}
    assert refresh(store, "r1").weeks == 0, "the number of responses does not tell"
    assert refresh(store, "r1", everything=True).weeks > 0
    assert differences(store) == []


def test_more_groups_than_are_read_at_once_are_counted_once_each(store, round_id, monkeypatch):
    monkeypatch.setattr("survey.store.collecting.rollup.GROUPS_AT_ONCE", 3)
    responses = make_responses(150)
    save_responses(store, responses)
    assert refresh_all(store)[0].responses == 150
    assert differences(store) == []
    assert read_rollup(store, "r1", by=())[1].equals(counted_directly(responses))


def test_a_round_without_responses_has_no_domains(store, round_id):
    assert refresh(store, "r1").weeks == 0
    domains, found = read_rollup(store, "r1", by=["mode"])
    assert (domains, len(found.responses)) == ((), 0)


def test_an_unknown_axis_or_round_is_named(store, round_id):
    with pytest.raises(SurveyError, match="month"):
        read_rollup(store, "r1", by=["month"])
    with pytest.raises(UnknownCodeError, match="r9"):
        refresh(store, "r9")


def test_four_that_count_everything_at_once_leave_one_rollup(store, round_id):
    save_responses(store, make_responses(100))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: refresh(store, "r1", everything=True).responses, range(4)))
    assert (done, differences(store)) == ([100] * 4, [])


def test_the_command_says_what_was_counted(app, store, round_id):
    save_responses(store, make_responses(7, days=[MONDAY]))
    run = app.test_cli_runner().invoke
    assert run(args=["rollup", "refresh"]).stdout == "round r1: 1 weeks counted again, 7 responses\n"
    assert run(args=["rollup", "refresh", "--round", "r1"]).stdout == "round r1: 0 weeks counted again, 0 responses\n"
    everything = run(args=["rollup", "refresh", "--round", "r1", "--everything"])
    assert everything.stdout == "round r1: 1 weeks counted again, 7 responses\n"
    assert run(args=["rollup", "refresh", "--round", "r9"]).exit_code == 1
