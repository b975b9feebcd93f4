"""People who come to the studio, and the programs that read its paper."""

import shutil

import pytest

from survey.operations.staff.rights import Role
from tests.conftest import need
from tests.integration.posters.sheets import Paper
from tests.integration.posters.studio import WARD
from tests.sign_in import admit


@pytest.fixture
def administrator(client, store, sample_registry):
    """Return a client signed in as administrator."""
    admit(client, store)
    return client


@pytest.fixture
def clerk(client, store, sample_registry):
    """Return a client signed in as clerk of the ward."""
    admit(client, store, "mai", Role.CLERK, WARD)
    return client


@pytest.fixture
def manager(client, store, round_of_2023_form):
    """Return a client signed in as manager of the ward, while a round is open."""
    admit(client, store, "hoa", Role.MANAGER, WARD)
    return client


@pytest.fixture
def paper(tmp_path):
    """Return a function that runs one of the programs on a file of a fresh folder."""
    missing = [program for program in ("pdftoppm", "pdftotext", "zbarimg") if not shutil.which(program)]
    if missing:
        need(f"{', '.join(missing)} (Debian packages poppler-utils, zbar-tools)", "paper")
    return Paper(tmp_path)
