"""The table of monitoring as a file."""

from survey.operations.monitoring.boards import AgencyOnBoard, Board
from survey.operations.monitoring.live_counts import MODES
from survey.reports.sheets import Sheet, sheet_bytes, two_places
from survey.reports.workbooks import Cell
from survey.wording import mark

COLUMNS = (
    *("round", "counted_at", "agency_code", "agency", "block", "responses", *(mode.value for mode in MODES)),
    *("goal", "goal_basis", "still_needed", "visits", "responses_of_counted_days", "rate", "last_day"),
    *("service_points", "silent_points", "points_without_responses"),
)


def board_file(board: Board, *, layout: str) -> bytes:
    """Return one line for every agency of a board as one of `SHEET_LAYOUTS`; what is unknown stays empty."""
    head = (board.survey_round.code, f"{board.counts.counted_at:%Y-%m-%d %H:%M}")
    rows = ((*head, *_cells(line)) for line in board.agencies)
    return sheet_bytes(Sheet(mark("Theo dõi"), COLUMNS, rows, {"rate": 2}), layout)


def _cells(line: AgencyOnBoard) -> tuple[Cell, ...]:
    agency, served = line.agency, line.served
    known = served.visits is not None
    return (
        *(agency.code, agency.name, agency.block),
        *(line.responses, *line.collected.by_mode),
        *(line.goal.responses, line.goal.basis.value, line.still_needed),
        served.visits,
        served.responses if known else None,
        two_places(served.rate),
        str(line.collected.last_day or ""),
        *(line.in_use, len(line.silent), len(line.unheard)),
    )
