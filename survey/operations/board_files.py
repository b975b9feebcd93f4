"""The table of monitoring as a file."""

import csv
import io

from survey.formatting import spreadsheet_safe, to_nfc
from survey.operations.boards import AgencyLine, Board
from survey.operations.denominators import BYTE_ORDER_MARK
from survey.operations.live_counts import MODES

COLUMNS = (
    *("round", "counted_at", "agency_code", "agency", "block", "responses", *(mode.value for mode in MODES)),
    *("goal", "goal_basis", "still_needed", "visits", "responses_of_counted_days", "rate", "last_day"),
    *("service_points", "silent_points", "points_without_responses"),
)


def board_csv(board: Board) -> bytes:
    """Return one line for every agency of a board; what is unknown stays empty."""
    stream = io.StringIO(newline="")
    stream.write(BYTE_ORDER_MARK)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for line in board.agencies:
        writer.writerow((board.survey_round.code, f"{board.counts.counted_at:%Y-%m-%d %H:%M}", *_cells(line)))
    return stream.getvalue().encode()


def _cells(line: AgencyLine) -> tuple[object, ...]:
    agency, served = line.agency, line.served
    texts = (agency.code, agency.name, agency.block)
    known = served.visits is not None
    return (
        *(spreadsheet_safe(to_nfc(text)) for text in texts),
        *(line.responses, *line.collected.by_mode),
        *(line.goal.responses, line.goal.basis.value, line.still_needed),
        served.visits if known else "",
        served.responses if known else "",
        "" if served.rate is None else f"{served.rate:.2f}",
        line.collected.last_day or "",
        *(line.in_use, len(line.silent), len(line.unheard)),
    )
