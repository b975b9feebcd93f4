"""Every table that pages and commands hand out, as each of the files it can be had as."""

import csv
import io

import openpyxl
import pytest

from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.publishing import publish_run
from survey.reports.sheets import KINDS, SHEET_LAYOUTS
from tests.beginnings import beginning
from tests.conftest import sample_round
from tests.integration.results.test_indices_files import DONG_KINH, KY_LUA, answer

pytestmark = pytest.mark.slow

PAGES = (
    *("exports/indices.{}?round=r1", "exports/responses.{}?round=r1", "monitoring.{}?round=r1", "audit.{}"),
    *("rounds/r1/visits/template.{}", "analysis/r1?csv=total&as={}", "analysis/r1?csv=blocks&as={}"),
)
COMMANDS = (
    *("index compute --round r1 --format {} --by agency,dimension", "visits goals --round r1 --format {}"),
    *("export write --round r1 --what indices --format {} --out -", "visits export --format {} --out FILE"),
    *("export write --round r1 --what responses --format {} --out -", "registry export --format {} --out FOLDER"),
    *("export write --round r1 --what facts --format {} --out -",),
)


def table(made: bytes, layout: str) -> list[list[str]]:
    """Return the cells of a file as texts, numbers with a decimal point."""
    if layout == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0].iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    text = made.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";" if layout == "vi.csv" else ","))


def alike(cell: str) -> object:
    """Return a cell so that the same content of different files is equal."""
    try:
        return round(float(cell.replace(",", ".")), 9)
    except ValueError:
        return cell.removeprefix("'")


@beginning
def published(store):
    """Publish two wards."""
    sample_round(store)
    answer(store, DONG_KINH, "5", "4", times=20)
    answer(store, KY_LUA, "4", "3", times=20)
    publish_run(store, "r1", today=today_in_vietnam())


def assert_same(files: dict[str, bytes]) -> None:
    plain, *others = ([[alike(cell) for cell in row] for row in table(files[one], one)] for one in SHEET_LAYOUTS)
    assert len(plain[0]) > 1
    for other in others:
        assert other == plain


@pytest.mark.parametrize("page", PAGES)
def test_pages_send_the_same_table_as_every_file(admitted, published, page) -> None:
    files = {}
    for layout in SHEET_LAYOUTS:
        answered = admitted.get("/staff/" + page.format(layout))
        assert answered.status_code == 200
        assert answered.mimetype == KINDS[layout]
        assert answered.headers["Content-Disposition"].endswith(f".{layout}")
        files[layout] = answered.data
    if "audit" not in page:
        # What is done in between stands in the trail.
        assert_same(files)


def test_a_file_that_is_not_made_is_not_found(admitted, published) -> None:
    assert admitted.get("/staff/analysis/r1?csv=total&as=ods").status_code == 404
    assert admitted.get("/staff/exports/indices.ods?round=r1").status_code == 404


@pytest.mark.parametrize("words", COMMANDS)
def test_commands_write_the_same_table_as_every_file(app, published, tmp_path, words) -> None:
    files = {}
    for layout in SHEET_LAYOUTS:
        place = {"FILE": tmp_path / f"made.{layout}", "FOLDER": tmp_path / layout}
        asked = [str(place.get(word, word)) for word in words.format(layout).split()]
        ran = app.test_cli_runner().invoke(args=asked)
        assert ran.exit_code == 0, ran.output
        if "FOLDER" in words:
            files[layout] = (place["FOLDER"] / f"service_points.{layout}").read_bytes()
        elif "FILE" in words:
            files[layout] = place["FILE"].read_bytes()
        else:
            files[layout] = ran.stdout_bytes
    assert_same(files)
