"""A pack of a province with days, weeks and several counters: ranges and ranks come out of it, days do not."""

import csv
import io
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from survey.analysis.weights.replicates import LEAST_DAYS, LEAST_RESPONSES, SCALE
from survey.instrument import load_instrument
from survey.instrument.model import NO_ANSWER
from survey.operations.exports.files import StoredRows
from survey.operations.exports.pack import pack_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.rounds.visit_files import import_visits
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from tests.beginnings import beginning
from tests.conftest import need
from tests.integration.exports.packs import run_r

pytestmark = pytest.mark.slow

# A day for good: on another day of the week the seed below would draw other moods.
TODAY = date(2026, 11, 25)
OPENS = TODAY - timedelta(days=75)
# Responses of each agency: many, a few more than ten, fewer than ten; and two blocks.
SIZES = {"A": 260, "B": 190, "C": 150, "D": 120, "E": 90, "F": 60, "G": 45, "H": 25, "I": 14, "J": 5, "K": 300}
AGENCIES = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n" + "".join(
    f"{code},Cơ quan {code},{code},{'Sở' if code < 'H' else 'Xã'},,,,\n" for code in SIZES
)
POINTS = "agency_code,name,code,valid_from,valid_to\n" + "".join(
    f"{code},Quầy {number},,,\n" for code in SIZES for number in range(1 + (SIZES[code] > 100))
)
MODES = (Mode.QR, Mode.QR, Mode.QR, Mode.KIOSK, Mode.PAPER)


@beginning(params=["sipas-2023", "sipas-2022"])
def province(store, instrument_code):
    """Answer on fifty days at counters whose days and weeks differ, and publish."""
    with TemporaryDirectory() as registry:
        (Path(registry) / "agencies.csv").write_text(AGENCIES, encoding="utf-8")
        (Path(registry) / "service_points.csv").write_text(POINTS, encoding="utf-8")
        import_registry(store, Path(registry))
    closes = TODAY + timedelta(days=5)
    open_round(store, NewRound(code="r1", title="Đợt 1", instrument=instrument_code, opens=OPENS, closes=closes))
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, "r1")
        points = sorted(list_points(connection), key=lambda one: one.point.name + one.point.agency_code)
    instrument, random = load_instrument(survey_round.instrument), Random(20261130)
    responses = []
    for code, size in SIZES.items():
        own, quality = [one for one in points if one.point.agency_code == code], random.gauss(0.3, 0.4)
        moods = defaultdict(lambda: random.gauss(0, 0.5))
        for _ in range(size):
            point, day = random.choice(own), OPENS + timedelta(days=random.choice(range(0, 70, 1 + (size < 100))))
            mood = quality + moods[day] + moods[point.id, day.isocalendar().week] + random.gauss(0, 0.8)
            packed = AnswerRecord.pack(instrument, answers(instrument, random, mood))
            mode = random.choice(MODES)
            responses.append(NewResponse(secrets.token_bytes(16), round_id, point.id, mode, day, None, packed))
    save_responses(store, responses)
    publish_run(store, "r1", today=TODAY)


def answers(instrument, random, mood):
    found = {}
    for one in instrument.questions:
        if one.multiple or random.random() > 0.9:
            continue
        at_best = len(one.options) - 1
        felt = round(at_best * 0.75 + mood + random.gauss(0, 0.6))
        found[one.code] = one.options[min(max(felt, 0), at_best)].symbol
    return found


