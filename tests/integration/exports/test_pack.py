"""The analyst's pack as an analyst gets it: opened, and its figures made again from its responses."""

import csv
import io
import secrets
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from datetime import timedelta
from random import Random

import pyreadstat
import pytest

from survey.errors import RoundError, UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.exports.files import LAYOUTS
from survey.operations.exports.pack import pack_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.reports.sheets import SHEET_LAYOUTS
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from tests.conftest import need

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

POINTS = ("P2MCN3E", "UED34VN", "L4E3SZF")
TABLES = ("indices", "responses", "replicate_weights", "variance", "codebook")
NAMES = {
    *("README.txt", "codebook.xml", "reproduce.R", "reproduce.py"),
    *(f"{table}.{ending}" for table in TABLES for ending in SHEET_LAYOUTS),
    *(f"{table}.{ending}" for table in TABLES[1:3] for ending in ("sav", "dta", "parquet")),
}
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


def command(app, *words):
    return app.test_cli_runner().invoke(args=["export", "write", "--round", "r1", *words])


@pytest.fixture
def answered(store, round_of_2023_form):
    """Answer at two counters often enough to be shown, and at a third not."""
    for times, point in zip((60, 25, 4), POINTS, strict=True):
        answer(store, point, times=times, seed=times)
    return store


