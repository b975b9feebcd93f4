"""Packs: responses to make them of, the folder they are opened in, and the runs of their scripts."""

import csv
import io
import secrets
import shutil
import subprocess
import sys
import zipfile
from random import Random

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.exports.pack import pack_file
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from tests.conftest import need

POINTS = ("P2MCN3E", "UED34VN", "L4E3SZF")
TODAY = today_in_vietnam()


def answer(store, service_point, *, times, seed=1, round_code="r1"):
    """Store responses with some items without an answer and some not applicable."""
    random = Random(seed)
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        point = find_point(connection, service_point)
    instrument = load_instrument(survey_round.instrument)
    rows = [
        NewResponse(
            secrets.token_bytes(16), round_id, point.id, Mode.QR, survey_round.opens, None, record(instrument, random)
        )
        for _ in range(times)
    ]
    save_responses(store, rows)


def record(instrument, random):
    asked = [one for one in instrument.questions if not one.multiple and random.random() < 0.85]
    return AnswerRecord.pack(instrument, {one.code: random.choice(one.symbols) for one in asked})


def unpacked(store, folder, round_code="r1"):
    """Make a pack and return the folder it was opened in."""
    with zipfile.ZipFile(io.BytesIO(pack_file(store, round_code).data)) as archive:
        archive.extractall(folder)
    return folder


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def run_python(folder):
    ran = subprocess.run([sys.executable, folder / "reproduce.py"], check=False, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


def run_r(folder):
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian package r-base-core)", "oracle")
    # Base R and no locale at all: what the barest machine has.
    settings = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    ran = subprocess.run(
        [program, "--vanilla", folder / "reproduce.R"], check=False, capture_output=True, text=True, env=settings
    )
    return ran.returncode, ran.stdout + ran.stderr