def unpacked(store, folder):
    with zipfile.ZipFile(io.BytesIO(pack_file(store, "r1").data)) as archive:
        archive.extractall(folder)
    return folder


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def run_python(folder):
    ran = subprocess.run([sys.executable, folder / "reproduce.py"], check=False, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


RUNS = [run_python, pytest.param(run_r, marks=pytest.mark.oracle)]


def told(output):
    return {name: float(value) for name, value in (line.split(":") for line in output.splitlines())}


@pytest.mark.parametrize("run", RUNS)
def test_standard_errors_ranges_and_ranks_come_out_of_the_scripts(province, tmp_path, run):
    folder = unpacked(province, tmp_path / "pack")
    status, output = run(folder)
    assert status == 0, output
    found, indices = told(output), rows(folder / "indices.csv")
    assert found["ranges compared"] == sum(row["se"] != "" for row in indices) >= 50
    assert all(found[f"largest difference of {name}"] < 1e-9 for name in ("se", "low", "upp"))
    ranked = [row for row in indices if row["rank"]]
    assert found["ranks compared"] == len(ranked) >= 7
    assert found["ranks that differ"] == 0
    # A quantile of 1,999 draws against one of 9,999.
    assert 0 < found["largest difference of critical values, per cent"] < 10
    # The replicates of agencies are stretched to the published standard error.
    assert found["replicate errors compared"] >= 5
    assert found["smallest replicate error over published"] > 0.97
    assert found["largest replicate error over published"] < 1.03


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("table", "column"), [("indices", "se"), ("indices", "upp"), ("ranks", "rank_upp")])
def test_a_range_or_a_rank_that_is_not_so_is_noticed(province, tmp_path, run, table, column):
    folder = unpacked(province, tmp_path / "pack")
    path = folder / f"{table}.csv"
    found = rows(path)
    place = next(number for number, row in enumerate(found) if row[column])
    found[place][column] = str(float(found[place][column]) + 1).removesuffix(".0")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    assert run(folder)[0] == 1


def test_a_class_says_no_more_than_month_and_mode_but_of_ten_responses_of_two_days(province, tmp_path):
    folder = unpacked(province, tmp_path / "pack")
    packed = rows(folder / "responses.csv")
    with province.reading() as connection:
        instrument = load_instrument(find_round(connection, "r1")[1].instrument)
        stored = list(StoredRows(connection, "r1").dated())
    items = [question for question in instrument.questions if question.kind == "item"]
    whole, parted, days = Counter(), Counter(), defaultdict(set)
    # The rows of a pack stand in the order of the random keys, as they are read.
    for row, (day, (*group, record)) in zip(packed, stored, strict=True):
        assert [row["month"], row["agency_code"], row["mode"]] == group
        assert all(row[one.code] == record[one.positions[0]].replace(NO_ANSWER, "") for one in items)
        whole[tuple(group)] += 1
        parted[tuple(group), row["replicate_class"]] += 1
        days[tuple(group), row["replicate_class"]].add(day)
    for (group, own_class), count in parted.items():
        every = count == whole[group]
        assert every or (count >= LEAST_RESPONSES and len(days[group, own_class]) >= LEAST_DAYS)
    assert len({name for _, name in parted}) > 20


