"""Databases that were answered at a hall, and people who key paper."""

import re
from contextlib import redirect_stderr
from datetime import datetime, time, timedelta
from io import StringIO
from random import Random

import pytest

from survey.app import create_app
from survey.operations.clock import VIETNAM, now_in_vietnam, today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.operations.staff.rights import Role
from survey.responses import HalfDay, SubmissionKey
from survey.store import schema
from survey.store.collecting.settling import settle
from survey.store.engine import open_store
from tests.conftest import EXAMPLES, open_sample_round
from tests.integration.collecting.hall import (
    EACH_COMPLAINS,
    HALF_DAYS,
    IN_HALF_DAY,
    ITEMS,
    LATE,
    POINTS,
    TOKEN,
    WATCHED,
    Complaint,
    Hall,
    Seen,
    Sent,
)
from tests.integration.collecting.keying import AGENCY
from tests.integration.collecting.traces import case_traces, traces
from tests.sign_in import admit
from tests.turns import wait_for_room

TODAY = today_in_vietnam()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def hall(request, tmp_path_factory):
    """Send 3,000 answers over four days, settling each night, and a few that waited on phones till the end."""
    folder = tmp_path_factory.mktemp("linking")
    environment = {
        "HAI_LONG_INSTANCE": str(folder),
        "DATABASE_URL": _new_database(request) if request.param == "postgresql" else "",
        "SURVEY_OWNER": "Sở Nội vụ",
        "FLOOD_PER_MINUTE": "1000000",
        "FEEDBACK_PER_MINUTE": "1000000",
        "ANSWERS_PER_HOUR": "1000000",
        "ANSWERS_PER_DAY": "1000000",
        "PUBLIC_URL": "",
        **WATCHED,
    }
    store = create_app(environment).extensions["hai-long"].store
    schema.upgrade(store)
    import_registry(store, EXAMPLES)
    open_sample_round(store, "r1", "sipas-2023")
    store.close()
    # The clock goes from evening to evening, as it does for people: answers count on days that were three days ago.
    time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
    with time_machine.travel(_evening(0), tick=True) as clock:
        made = _answered(create_app(environment), clock, folder)
    yield made
    made.store.close()


def _answered(app, clock, folder):
    """Let the citizens answer, and return what they and others saw."""
    store, looking = app.extensions["hai-long"].store, app.test_client()
    complaints: list[Complaint] = []
    citizens, counts, written = _citizens(app, clock, complaints), [], StringIO()
    wait_for_room(60, within=900)
    with redirect_stderr(written):
        sent = []
        for _ in range(IN_HALF_DAY):
            sent.append(next(citizens))
            counts.append(looking.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
    seen = Seen(written.getvalue(), tuple(counts))
    early = (traces(store, "response"), traces(store, "comment_inbox"), case_traces(store))
    sent += [next(citizens) for _ in range(IN_HALF_DAY)]
    settle(store, _half_day(2))
    for half_day in range(2, HALF_DAYS, 2):
        sent += [next(citizens) for _ in range(2 * IN_HALF_DAY)]
        settle(store, _half_day(half_day + 2))
    sent += citizens
    settle(store, _half_day(HALF_DAYS))
    return Hall(store, folder, tuple(sent), tuple(complaints), early, seen)


def _new_database(request):
    address, template = request.getfixturevalue("postgresql"), request.getfixturevalue("postgresql_template")
    admin = open_store(address.format(name="postgres"))
    with admin.outside_transaction() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE linking TEMPLATE {template}")
    admin.close()
    return address.format(name="linking")


def _half_day(number):
    return TODAY - timedelta(days=6 - number // 2), list(HalfDay)[number % 2]


def _evening(half_day):
    """Return the end of the day of a half-day, when all that is given on it can have been sent."""
    return datetime.combine(_half_day(half_day)[0], time(20), VIETNAM)


def _citizens(app, clock, complaints):
    """Yield what 3,000 citizens sent, one by one; the last ones' phones had no network for up to three days."""
    random, client, tokens = Random(20), app.test_client(), app.extensions["hai-long"].tokens
    half_days = [number for number in range(HALF_DAYS) for _ in range(IN_HALF_DAY)] + list(range(HALF_DAYS)) * LATE
    for number, half_day in enumerate(half_days):
        point, (day, half) = random.choice(POINTS), _half_day(half_day)
        answers = {item: random.choice("12345") for item in ITEMS}
        key = SubmissionKey(random.randbytes(16))
        form = {
            **answers,
            "comment": f"Ý kiến thứ {number}",
            "key": key.secret.hex(),
            "given": f"{day}{half}",
            "token": tokens.make(point, day, key=key),
        }
        if half_day and number < HALF_DAYS * IN_HALF_DAY:
            clock.move_to(max(now_in_vietnam(), _evening(half_day)))
        reply = client.post(f"/K/{point}", data=form, headers={"Accept": "application/json"})
        assert reply.status_code == 201, reply.text
        record = "".join(answers.values()) + "." * 8
        if number % EACH_COMPLAINS == 0:
            complaints.append(_complain(app, client, number, point))
        yield Sent(key, half_day, point, record, reply.json["receipt"])


def _complain(app, client, number, point):
    """Send a complaint about the agency of a service point and return what its sender holds."""
    made, text = app.extensions["hai-long"], f"Phản ánh thứ {number:05} về một quầy"
    token = made.tokens.make("feedback", today_in_vietnam())
    agency, key = made.invitations.find(point).agency.code, made.tokens.read("feedback", token).key.secret
    form = {"agency": agency, "kind": "complaint", "text": text, "contact": f"Tổ {number}", "token": token}
    page = client.post("/feedback", data=form)
    assert page.status_code == 201, page.text
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", page.text)
    return Complaint(number, key, code.encode(), secret, text)


@pytest.fixture
def clerk(client, store, round_of_2023_form):
    """Return a client signed in as a clerk of ward Đông Kinh."""
    admit(client, store, "hoa", Role.CLERK, AGENCY)
    return client
