"""Stored responses through the commands, by a declared design and with given margins, against R's survey package."""

import csv
import io
import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from survey.fieldwork import SamplingBasis
from survey.operations.collecting.responses import import_responses
from survey.operations.rounds.rounds import NewRound, open_round
from tests.conftest import need

FOLDER = Path(__file__).parent
AGENCIES = ("STC", "TTPVHCC", "P-DONGKINH", "P-KYLUA")
PARTS = ("access", "procedures", "officials", "outcome", "feedback", "overall")
Golden = dict[tuple[str, str, str], tuple[float, ...]]


def read_golden(text: str) -> Golden:
    """Return R's numbers by case, agency ("" for everybody) and part."""
    return {
        (row["case"], row["domain"], row["part"]): tuple(
            float(row[name]) for name in ("value", "se", "design_effect") if row[name]
        )
        for row in csv.DictReader(io.StringIO(text))
    }


GOLDEN = read_golden((FOLDER / "door.csv").read_text(encoding="ascii"))


@pytest.fixture
def door(app, store, sample_registry):
    """Return a function that stores the responses in a round of a basis, and one that runs a command as JSON."""

    def begin(basis):
        days = date(2026, 3, 1), date(2026, 3, 31)
        open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *days, profile=True, basis=basis))
        data = (FOLDER / "door-responses.csv").read_bytes()
        assert import_responses(store, data, name="x.csv", round_code="r1", today=days[1]).rows == 160

    def run(*words):
        done = app.test_cli_runner().invoke(args=[*words])
        assert done.exit_code == 0, done.output
        return done.stdout

    return begin, run


def file(name):
    return str(FOLDER / f"door-{name}.csv")


def near(found, case, agency, part, tolerance):
    """Compare a row with R's numbers, as many as it has."""
    wanted = GOLDEN[case, agency, part]
    assert tuple(found[: len(wanted)]) == pytest.approx(wanted, rel=tolerance), (case, agency, part)


def figures(told, name="dimension"):
    """Return the rows of a command by agency and part."""
    return {(row.get("agency_code", ""), row[name]): row for row in told["rows"]}


@pytest.mark.parametrize("name", ["design", "days"])
def test_a_declared_design_gives_the_figures_errors_and_design_effects_of_r(door, name):
    begin, run = door
    begin(SamplingBasis.PROBABILITY)
    run("round", "design", file(name), "--round", "r1")
    case, rows = {"design": "people", "days": "days"}[name], {}
    for by in ("dimension", "agency,dimension"):
        asked = ("index", "compute", "--round", "r1", "--weights", "design", "--by", by, "--format", "json")
        rows |= figures(json.loads(run(*asked)))
    for agency in ("", *AGENCIES):
        for part in PARTS:
            row = rows[agency, part]
            near([row[one] for one in ("index", "se", "design_effect")], case, agency, part, 1e-10)
            assert row["percent_satisfied"] == pytest.approx(GOLDEN[f"{case}_satisfied", agency, part][0], rel=1e-10)


def weigh(run, margins, *words, by="dimension"):
    asked = ("index", "weigh", file(margins), "--round", "r1", "--leave-out", "--by", by, "--format", "json")
    return json.loads(run(*asked, *words))


@pytest.mark.parametrize("margins", ["gender", "margins"])
def test_margins_over_people_who_chose_to_answer_give_the_two_way_errors_of_r(door, margins):
    begin, run = door
    begin(SamplingBasis.SELF_SELECTED)
    rows = {}
    for by in ("dimension", "agency,dimension"):
        told = weigh(run, margins, by=by)
        rows |= figures(told, "part")
    assert (told["range"], told["steps"][-1]["converged"]) == ("model_based", True)
    for agency in ("", *AGENCIES):
        for part in PARTS:
            row = rows[agency, part]
            near([row["index"], row["se"]], margins, agency, part, 1e-9)


def test_limits_give_the_weights_and_errors_of_newtons_method_in_r(door):
    begin, run = door
    begin(SamplingBasis.SELF_SELECTED)
    told = weigh(run, "margins", "--lower", "0.27", "--upper", "3")
    step = told["steps"][-1]
    assert [one["kind"] for one in told["steps"]] == ["base", "raked", "trimmed"]
    near([step["smallest"], step["largest"], step["effect"]], "trimmed_weights", "", "", 1e-9)
    assert step["trimmed"] > 0
    for part in PARTS:
        row = figures(told, "part")["", part]
        near([row["index"], row["se"]], "trimmed", "", part, 1e-9)


@pytest.mark.parametrize(
    ("design", "margins", "case"),
    [
        ("design", "gender", "drawn_gender"),
        ("design", "margins", "drawn_margins_people"),
        ("days", "margins", "drawn_margins_days"),
    ],
)
def test_margins_over_a_drawn_sample_begin_with_its_design(door, design, margins, case):
    begin, run = door
    begin(SamplingBasis.PROBABILITY)
    run("round", "design", file(design), "--round", "r1")
    told = weigh(run, margins)
    assert told["range"] == "confidence_interval"
    for part in PARTS:
        row = figures(told, "part")["", part]
        near([row["index"], row["se"]], case, "", part, 1e-9)


def test_the_file_of_r_holds_all_that_is_compared():
    # 2 designs × (level, satisfied), 2 margins without a design: 5 domains × 6 parts each; 4 more of 6; the limits.
    assert len(GOLDEN) == (4 + 2) * 30 + 4 * 6 + 1


@pytest.mark.oracle
def test_r_still_gives_the_numbers_kept_here():
    program = shutil.which("Rscript")
    if program is None:
        need("Rscript (Debian packages r-base-core, r-cran-survey)", "oracle")
    run = subprocess.run([program, "door.R"], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    again = read_golden(run.stdout)
    assert again.keys() == GOLDEN.keys()
    for key, numbers in GOLDEN.items():
        assert again[key] == pytest.approx(numbers, rel=1e-10)
