"""Rounds that reports are made of, and the tables of a report read back."""

import json
import secrets
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.reports.documents.model import DocumentTable, Letterhead
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point

TODAY = today_in_vietnam()
# Of the sample registry: two wards of a block, a department, and a second department with too few responses.
WARD, OTHER_WARD, DEPARTMENT, FEW = "P2MCN3E", "UED34VN", "L4E3SZF", "RMTKLJ7"
# A counter of the ward P-TAMTHANH, about which nobody answers in either of the two rounds.
NEWLY = "PM83ELJ"
WARD_CODE = "P-DONGKINH"
HEAD = Letterhead("Sở Nội vụ", date(2026, 11, 21), superior="UBND tỉnh", number="12/BC-SNV", place="Lạng Sơn")
COMMENT = "Chờ lâu <b> & *nhanh lên*"


def answer(store, point: str, *, times: int, level: float, seed: int, code: str = "r1") -> None:
    """Store responses whose answers scatter about a level, with some left open."""
    random = Random(seed)
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, code)
        placed = find_point(connection, point)
    instrument = load_instrument(survey_round.instrument)
    rows = []
    for _ in range(times):
        mood = random.gauss(level, 0.7)
        chosen = {
            item.code: str(min(5, max(1, round(random.gauss(mood, 0.5)))))
            for item in instrument.items
            if random.random() < 0.9
        }
        day = survey_round.opens + timedelta(days=random.randrange(5))
        record = AnswerRecord.pack(instrument, chosen)
        rows.append(NewResponse(secrets.token_bytes(16), round_id, placed.id, Mode.QR, day, None, record))
    save_responses(store, rows)


def tables_of(report) -> dict[str, DocumentTable]:
    """Return all tables of a report by caption without number."""
    elements = [*report.body, *(one for annex in report.annexes for one in annex.elements)]
    return {one.caption.split(". ", 1)[1]: one for one in elements if isinstance(one, DocumentTable)}


def cells_of(table: DocumentTable, column: int = 0) -> dict[str, tuple[str, ...]]:
    """Return the rows of a table by the text of a column."""
    return {row.cells[column]: row.cells for row in table.rows}


def shown(figure: float | None) -> str:
    """Write a figure of the JSON as people read it: two decimals, half up, decimal comma."""
    if figure is None:
        return "–"
    return str(Decimal(repr(figure)).quantize(Decimal("0.01"), ROUND_HALF_UP)).replace(".", ",")


def computed(app, by: str, code: str = "r1") -> list[dict[str, object]]:
    """Return the rows of `index compute --format json`."""
    arguments = ["index", "compute", "--round", code, "--by", by, "--format", "json"]
    answered = app.test_cli_runner().invoke(args=arguments)
    assert answered.exit_code == 0
    return json.loads(answered.output)["rows"]
