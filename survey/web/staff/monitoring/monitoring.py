"""How answers come in: counts by service point and day, goals, silent counters, notices.

Counts only, and by day. What people answered is shown nowhere before it is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TypeVar

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from survey.formatting import vietnamese_key
from survey.operations.monitoring.attention import NoticeKind
from survey.operations.monitoring.board_files import board_file
from survey.operations.monitoring.boards import AgencyOnBoard, Board, PointLine
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission, Scope
from survey.reports.sheets import KINDS
from survey.responses import Mode
from survey.services import services
from survey.web.door.register import own_agency, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.staff.monitoring.drawings import day_lines, draw_bars
from survey.web.staff.monitoring.own_board import (
    MODE_WORDS,
    WORDS,
    all_rounds,
    asked_board,
    count_kinds,
    own_board,
    own_notices,
)
from survey.wording import mark

Line = TypeVar("Line", AgencyOnBoard, PointLine)

bp = staff_area("monitoring")


@dataclass(frozen=True, slots=True)
class BlockLine:
    """The agencies of one block together, or of all: `reached` of them have what they need."""

    name: str
    agencies: int
    responses: int
    still_needed: int
    reached: int
    silent: int


@bp.get("/monitoring")
@requires(Permission.SEE_FIELDWORK)
def table() -> ResponseReturnValue:
    """Show what every agency in scope has, needs and lacks."""
    board = asked_board()
    if board is None:
        return _page("table", None)
    listing = make_listing(board.agencies, _columns(board), text=lambda line: f"{line.agency.name} {line.agency.code}")
    return _page("table", board, blocks=_blocks(board), listing=listing)


@bp.get("/monitoring.<any(csv, 'vi.csv', xlsx):layout>")
@requires(Permission.SEE_FIELDWORK)
def table_file(layout: str) -> ResponseReturnValue:
    """Send the same table as a file, and write the download down."""
    board = asked_board() or abort(404)
    name = f"theo-doi-{board.survey_round.code}.{layout}"
    accounts.note_download(services().store, signed_in(), name)
    response = Response(board_file(board, layout=layout), mimetype=KINDS[layout])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.get("/monitoring/<agency>")
@requires(Permission.SEE_FIELDWORK)
def agency(agency: str) -> ResponseReturnValue:
    """Show what came in at every service point of an agency, day by day."""
    code, point = own_agency(agency), request.args.get("point", "")
    board = asked_board(Scope(frozenset({code}))) or abort(404)
    line = next(iter(board.agencies), None) or abort(404)
    chosen = [point_line for point_line in line.points if point in ("", point_line.place.code)] or abort(404)
    columns = _point_columns(board, line)
    listing = make_listing(
        line.points, columns, text=lambda point_line: f"{point_line.place.name} {point_line.place.code}"
    )
    days, bars = day_lines(board, line, chosen), draw_bars(board, listing.rows)
    only = chosen[0] if point else None
    return _page("agency", board, line=line, listing=listing, bars=bars, only=only, days=days)


@bp.get("/notices")
@requires(Permission.SEE_FIELDWORK)
def notices() -> ResponseReturnValue:
    """Show everything that needs a look, of all kinds or of one."""
    board, kind = own_board(), request.args.get("kind", "")
    all_notices = own_notices(board)
    if kind and kind not in list(NoticeKind):
        abort(404)
    some = [notice for notice in all_notices if kind in ("", notice.kind)]
    listing = make_listing(
        some, [], text=lambda notice: f"{notice.agency.name} {notice.agency.code}" if notice.agency else ""
    )
    return _page("notices", board, kinds=count_kinds(all_notices), kind=kind, number=len(all_notices), listing=listing)


def _page(name: str, board: Board | None, **values: object) -> str:
    return render_template(
        f"staff/monitoring/{name}.html",
        simulated=board is not None and board.survey_round.simulated,
        board=board,
        rounds=all_rounds().values(),
        **WORDS,
        **values,
    )


def _columns(board: Board) -> list[ListColumn[AgencyOnBoard]]:
    modes: list[ListColumn[AgencyOnBoard]] = _mode_columns(board)
    return [
        ListColumn("agency", mark("Cơ quan"), lambda line: vietnamese_key(line.agency.name)),
        ListColumn("responses", mark("Số phiếu"), lambda line: line.responses, number=True),
        *modes,
        ListColumn("goal", mark("Số phiếu cần có"), lambda line: line.goal.responses, number=True),
        ListColumn("needed", mark("Còn thiếu"), lambda line: line.still_needed, number=True),
        ListColumn("visits", mark("Số lượt giao dịch"), lambda line: _or_least(line.served.visits), number=True),
        ListColumn("rate", mark("Tỷ lệ trả lời (%)"), lambda line: _or_least(line.served.rate), number=True),
        ListColumn("last", mark("Phiếu gần nhất"), lambda line: line.collected.last_day or date.min),
        ListColumn(
            "silent", mark("Cần xem"), lambda line: (line.silence is not None, len(line.silent), len(line.unheard))
        ),
    ]


def _mode_columns(board: Board) -> list[ListColumn[Line]]:
    """Return a column for each mode, where there are several."""
    return [_mode_column(mode) for mode in board.shown_modes]


def _mode_column(mode: Mode) -> ListColumn[Line]:
    return ListColumn(mode.value, MODE_WORDS[mode], lambda line: line.collected.of(mode), number=True)


def _point_columns(board: Board, line: AgencyOnBoard) -> list[ListColumn[PointLine]]:
    modes: list[ListColumn[PointLine]] = _mode_columns(board)
    rate: ListColumn[PointLine] = ListColumn(
        "rate", mark("Tỷ lệ trả lời (%)"), lambda point_line: _or_least(point_line.served.rate), number=True
    )
    return [
        ListColumn("point", mark("Điểm phục vụ"), lambda point_line: vietnamese_key(point_line.place.name)),
        ListColumn("responses", mark("Số phiếu"), lambda point_line: point_line.collected.responses, number=True),
        *modes,
        *([rate] if line.has_visits_of_points else []),
        ListColumn("last", mark("Phiếu gần nhất"), lambda point_line: point_line.collected.last_day or date.min),
        ListColumn("days", mark("30 ngày qua")),
    ]


def _or_least(figure: float | None) -> float:
    """Put what is unknown below all figures."""
    return -1 if figure is None else figure


def _blocks(board: Board) -> list[BlockLine]:
    """Return the sums by block, and those of everybody where there are several."""
    grouped = groupby(board.agencies, key=lambda line: line.agency.block)
    lines = [_block(name, tuple(some)) for name, some in grouped]
    return lines if len(lines) < 2 else [*lines, _block(mark("Tất cả"), board.agencies)]


def _block(name: str, lines: Sequence[AgencyOnBoard]) -> BlockLine:
    needed = [line.still_needed for line in lines]
    silent = sum(len(line.silent) for line in lines)
    return BlockLine(name, len(lines), sum(line.responses for line in lines), sum(needed), needed.count(0), silent)
