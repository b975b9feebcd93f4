"""The analyst's pack, opened: its files, what it says of the publication, and the command that writes it."""

import csv
import io
import zipfile
from datetime import timedelta

import pyreadstat
import pytest

from survey.errors import RoundError, UnknownCodeError
from survey.operations.exports.files import LAYOUTS
from survey.operations.exports.pack import pack_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.standing import PublishedRuns
from survey.reports.sheets import SHEET_LAYOUTS
from survey.store.registry.agencies import find_round
from tests.integration.exports.packs import POINTS, TODAY, answer, rows, run_python, unpacked

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

TABLES = ("indices", "responses", "replicate_weights", "variance", "codebook")
NAMES = {
    *("README.txt", "codebook.xml", "reproduce.R", "reproduce.py"),
    *(f"{table}.{ending}" for table in TABLES for ending in SHEET_LAYOUTS),
    *(f"{table}.{ending}" for table in TABLES[1:3] for ending in ("sav", "dta", "parquet")),
}


def command(app, *words):
    return app.test_cli_runner().invoke(args=["export", "write", "--round", "r1", *words])


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
