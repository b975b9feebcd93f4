"""A clock that can be moved through a round, and somebody who brings in a registry."""

import io
from types import SimpleNamespace

import pytest

from survey.operations.cache import Kept
from survey.operations.rounds.rounds import NewRound, open_round
from survey.services import EXTENSION
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from tests.integration.registry.merging import DAY, OPENS, morning_of
from tests.integration.registry.spreadsheets import IMPORT
from tests.sign_in import admit, token_of


@pytest.fixture
def clock(app):
    """Yield a clock that stands at nine in the morning of the round's first day, and can be moved."""
    time_machine = pytest.importorskip("time_machine", reason="time-machine moves the clock")
    # Two seconds of real time say nothing about days that pass in a moment.
    invitations = app.extensions[EXTENSION].invitations
    invitations._kept, invitations._rounds = Kept(1, seconds=0.0), Kept(1, seconds=0.0)
    with time_machine.travel(morning_of(OPENS), tick=True) as moved:
        yield moved


@pytest.fixture
def in_round(clock, store, sample_registry):
    """Open a round of thirty days."""
    open_round(store, NewRound("r1", "Đợt r1", "sipas-2023", opens=OPENS, closes=OPENS + 30 * DAY))


@pytest.fixture
def desk(client, store, sample_registry, tmp_path):
    """Return somebody who may import, with what there is to look at."""
    admit(client, store)

    def upload(agencies=None, points=None, name="bang.xlsx"):
        given = {"agencies": agencies, "points": points}
        files = {part: (io.BytesIO(data), name) for part, data in given.items() if data is not None}
        return client.post(IMPORT, data={"token": token_of(client, IMPORT), **files})

    def registry():
        with store.reading() as connection:
            return (
                {one.code: one for one in list_agencies(connection).values()},
                {one.point.code: one.point for one in list_points(connection)},
            )

    uploads = tmp_path / "instance" / "uploads"
    return SimpleNamespace(client=client, store=store, upload=upload, registry=registry, folder=uploads)