def test_the_pack_holds_every_file_and_tells_no_time(answered):
    with zipfile.ZipFile(io.BytesIO(pack_file(answered, "r1").data)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == NAMES
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_equal_data_make_equal_files(answered):
    first, second = (zipfile.ZipFile(io.BytesIO(pack_file(answered, "r1").data)) for _ in range(2))
    assert [name for name in NAMES if first.read(name) != second.read(name)] == []


def test_withheld_figures_are_in_no_table_of_the_pack(answered, tmp_path):
    folder = unpacked(answered, tmp_path)
    agencies = {row["agency_code"] for row in rows(folder / "indices.csv") if row["responses"] != "0"}
    assert len(agencies) == 2
    assert min(int(row["responses"]) for row in rows(folder / "indices.csv")) >= 10
    assert len(rows(folder / "responses.csv")) == 60 + 25 + 4


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


RUNS = [run_python, pytest.param(run_r, marks=pytest.mark.oracle)]


def told(output):
    return {name: float(value) for name, value in (line.split(":") for line in output.splitlines())}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("instrument", ["sipas-2023", "sipas-2022", "sipas-2017"])
def test_the_scripts_make_the_published_table_again(store, sample_registry, tmp_path, run, instrument):
    opens = TODAY - timedelta(days=7)
    closes = opens + timedelta(days=30)
    open_round(store, NewRound(code="r1", title="Đợt 1", instrument=instrument, opens=opens, closes=closes))
    for times, point in zip((60, 25, 4), POINTS, strict=True):
        answer(store, point, times=times, seed=times)
    publish_run(store, "r1", today=TODAY)
    folder = unpacked(store, tmp_path)
    status, output = run(folder)
    assert status == 0, output
    found = told(output)
    assert found["largest difference"] < 1e-9
    # Two agencies are shown, each with five dimensions and the whole.
    assert found["figures compared"] == 2 * 6


@pytest.mark.parametrize("run", RUNS)
def test_the_scripts_tell_a_figure_that_the_responses_do_not_give(answered, tmp_path, run):
    folder = unpacked(answered, tmp_path)
    table = (folder / "indices.csv").read_text(encoding="utf-8")
    figure = next(row["index"] for row in rows(folder / "indices.csv") if row["index"])
    (folder / "indices.csv").write_text(table.replace(figure, str(float(figure) + 0.001), 1), encoding="utf-8")
    status, output = run(folder)
    assert status == 1
    assert told(output)["largest difference"] == pytest.approx(0.001, rel=1e-2)


@pytest.mark.parametrize("run", RUNS)
def test_the_scripts_know_the_other_ways_to_put_items_together(answered, tmp_path, run):
    folder = unpacked(answered, tmp_path)
    table = (folder / "indices.csv").read_text(encoding="utf-8")
    ours = {}
    for aggregation in ("P2", "P3"):
        (folder / "indices.csv").write_text(table.replace("L1+P1", f"L1+{aggregation}"), encoding="utf-8")
        ours[aggregation] = told(run(folder)[1])["largest difference"]
    assert ours == pytest.approx(differences_by_hand(folder), rel=1e-2)


def differences_by_hand(folder):
    """Return by how much P2 and P3 differ from P1 at most, computed here from responses.csv once more."""
    items = {row["variable"]: row["dimension"] for row in rows(folder / "codebook.csv") if row["worth"]}
    found = {"P2": 0.0, "P3": 0.0}
    for row in rows(folder / "indices.csv"):
        mine = [item for item, dimension in items.items() if row["dimension"] in ("overall", dimension)]
        given = [one for one in rows(folder / "responses.csv") if one["agency_code"] == row["agency_code"]]
        if not row["index"]:
            continue
        for name, key in (("P2", lambda item: item), ("P3", items.get)):
            scores = {}
            for item in mine:
                scores.setdefault(key(item), []).extend(int(one[item]) for one in given if one[item] in tuple("12345"))
            means = [20 * sum(some) / len(some) for some in scores.values() if some]
            found[name] = max(found[name], abs(sum(means) / len(means) - float(row["index"])))
    return found


def test_the_readme_names_the_publication_the_figures_are_of(answered, tmp_path):
    publication = publish_run(answered, "r1", today=TODAY)
    made = pack_file(answered, "r1")
    text = (unpacked(answered, tmp_path) / "README.txt").read_text(encoding="utf-8")
    assert made.published
    assert f"Các chỉ số là của lần công bố thứ 1 của đợt, ngày {TODAY:%d/%m/%Y}." in text
    assert f"The indices are those of publication 1 of the round, of {TODAY:%d/%m/%Y}." in text
    assert publication.id in text
    assert (
        "điểm trung bình của các câu trả lời chia cho điểm cao nhất của thang đo, nhân 100; "
        "gộp tất cả câu trả lời" in text
    )
    assert "Số phiếu: 89" in text
    assert "Respondents took part of their own accord" in text
    described = {name for name in NAMES if name.endswith((".csv", ".xml", ".R", ".py", ".sav"))}
    assert all(f"\n{name}: " in text for name in described if not name.endswith(".vi.csv"))
    assert "\n*.vi.csv, *.xlsx: " in text


def test_responses_after_the_publication_make_a_new_count_that_says_so(answered, tmp_path):
    publication = publish_run(answered, "r1", today=TODAY)
    answer(answered, POINTS[0], times=1)
    made = pack_file(answered, "r1")
    folder = unpacked(answered, tmp_path)
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert not made.published
    assert f"có phiếu đến sau lần công bố thứ 1 của đợt, ngày {TODAY:%d/%m/%Y} (mã kết quả {publication.id})" in text
    assert f"responses came after publication 1 of the round, of {TODAY:%d/%m/%Y}" in text
    assert run_python(folder)[0] == 0


def test_an_unpublished_round_says_so(answered, tmp_path):
    text = (unpacked(answered, tmp_path) / "README.txt").read_text(encoding="utf-8")
    assert "đợt này chưa được công bố" in text
    assert "this round is not published yet" in text


def test_a_round_without_responses_has_no_pack(store, round_of_2023_form):
    with pytest.raises(RoundError, match="no responses yet"):
        pack_file(store, "r1")
    with pytest.raises(UnknownCodeError):
        pack_file(store, "nowhere")


AGENCIES = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n"
SERVICE_POINTS = "agency_code,name,code,valid_from,valid_to\n"
HOSTILE = {
    "T": "@SUM(1)",
    "F-1": '=HYPERLINK("http://example.org")',
    "NA": unicodedata.normalize("NFD", "Huyện Đắk R'lấp"),
}


@pytest.mark.parametrize("run", RUNS)
def test_names_that_look_like_formulas_and_codes_that_look_like_nothing_are_only_names(store, tmp_path, run):
    registry, folder = tmp_path / "registry", tmp_path / "pack"
    registry.mkdir()
    names = {code: name.replace('"', '""') for code, name in HOSTILE.items()}
    agencies = [f'{code},"{name}",{code},Sở,,,,' for code, name in names.items()]
    points = [f"{code},Quầy,{point},," for code, point in zip(HOSTILE, POINTS, strict=True)]
    (registry / "agencies.csv").write_text(AGENCIES + "\n".join(agencies), encoding="utf-8")
    (registry / "service_points.csv").write_text(SERVICE_POINTS + "\n".join(points), encoding="utf-8")
    import_registry(store, registry)
    closes = TODAY + timedelta(days=30)
    open_round(store, NewRound(code="r1", title="=1+1", instrument="sipas-2023", opens=TODAY, closes=closes))
    for seed, point in enumerate(POINTS):
        answer(store, point, times=20, seed=seed)
    unpacked(store, folder)
    status, output = run(folder)
    assert status == 0, output
    assert told(output)["figures compared"] == 3 * 6
    assert {row["agency_code"] for row in rows(folder / "responses.csv")} == set(HOSTILE)
    assert {row["agency"] for row in rows(folder / "indices.csv")} == {
        "'@SUM(1)",
        "'" + HOSTILE["F-1"],
        "Huyện Đắk R'lấp",
    }
    frame, _ = pyreadstat.read_sav(folder / "responses.sav")
    assert set(frame["agency_code"]) == set(HOSTILE)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("what", ["indices", "responses"])
def test_the_command_writes_each_file_in_every_format(app, answered, tmp_path, what, layout):
    path = tmp_path / f"made.{layout}"
    ran = command(app, "--what", what, "--format", layout, "--out", str(path))
    assert ran.exit_code == 0, ran.output
    beginning = {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "sav": b"$FL2", "dta": b"<stata_dta>"}
    beginning |= {"parquet": b"PAR1", "ddi": b"<?xml", "vi.csv": beginning["csv"]}
    assert path.read_bytes().startswith(beginning[layout])


def test_indices_in_spss_are_those_of_the_table(app, answered, tmp_path):
    publish_run(answered, "r1", today=TODAY)
    for layout in ("csv", "sav", "dta"):
        assert command(app, "--what", "indices", "--format", layout, "--out", str(tmp_path / layout)).exit_code == 0
    expected = rows(tmp_path / "csv")
    for layout, read in (("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)):
        frame, about = read(tmp_path / layout)
        assert frame["index"].tolist() == pytest.approx([float(row["index"]) for row in expected], rel=1e-15)
        assert frame["agency"].tolist() == [row["agency"] for row in expected]
        assert about.column_names_to_labels["index"] == "Chỉ số (%)"


def test_the_command_writes_a_pack_and_notes_when_it_is_no_publication(app, answered, tmp_path):
    path = tmp_path / "pack.zip"
    ran = command(app, "--pack", "--out", str(path))
    assert ran.exit_code == 0
    assert "not a publication" in ran.stderr
    assert set(zipfile.ZipFile(path).namelist()) == NAMES
    publish_run(answered, "r1", today=TODAY)
    assert command(app, "--pack", "--out", str(path)).stderr == ""


@pytest.mark.parametrize("words", [[], ["--pack", "--what", "indices"]], ids=["neither", "both"])
def test_the_command_wants_either_one_file_or_the_pack(app, round_of_2023_form, tmp_path, words):
    ran = command(app, *words, "--out", str(tmp_path / "x"))
    assert ran.exit_code == 2
    assert "ask for one of --what and --pack" in ran.stderr


def test_the_command_refuses_a_pack_of_nothing_in_one_line(app, round_of_2023_form, tmp_path):
    ran = command(app, "--pack", "--out", str(tmp_path / "pack.zip"))
    assert (ran.exit_code, ran.stderr.strip()) == (1, "round r1 has no responses yet: there is nothing to pack")
    assert list(tmp_path.glob("*.zip")) == []


def test_a_final_publication_is_recognised_and_its_withheld_cells_stay_out(answered):
    with answered.reading() as connection:
        sealed = find_round(connection, "r1")[1].seals + timedelta(days=1)
    final = publish_run(answered, "r1", today=sealed)
    assert final.kind == "final"
    made = pack_file(answered, "r1")
    assert made.published
    with zipfile.ZipFile(io.BytesIO(made.data)) as pack:
        names = [name for name in pack.namelist() if name.endswith("indices.csv")]
        text = pack.read(names[0]).decode("utf-8-sig")
        assert final.id in b"".join(pack.read(name) for name in pack.namelist() if name.endswith("README.txt")).decode()
    told = {(row["agency_code"], row["dimension"]) for row in csv.DictReader(io.StringIO(text))}
    published = PublishedRuns(answered).latest("r1")
    parts = {"overall", *(dimension.code for dimension in published.instrument.dimensions)}
    rows = (row for row in published.analysis.results.rows if row.part in parts and not published.withheld(row))
    shown = {(row.domain.agency_code, row.part) for row in rows}
    assert told == shown
