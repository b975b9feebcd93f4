"""The round as it stands for the person who asks, and the words of what is counted in it."""

from collections.abc import Sequence

from flask import abort, request

from qr.posters import PosterSize
from survey.fieldwork import SurveyRound
from survey.operations.clock import today_in_vietnam
from survey.operations.monitoring.attention import Notice, NoticeKind, find_notices
from survey.operations.monitoring.boards import Board, current_round
from survey.operations.staff.rights import PERMISSIONS, Scope
from survey.responses import Mode
from survey.services import services
from survey.store.registry.agencies import list_rounds
from survey.web.door.register import own_scope, signed_in
from survey.wording import mark

MODE_WORDS = {
    Mode.QR: mark("Mã QR"),
    Mode.KIOSK: mark("Máy tính bảng"),
    Mode.PAPER: mark("Phiếu giấy"),
    Mode.ASSISTED: mark("Nhập hộ"),
    Mode.IMPORT: mark("Nhập từ tệp"),
}
KIND_WORDS = {
    NoticeKind.SEALED: mark("Chờ công bố chính thức"),
    NoticeKind.CLOSING: mark("Đợt sắp kết thúc"),
    NoticeKind.FLOOD: mark("Phiếu tăng đột biến"),
    NoticeKind.SHARE: mark("Nhiều phiếu giống nhau bất thường"),
    NoticeKind.SILENT_AGENCY: mark("Cả cơ quan không có phiếu"),
    NoticeKind.SILENT: mark("Điểm phục vụ ngừng có phiếu"),
    NoticeKind.PAPER: mark("Tập phiếu giấy chưa lưu"),
    NoticeKind.GOAL: mark("Khó đạt số phiếu cần có"),
    NoticeKind.UNPRINTED: mark("Chưa in áp phích"),
    NoticeKind.UNHEARD: mark("Điểm chưa có phiếu nào"),
    NoticeKind.KIOSK: mark("Máy tính bảng ở điểm đã ngừng"),
    NoticeKind.VISITS: mark("Chưa có số lượt giao dịch"),
}
SIZES = {
    PosterSize.A4: "A4",
    PosterSize.A5: "A5",
    PosterSize.TENT: mark("Để bàn"),
    PosterSize.STICKER: mark("Nhãn dán"),
}
WORDS = {"mode_words": MODE_WORDS, "kind_words": KIND_WORDS, "sizes": SIZES}


def all_rounds() -> dict[int, SurveyRound]:
    """Return all rounds by row number, the latest opening first."""
    with services().store.reading() as connection:
        return list_rounds(connection)


def asked_board(scope: Scope | None = None) -> Board | None:
    """Return the round the address asks for, or the current one, of all agencies in scope or of fewer."""
    code = request.args.get("round", "")
    if not code:
        return own_board(scope)
    found = next(((number, one) for number, one in all_rounds().items() if one.code == code), None)
    return _board(*found, scope) if found else abort(404)


def own_board(scope: Scope | None = None) -> Board | None:
    """Return the current round; None while there is none."""
    rounds = all_rounds()
    number = current_round(rounds, today_in_vietnam())
    return None if number is None else _board(number, rounds[number], scope)


def own_notices(board: Board | None) -> list[Notice]:
    """Return the notices for the person who asks; `board` is the current round."""
    may = PERMISSIONS[signed_in().account.role]
    return find_notices(services().store, board, may, today=today_in_vietnam())


def count_kinds(found: Sequence[Notice]) -> dict[NoticeKind, int]:
    """Return how many notices there are of each kind there is, in the order of the notices."""
    return {kind: sum(one.kind is kind for one in found) for kind in dict.fromkeys(one.kind for one in found)}


def _board(number: int, survey_round: SurveyRound, scope: Scope | None) -> Board:
    today = today_in_vietnam()
    return services().boards.read((number, survey_round), scope=scope or own_scope(), today=today)
