"""Which codes of the second factor count, how often, and how guessing is stopped."""

import re
import time
from collections.abc import Iterator

import pytest
import time_machine
from sqlalchemy import func, select

from survey.operations.staff.accounts import add_staff
from survey.store.staff.tables import used_step
from survey.store.subjects import ADDED
from tests.integration.staff.door import sign_in
from tests.integration.staff.second_lock import admitted, beginning_of_a_step, change, signed_in_again
from tests.sign_in import PASSWORD, code_of, give_code, set_up_second_factor


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_step() -> Iterator[None]:
    """Turn the clock back to where a step of 30 seconds begins, so that a test ends in the same one."""
    with time_machine.travel(beginning_of_a_step(), tick=True):
        yield


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 303), (0, 303), (1, 303), (2, 403)])
def test_a_telephone_may_be_one_step_off(store, at_the_code, secret, steps, status) -> None:
    with store.writing(ADDED) as connection:
        connection.execute(used_step.delete())
    assert give_code(at_the_code, code_of(secret, steps=steps)).status_code == status
    assert admitted(at_the_code) is (status == 303)


def test_a_code_counts_once(app, store, at_the_code, secret) -> None:
    used = give_code(at_the_code, code_of(secret))
    assert (used.status_code, "đã được dùng" in used.text) == (403, True)
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303
    third = app.test_client()
    sign_in(third, PASSWORD)
    assert give_code(third, code_of(secret, steps=1)).status_code == 403


def test_a_wrong_code_tells_the_time_of_the_server(at_the_code, secret) -> None:
    wrong = give_code(at_the_code, code_of(secret, steps=7))
    assert wrong.status_code == 403
    assert re.search(r"giờ của máy chủ là \d\d:\d\d:\d\d", wrong.text)


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}\u00a0{1} ", "{0}{1}\n"])
def test_a_code_may_be_typed_in_groups(at_the_code, secret, typed) -> None:
    code = code_of(secret, steps=1)
    assert give_code(at_the_code, typed.format(code[:3], code[3:])).status_code == 303


@pytest.mark.parametrize("typed", ["abcdef", "12345", "1234567", "12345a", "١٢٣٤٥٦", "１２３４５６", "", "0" * 10_000])
def test_what_is_no_code_is_refused_before_it_counts_as_a_guess(at_the_code, secret, typed) -> None:
    for _ in range(6):
        refused = give_code(at_the_code, typed)
        assert refused.status_code == 400
    assert ("6 chữ số" if typed else "Hãy điền ô này") in refused.text
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303


def test_after_five_wrong_codes_even_the_right_one_waits_and_the_password_does_not_help(app, at_the_code, secret):
    wrong = code_of(secret, steps=9)
    assert [give_code(at_the_code, wrong).status_code for _ in range(5)] == [403] * 5
    right = code_of(secret, steps=1)
    refused = give_code(at_the_code, right)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    other = app.test_client()
    sign_in(other, PASSWORD)
    assert give_code(other, right).status_code == 429


def test_wrong_codes_count_for_the_network_too(app, at_the_code, secret) -> None:
    for number in range(28):
        assert sign_in(app.test_client(), "sai", username=f"name{number}").status_code == 403
    wrong = code_of(secret, steps=9)
    assert [give_code(at_the_code, wrong).status_code for _ in range(3)] == [403, 403, 429]


def test_a_clock_that_was_a_day_ahead_and_is_put_right_locks_nobody_out(app, store, client) -> None:
    now = time.time()
    with time_machine.travel(now + 86_400, tick=True):
        sign_in(client, one_time := add_staff(store, "lan"))
        change(client, one_time)
        secret = set_up_second_factor(client)
        early = code_of(secret, steps=1)
        assert give_code(signed_in_again(app), early).status_code == 303
    for steps in (0, 1):
        other = signed_in_again(app)
        assert give_code(other, code_of(secret, steps=steps)).status_code == 303
        assert admitted(other)
        assert give_code(signed_in_again(app), code_of(secret, steps=steps)).status_code == 403, "counts once"
    # A day later the clock comes to the steps of then: what was used stays used.
    with time_machine.travel(now + 86_400, tick=True):
        late = signed_in_again(app)
        assert code_of(secret, steps=1) == early
        assert give_code(late, early).status_code == 403
        assert give_code(late, code_of(secret, steps=-1)).status_code == 303


def test_an_older_code_that_was_not_used_still_counts(app, at_the_code, secret) -> None:
    assert give_code(at_the_code, code_of(secret, steps=1)).status_code == 303
    assert give_code(signed_in_again(app), code_of(secret, steps=-1)).status_code == 303


def test_used_steps_are_forgotten_after_35_days(app, store, at_the_code, secret) -> None:
    def steps() -> int:
        with store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(used_step))

    give_code(at_the_code, code_of(secret, steps=1))
    assert steps() == 2, "the one of the set-up and this one"
    now = time.time()
    # On the 34th day the two of today are there beside the new one, on the 36th only the one of the 34th.
    for days, there in ((34, 3), (36, 2)):
        with time_machine.travel(now + days * 86_400, tick=True):
            assert give_code(signed_in_again(app), code_of(secret)).status_code == 303
            assert steps() == there
