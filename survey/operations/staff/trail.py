"""The audit trail in words: what was done, when on the wall of the office, and by whom."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from survey.operations.clock import VIETNAM
from survey.reports.sheets import STYLES, CsvStyle, Sheet, sheet_bytes, write_csv, write_csv_rows
from survey.store.engine import Store
from survey.store.staff.accounts import BY_COMMAND, Act
from survey.store.staff.audit import Deed, TrailQuery, read_all

ACT_WORDS: dict[str, str] = {
    Act.SIGN_IN: "Đăng nhập",
    Act.SIGN_IN_FAILURE: "Đăng nhập không thành công",
    Act.SIGN_OUT: "Đăng xuất",
    Act.PASSWORD_CHANGE: "Đổi mật khẩu",
    Act.SECOND_FACTOR_SET: "Bật xác thực hai bước",
    Act.SECOND_FACTOR_FAILURE: "Nhập sai mã xác thực",
    Act.SECOND_FACTOR_RESET: "Cấp lại xác thực hai bước",
    Act.SESSIONS_ENDED: "Kết thúc phiên làm việc",
    Act.REFUSED: "Bị từ chối truy cập",
    Act.STAFF_ADDED: "Thêm tài khoản",
    Act.STAFF_CHANGED: "Thay đổi tài khoản",
    Act.STAFF_RESET: "Cấp mật khẩu dùng một lần",
    Act.STAFF_DISABLED: "Khóa tài khoản",
    Act.REGISTRY_IMPORTED: "Nhập danh mục",
    Act.AGENCY_ADDED: "Thêm cơ quan",
    Act.AGENCY_CHANGED: "Sửa cơ quan",
    Act.AGENCIES_MERGED: "Sáp nhập cơ quan",
    Act.AGENCY_SPLIT: "Chia tách cơ quan",
    Act.POINT_ADDED: "Thêm điểm phục vụ",
    Act.POINT_CHANGED: "Sửa điểm phục vụ",
    Act.CODE_REPLACED: "Thay mã",
    Act.CODE_REVOKED: "Thu hồi mã",
    Act.CODE_MOVED: "Chuyển mã",
    Act.POSTERS_MADE: "Tạo áp phích",
    Act.ROUND_ADDED: "Thêm đợt khảo sát",
    Act.ROUND_CHANGED: "Sửa đợt khảo sát",
    Act.ROUND_CLOSED: "Kết thúc đợt khảo sát",
    Act.DESIGN_GIVEN: "Nộp thiết kế mẫu của đợt khảo sát",
    Act.VISITS_IMPORTED: "Nhập tệp số lượt giao dịch",
    Act.VISITS_ENTERED: "Nhập số lượt giao dịch",
    Act.KIOSK_ADDED: "Thêm máy tính bảng",
    Act.KIOSK_REVOKED: "Thu hồi máy tính bảng",
    Act.PAPER_BATCH_OPENED: "Mở tập phiếu giấy",
    Act.PAPER_BATCH_STORED: "Lưu tập phiếu giấy",
    Act.PAPER_BATCH_DISCARDED: "Hủy tập phiếu giấy",
    Act.COMMENTS_SCREENED: "Xem và duyệt ý kiến",
    Act.ASSISTED_ENTRY: "Nhập phiếu hỏi hộ",
    Act.CASE_HANDLED: "Xử lý phản ánh, kiến nghị",
    Act.PLAN_ADDED: "Lập kế hoạch khắc phục",
    Act.PLAN_CHANGED: "Sửa kế hoạch khắc phục",
    Act.PLAN_REMOVED: "Xóa kế hoạch khắc phục",
    Act.PLAN_PROGRESS: "Báo cáo tiến độ nhiệm vụ",
    Act.DOWNLOAD: "Tải tệp",
    Act.PUBLICATION: "Công bố kết quả",
    Act.FULL_ROWS: "Xuất toàn bộ phiếu",
    Act.API_KEY_ADDED: "Cấp khóa API",
    Act.API_KEY_REVOKED: "Thu hồi khóa API",
    Act.RESPONSES_FORGOTTEN: "Xóa phiếu hết hạn lưu giữ",
    Act.CONTACTS_FORGOTTEN: "Xóa thông tin liên hệ hết hạn lưu giữ",
}
# The few sentences among the details; the others are codes and names.
DETAIL_WORDS = {
    "wrong password or disabled": "sai mật khẩu hoặc tài khoản đã khóa",
    "unknown name": "tên không có",
    "second factor": "đã nhập mã xác thực",
    "wrong code": "mã không đúng",
    "code used before": "mã đã dùng",
}
COLUMNS = ("at", "staff", "act", "act_in_words", "detail")
LINES_AT_ONCE = 500


def act_in_words(act: str) -> str:
    """Return what was done in Vietnamese; an act of a later version stays a code."""
    return ACT_WORDS.get(act, act)


def detail_in_words(detail: str) -> str:
    """Return a detail as people read it."""
    return DETAIL_WORDS.get(detail, detail)


def who_in_words(name: str) -> str:
    """Return who did it: a name, whoever may run commands on the server, or somebody unknown."""
    return {BY_COMMAND: "lệnh trên máy chủ", "": "không rõ"}.get(name, name)


def moment_in_words(at: datetime) -> str:
    """Return a time kept as UTC without a zone as the clock in Vietnam showed it.

    >>> moment_in_words(datetime(2026, 11, 20, 17, 30, 5))
    '21/11/2026 00:30:05'
    """
    return f"{at.replace(tzinfo=UTC).astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def start_of_day(day: date) -> datetime:
    """Return when a day begins in Vietnam, as UTC without a zone; raises OverflowError at the ends of the calendar.

    >>> start_of_day(date(2026, 11, 21))
    datetime.datetime(2026, 11, 20, 17, 0)
    """
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC).replace(tzinfo=None)


def end_of_day(day: date) -> datetime:
    """Return when the next day begins, as `start_of_day` does."""
    return start_of_day(day + timedelta(days=1))


def trail_file(store: Store, asked: TrailQuery, *, layout: str) -> bytes | Iterator[str]:
    """Return what was done as one of `SHEET_LAYOUTS`; a CSV some hundreds of lines at once.

    Raises RefusedDataError when a workbook cannot hold so many lines.
    """
    if layout in STYLES:
        return _csv_lines(store, asked, STYLES[layout])
    with store.reading() as connection:
        return sheet_bytes(Sheet("Nhật ký", COLUMNS, map(_cells, read_all(connection, asked))), layout)


def _csv_lines(store: Store, asked: TrailQuery, style: CsvStyle) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    write_csv(COLUMNS, (), buffer, style=style)
    with store.reading() as connection:
        for number, deed in enumerate(read_all(connection, asked), start=1):
            write_csv_rows([_cells(deed)], buffer, style=style)
            if number % LINES_AT_ONCE == 0:
                yield _taken(buffer)
    yield _taken(buffer)


def _cells(deed: Deed) -> tuple[str, ...]:
    return moment_in_words(deed.at), deed.staff, deed.act, act_in_words(deed.act), detail_in_words(deed.detail)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