def test_no_file_of_a_pack_names_a_day_or_a_service_point(province, tmp_path):
    folder = unpacked(province, tmp_path / "pack")
    with province.reading() as connection:
        points = [one.point.code for one in list_points(connection)]
    days = [f"{OPENS + timedelta(days=day):{form}}" for day in range(71) for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")]
    texts = [path.read_text("utf-8") for path in folder.iterdir() if path.suffix == ".csv"]
    assert len(texts) >= 10
    assert [name for name in (*days, *points) for text in texts if name in text] == []


R_SURVEY = """
suppressPackageStartupMessages(library(survey))
responses <- read.csv("responses.csv", fileEncoding = "UTF-8-BOM")
weights <- read.csv("replicate_weights.csv", fileEncoding = "UTF-8-BOM")
book <- read.csv("codebook.csv", fileEncoding = "UTF-8-BOM")
items <- unique(book$variable[!is.na(book$worth)])
marks <- sapply(responses[items], function(column) suppressWarnings(as.numeric(column)))
data <- data.frame(replicate_class = responses$replicate_class, agency = responses$agency_code,
                   weight = responses$weight, n = rowSums(!is.na(marks)), y = rowSums(marks, na.rm = TRUE))
data <- merge(data, weights[c("replicate_class", grep("^rep_[0-9]", names(weights), value = TRUE))])
design <- svrepdesign(data = data, weights = ~weight, repweights = "rep_[0-9]+", type = "other", scale = SCALE,
                      rscales = rep(1, 80), combined.weights = TRUE, mse = TRUE)
options(digits = 15)
for (AGENCY in c("A", "B", "C", "K")) {
  own <- svyratio(~y, ~n, subset(design, data$agency == AGENCY))
  cat(AGENCY, 20 * coef(own), 20 * SE(own), "\\n")
}
"""


@pytest.mark.oracle
def test_the_package_survey_reads_the_weights_as_the_readme_says(province, tmp_path):
    program = shutil.which("Rscript")
    present = "quit(status = !requireNamespace('survey', quietly = TRUE))"
    if program is None or subprocess.run([program, "-e", present], check=False, capture_output=True).returncode:
        need("Rscript with the package survey (Debian package r-cran-survey)", "oracle")
    folder = unpacked(province, tmp_path / "pack")
    readme = " ".join((folder / "README.txt").read_text("utf-8").split())
    assert 'repweights = "rep_[0-9]+", type = "other", scale = 98.75, rscales = rep(1, 80)' in readme
    script = R_SURVEY.replace("SCALE", str(SCALE))
    ran = subprocess.run([program, "-e", script], cwd=folder, check=True, capture_output=True, text=True)
    found = {code: (float(value), float(error)) for code, value, error in map(str.split, ran.stdout.splitlines())}
    published = PublishedRuns(province).latest("r1")
    for code, (value, error) in found.items():
        (row,) = (row for row in published.analysis.rows_of(code) if row.part == "overall")
        assert value == pytest.approx(row.level, rel=1e-9)
        if row.level == row.index:
            assert error == pytest.approx(row.estimate.se, rel=0.03)
    assert len(found) == 4


VISITS = "agency_code,from,to,visits\n"


@pytest.mark.parametrize("counted", ["all", "not all"])
def test_a_response_weighs_the_visits_of_its_agency_where_all_are_known(province, tmp_path, counted):
    codes = [code for code in SIZES if counted == "all" or code != "C"]
    period = f"{OPENS},{OPENS + timedelta(days=80)}"
    lines = "".join(f"{code},{period},{1000 + 7 * place}\n" for place, code in enumerate(codes))
    import_visits(province, (VISITS + lines).encode(), name="visits.csv")
    folder = unpacked(province, tmp_path / "pack")
    found = {row["agency_code"]: float(row["weight"]) for row in rows(folder / "responses.csv")}
    expected = {code: (1000 + 7 * place) / SIZES[code] for place, code in enumerate(codes)}
    assert found == (pytest.approx(expected) if counted == "all" else dict.fromkeys(SIZES, 1.0))
    (label,) = {row["label_en"] for row in rows(folder / "codebook.csv") if row["variable"] == "weight"}
    assert label.startswith("Weight: visits of the agency" if counted == "all" else "Weight: all responses alike")
    # An agency's own figures stay what they are.
    status, output = run_python(folder)
    assert status == 0, output


def test_replicate_weights_by_hand(province, tmp_path):
    folder = unpacked(province, tmp_path / "pack")
    weights = {row["replicate_class"]: row for row in rows(folder / "replicate_weights.csv")}
    packed, published = rows(folder / "responses.csv"), PublishedRuns(province).latest("r1")
    items = [row["variable"] for row in rows(folder / "codebook.csv") if row["worth"] == "5"]
    mine = [row for row in packed if row["agency_code"] == "A"]
    figures = [level(mine, items, [float(row["weight"]) for row in mine])]
    for number in range(1, 81):
        figures.append(level(mine, items, [float(weights[row["replicate_class"]][f"rep_{number:02}"]) for row in mine]))
    (row,) = (row for row in published.analysis.rows_of("A") if row.part == "overall")
    if row.level == row.index:
        assert figures[0] == pytest.approx(row.index, rel=1e-12)
        error = (SCALE * sum((one - figures[0]) ** 2 for one in figures[1:])) ** 0.5
        assert error == pytest.approx(row.estimate.se, rel=0.03)
    assert min(float(row[name]) for row in weights.values() for name in row if name.startswith("rep_")) > 0
    assert {row["weight"] for row in packed} == {"1"}


def level(responses, items, weights):
    n = y = 0.0
    for row, weight in zip(responses, weights, strict=True):
        given = [int(row[item]) for item in items if row[item] not in ("", "N")]
        n, y = n + weight * len(given), y + weight * sum(given)
    return 100 * y / (5 * n)
