"""The sides of `scripts/bench analysis`: the same responses for each, a fresh process a run, the same figures."""

import csv
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, text

from scripts.benches.application import REPOSITORY
from scripts.benches.databases import opened
from scripts.benches.simulated import INSTRUMENT, ROUND, fill
from survey.instrument import load_instrument

HERE = Path(__file__).parent
RESPONSES = """
    SELECT agency.code, response.service_point_id, response.day, response.answers
    FROM response
    JOIN service_point ON service_point.id = response.service_point_id
    JOIN agency ON agency.id = service_point.agency_id
"""
CLOSE, NOTHING = 1e-6, 1e-9

# Value and standard error in per cent, NaN where there is none, by agency and part.
Figures: TypeAlias = Mapping[tuple[str, str], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Ground:
    """The same responses as a database and as a file with the points of every item, a row for each response."""

    responses: int
    database: Path
    file: Path


@dataclass(frozen=True, slots=True)
class Side:
    """A program that estimates. `command` goes before what it reads; `reads_file` tells it reads the file."""

    name: str
    command: tuple[str, ...]
    reads_file: bool = False

    def words(self, ground: Ground, figures: Path) -> tuple[str, ...]:
        """Return the command line that reads `ground` and writes `figures`."""
        return (*self.command, str(ground.file if self.reads_file else ground.database), str(figures))


@dataclass(frozen=True, slots=True)
class Run:
    """One fresh process: seconds of reading, where it has a time of its own, and from there to the last estimate."""

    reading: float | None
    taken: float
    cpu: float
    process: float
    peak_megabytes: float


OURS = Side("ours", (sys.executable, "-m", "scripts.benches.analysis_ours", ROUND))
R = Side("R survey, svyby", ("Rscript", str(HERE / "analysis.R"), "svyby"), reads_file=True)
R_SPLIT = Side("R survey, split", ("Rscript", str(HERE / "analysis.R"), "split"), reads_file=True)
PANDAS = Side("pandas, long", (sys.executable, str(HERE / "analysis_pandas.py")))


def sides() -> tuple[Side, ...]:
    """Return the sides this machine can run, ours first."""
    program = shutil.which("Rscript")
    has_survey = program and subprocess.run((program, "-e", "library(survey)"), capture_output=True).returncode == 0
    return (OURS, R, R_SPLIT, PANDAS) if has_survey else (OURS, PANDAS)


def prepare(folder: Path, responses: int) -> Ground:
    """Make a database of so many simulated responses, and the file."""
    ground = Ground(responses, folder / f"{responses}.db", folder / f"{responses}.csv")
    with opened(f"sqlite:///{ground.database}") as store:
        fill(store, responses)
        with store.reading() as connection, ground.file.open("w", newline="") as file:
            file.writelines(_lines(connection))
    return ground


def _lines(connection: Connection) -> Iterator[str]:
    items = [question for question in load_instrument(INSTRUMENT).questions if question.kind == "item"]
    places = [item.positions[0] for item in items]
    yield ",".join(("agency", "point", "day", *(item.code for item in items))) + "\n"
    for agency, point, day, answers in connection.execute(text(RESPONSES)):
        points = (answers[place] if answers[place].isdigit() else "" for place in places)
        yield ",".join((agency, str(point), day, *points)) + "\n"


def run(side: Side, ground: Ground, figures: Path, *, limit: float) -> Run | None:
    """Return what a fresh process took; None when it was not done within `limit` seconds."""
    begun = time.perf_counter()
    words = side.words(ground, figures)
    try:
        said = subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=REPOSITORY, timeout=limit).stdout
    except subprocess.TimeoutExpired:
        return None
    return Run(**json.loads(said), process=time.perf_counter() - begun)


def read_figures(file: Path) -> Figures:
    """Return the figures a side wrote."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {(row["agency"], row["part"]): (float(row["value"]), float(row["se"] or "nan")) for row in rows}


def differences(ours: Figures, theirs: Figures) -> Iterator[str]:
    """Yield each figure that is not the same to a millionth of itself."""
    for key in sorted(ours.keys() | theirs.keys()):
        mine, other = (found.get(key, (math.inf, math.inf)) for found in (ours, theirs))
        if not all(map(_same, mine, other)):
            yield f"{' '.join(key)}: {mine} and {other}"


def _same(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=NOTHING)
