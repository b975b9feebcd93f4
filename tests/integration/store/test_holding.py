"""What is decided about is held; what somebody else holds is told in words, after a bounded wait."""

import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import text

from survey.errors import BusyError, ChangedMeanwhileError
from survey.store import subjects
from survey.store.engine import open_store
from survey.store.refusals import TRIES, tried_again
from survey.store.subjects import ADDED, PLANS, PUBLICATION, REGISTRY, ROUNDS, SETTLING, hold, locks_of


def in_thread(act):
    """Run an act in a thread and return what it raised, None for nothing."""
    raised = []

    def run() -> None:
        try:
            act()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return raised[0] if raised else None


def write(store, *some):
    with store.writing(*some) as connection:
        connection.execute(text("SELECT 1"))


def test_locks_come_in_one_order_and_each_once() -> None:
    wanted = [REGISTRY, PLANS.of(7), ROUNDS.read(), PLANS.of(8), REGISTRY.read(), ADDED, SETTLING.held()]
    found = locks_of(wanted)
    assert found == sorted(found)
    assert [(one.place, one.is_shared) for one in found] == [
        (REGISTRY.place, False),
        (ROUNDS.place, True),
        (PLANS.place, True),
        (PLANS.place, False),
        (PLANS.place, False),
    ]


def test_places_and_names_are_each_given_once() -> None:
    every = [one for one in vars(subjects).values() if isinstance(one, subjects.Subject)]
    assert len({one.place for one in every}) == len({one.name for one in every}) == len(every)


@pytest.mark.postgresql
class TestOnPostgresql:
    @pytest.mark.parametrize(
        ("held", "asked", "waits"),
        [
            (REGISTRY, REGISTRY, True),
            (REGISTRY, REGISTRY.read(), True),
            (REGISTRY.read(), REGISTRY, True),
            (REGISTRY.read(), REGISTRY.read(), False),
            (REGISTRY, ROUNDS, False),
            (PLANS.of(1), PLANS.of(1), True),
            (PLANS.of(1), PLANS.of(2), False),
            (PLANS.of(1), PLANS, True),
            (PLANS, PLANS.of(2), True),
            (REGISTRY, ADDED, False),
        ],
    )
    def test_who_waits_for_whom(self, postgresql_store, monkeypatch, held, asked, waits) -> None:
        monkeypatch.setattr(hold, "__kwdefaults__", {"seconds": 0.2})
        with postgresql_store.writing(held):
            refused = in_thread(lambda: write(postgresql_store, asked))
        assert isinstance(refused, BusyError) is waits
        assert in_thread(lambda: write(postgresql_store, asked)) is None

    def test_a_deadlock_is_told_as_somebody_elses_work_and_tried_again(self, postgresql_store) -> None:
        with postgresql_store.writing(ADDED) as connection:
            connection.execute(text("CREATE TABLE two (id int PRIMARY KEY, times int)"))
            connection.execute(text("INSERT INTO two VALUES (1, 0), (2, 0)"))
        meet = threading.Barrier(2)

        def act(*order: int) -> None:
            tries = []

            @tried_again
            def both() -> None:
                tries.append(1)
                with postgresql_store.writing(ADDED) as connection:
                    for place, number in enumerate(order):
                        connection.execute(text(f"UPDATE two SET times = times + 1 WHERE id = {number}"))
                        if place == 0 and len(tries) == 1:
                            meet.wait(10)

            both()

        raised = []
        orders = ((1, 2), (2, 1))
        threads = [
            threading.Thread(target=lambda own=one: raised.append(in_thread(lambda: act(*own)))) for one in orders
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert raised == [None, None]
        with postgresql_store.reading() as connection:
            assert connection.execute(text("SELECT times FROM two")).scalars().all() == [2, 2]

    def test_what_is_read_is_of_one_moment(self, postgresql_store) -> None:
        count = text("SELECT count(*) FROM agency")
        with postgresql_store.reading() as connection:
            before = connection.scalar(count)
            with postgresql_store.writing(REGISTRY) as other:
                other.execute(text("INSERT INTO agency (code, name, short_name, block) VALUES ('N', 'N', 'N', 'b')"))
            assert connection.scalar(count) == before


@pytest.fixture
def postgresql_store(request):
    """Yield a store on PostgreSQL."""
    opened = open_store(request.getfixturevalue("postgresql_url"))
    yield opened
    opened.close()


def test_a_constraint_is_told_as_somebody_elses_change(store, sample_registry) -> None:
    with store.reading() as connection:
        code = connection.scalar(text("SELECT code FROM agency LIMIT 1"))
    with pytest.raises(ChangedMeanwhileError), store.writing(REGISTRY) as connection:
        connection.execute(
            text("INSERT INTO agency (code, name, short_name, block) VALUES (:code, 'x', 'x', 'x')"), {"code": code}
        )


def test_a_fault_of_ours_stays_a_fault(store) -> None:
    with pytest.raises(Exception, match=r"(?i)not.null") as raised, store.writing(REGISTRY) as connection:
        connection.execute(text("INSERT INTO agency (code) VALUES ('x')"))
    assert not isinstance(raised.value, ChangedMeanwhileError)


def test_a_long_hold_keeps_its_like_out_and_nobody_else(store) -> None:
    with store.holding(PUBLICATION.of("r1")) as held:
        for other in (PUBLICATION.of("r2"), SETTLING):
            with store.holding(other, seconds=0.1):
                pass
        assert in_thread(lambda: write(store, held, REGISTRY)) is None
        began = time.monotonic()
        refused = in_thread(lambda: store.holding(PUBLICATION.of("r1"), seconds=0.2).__enter__())
        assert isinstance(refused, BusyError)
        assert time.monotonic() - began < 10
        assert "publication of round r1" in str(refused)
    with store.holding(PUBLICATION.of("r1"), seconds=0.1):
        pass


def test_a_hold_ends_with_its_process(store, database_url) -> None:
    program = (
        "import sys\nfrom survey.store.engine import open_store\nfrom survey.store.subjects import SETTLING\n"
        f"with open_store({database_url!r}).holding(SETTLING):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), store.holding(SETTLING, seconds=0.2):
            pass
        process.kill()
        process.wait()
        with store.holding(SETTLING, seconds=10):
            pass


def test_an_act_is_tried_three_times_and_no_more() -> None:
    tries = []

    @tried_again
    def act() -> None:
        tries.append(1)
        raise BusyError("thử")

    with pytest.raises(BusyError):
        act()
    assert len(tries) == TRIES == 3
