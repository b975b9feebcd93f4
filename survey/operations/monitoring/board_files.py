"""The table of monitoring as a file."""

from survey.operations.monitoring.boards import AgencyOnBoard, Board, GoalBasis
from survey.reports.sheets import Sheet, sheet_bytes, two_places
from survey.reports.workbooks import Cell
from survey.wording import mark

# A file for people, Vietnamese whoever takes it.
COLUMNS = (
    *(
        mark("Mã đợt"),
        mark("Số phiếu đến hết ngày"),
        mark("Mã cơ quan"),
        mark("Cơ quan"),
        mark("Khối"),
        mark("Số phiếu"),
    ),
    # In the order of `MODES`.
    *(mark("Mã QR"), mark("Máy tính bảng"), mark("Phiếu giấy"), mark("Nhập hộ"), mark("Nhập từ tệp")),
    *(mark("Số phiếu cần có"), mark("Cách xác định số phiếu cần có"), mark("Còn thiếu")),
    *(mark("Số lượt giao dịch"), mark("Số phiếu của những ngày có số lượt"), RATE := mark("Tỷ lệ trả lời, %")),
    *(mark("Phiếu gần nhất"), mark("Số điểm phục vụ")),
    *(mark("Số điểm ngừng có phiếu"), mark("Số điểm chưa có phiếu")),
)
BASES = {
    GoalBasis.SET: mark("mục tiêu riêng"),
    GoalBasis.OFFICIAL: mark("theo hướng dẫn của Bộ Nội vụ"),
    GoalBasis.LARGEST: mark("mức cao nhất, vì chưa có số lượt giao dịch"),
}


def board_file(board: Board, *, layout: str) -> bytes:
    """Return one line for every agency of a board as one of `SHEET_LAYOUTS`; what is unknown stays empty."""
    head = (board.survey_round.code, board.counted_to.isoformat())
    rows = ((*head, *_cells(line)) for line in board.agencies)
    return sheet_bytes(Sheet(mark("Theo dõi"), COLUMNS, rows, {RATE: 2}), layout)


def _cells(line: AgencyOnBoard) -> tuple[Cell, ...]:
    agency, served = line.agency, line.served
    known = served.visits is not None
    return (
        *(agency.code, agency.name, agency.block),
        *(line.responses, *line.collected.by_mode),
        *(line.goal.responses, BASES[line.goal.basis], line.still_needed),
        served.visits,
        served.responses if known else None,
        two_places(served.rate),
        str(line.collected.last_day or ""),
        *(line.in_use, len(line.silent), len(line.unheard)),
    )
