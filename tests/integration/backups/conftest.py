"""A sealed round with its final publication, backed up."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from survey.operations.backups.making import make_backup
from survey.operations.publishing.publishing import publish_run
from survey.settings import Settings
from survey.store.engine import Store
from tests.integration.backups.drills import PASSPHRASE, new_database, settings_of
from tests.integration.results.answered_rounds import add_responses, sealed_day


@dataclass(frozen=True, slots=True)
class Drill:
    """What was backed up and where it may go: the settings of the source and of an empty target."""

    store: Store
    settings: Settings
    file: Path
    empty: Settings


@pytest.fixture
def published(store, round_of_2023_form):
    """Give a round 200 responses and its final publication."""
    add_responses(store, 200, seed=4)
    publish_run(store, "r1", today=sealed_day(store), final=True)
    return store


@pytest.fixture
def drill(published, database_url, tmp_path):
    """Make a backup, and an empty place to restore it into."""
    settings, file = settings_of(database_url, tmp_path / "instance"), tmp_path / "b.hailong"
    make_backup(published, settings, file, passphrase=PASSPHRASE)
    (tmp_path / "new").mkdir()
    empty = settings_of(new_database(database_url, tmp_path / "new"), tmp_path / "new" / "instance")
    return Drill(published, settings, file, empty)
