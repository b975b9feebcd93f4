"""The words of the audit trail: an act with what it was done to, and what was so before and after, as a sentence.

This is the one place that words a line of the trail. What the lines hold is data (`survey.store.staff.audit`), and the
words of what has words of its own, as roles, are its subject's.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date

from survey.formatting import format_count, format_date
from survey.operations.feedback.desk import EVENT_WORDS
from survey.operations.registry.code_trail import REASON_WORDS
from survey.operations.staff.rights import ROLE_WORDS
from survey.store.staff.acts import BY_COMMAND, Act, Detail, Kind
from survey.store.staff.audit import Deed, Value
from survey.wording import Language, mark, word

ACT_WORDS: dict[str, str] = {
    Act.SIGN_IN: mark("Đăng nhập"),
    Act.SIGN_IN_FAILURE: mark("Đăng nhập không thành công"),
    Act.SIGN_OUT: mark("Đăng xuất"),
    Act.PASSWORD_CHANGE: mark("Đổi mật khẩu"),
    Act.SECOND_FACTOR_SET: mark("Bật xác thực hai bước"),
    Act.SECOND_FACTOR_FAILURE: mark("Nhập sai mã xác thực"),
    Act.SECOND_FACTOR_CHANGED: mark("Đổi điện thoại xác thực"),
    Act.RECOVERY_CODES_MADE: mark("Tạo mã khôi phục"),
    Act.LOCKED: mark("Tạm khóa đăng nhập do nhập sai nhiều lần"),
    Act.SECOND_FACTOR_RESET: mark("Cấp lại xác thực hai bước"),
    Act.SESSIONS_ENDED: mark("Kết thúc phiên làm việc"),
    Act.REFUSED: mark("Bị từ chối truy cập"),
    Act.STAFF_ADDED: mark("Thêm tài khoản"),
    Act.STAFF_CHANGED: mark("Thay đổi tài khoản"),
    Act.STAFF_RESET: mark("Cấp mật khẩu dùng một lần"),
    Act.STAFF_DISABLED: mark("Khóa tài khoản"),
    Act.REGISTRY_IMPORTED: mark("Nhập danh mục"),
    Act.AGENCY_ADDED: mark("Thêm cơ quan"),
    Act.AGENCY_CHANGED: mark("Sửa cơ quan"),
    Act.AGENCIES_MERGED: mark("Sáp nhập cơ quan"),
    Act.AGENCY_SPLIT: mark("Chia tách cơ quan"),
    Act.POINT_ADDED: mark("Thêm điểm phục vụ"),
    Act.POINT_CHANGED: mark("Sửa điểm phục vụ"),
    Act.CODE_REPLACED: mark("Thay mã"),
    Act.CODE_REVOKED: mark("Thu hồi mã"),
    Act.CODE_MOVED: mark("Chuyển mã"),
    Act.POSTERS_MADE: mark("Tạo áp phích"),
    Act.ROUND_ADDED: mark("Lập đợt khảo sát"),
    Act.ROUND_CHANGED: mark("Sửa đợt khảo sát"),
    Act.ROUND_CLOSED: mark("Kết thúc đợt khảo sát"),
    Act.DESIGN_GIVEN: mark("Nộp thiết kế mẫu của đợt khảo sát"),
    Act.VISITS_IMPORTED: mark("Nhập tệp số lượt giao dịch"),
    Act.VISITS_ENTERED: mark("Nhập số lượt giao dịch"),
    Act.KIOSK_ADDED: mark("Thêm máy tính bảng"),
    Act.KIOSK_REVOKED: mark("Thu hồi máy tính bảng"),
    Act.PAPER_BATCH_OPENED: mark("Mở tập phiếu giấy"),
    Act.PAPER_BATCH_STORED: mark("Lưu tập phiếu giấy"),
    Act.PAPER_BATCH_DISCARDED: mark("Bỏ tập phiếu giấy"),
    Act.COMMENTS_SCREENED: mark("Xem và duyệt ý kiến"),
    Act.ASSISTED_ENTRY: mark("Nhập hộ người dân"),
    Act.CASE_HANDLED: mark("Xử lý phản ánh, kiến nghị"),
    Act.CONTACT_READ: mark("Xem thông tin liên hệ của người gửi"),
    Act.PLAN_ADDED: mark("Lập kế hoạch khắc phục"),
    Act.PLAN_CHANGED: mark("Sửa kế hoạch khắc phục"),
    Act.PLAN_REMOVED: mark("Xóa kế hoạch khắc phục"),
    Act.PLAN_PROGRESS: mark("Báo cáo tiến độ nhiệm vụ"),
    Act.DOWNLOAD: mark("Tải tệp"),
    Act.PUBLICATION: mark("Công bố kết quả"),
    Act.FULL_ROWS: mark("Xuất toàn bộ phiếu"),
    Act.API_KEY_ADDED: mark("Cấp khóa API"),
    Act.API_KEY_REVOKED: mark("Thu hồi khóa API"),
    Act.RESPONSES_FORGOTTEN: mark("Xóa phiếu hết hạn lưu giữ"),
    Act.CONTACTS_FORGOTTEN: mark("Xóa thông tin liên hệ hết hạn lưu giữ"),
    Act.SEALED_ANEW: mark("Mã hóa lại bằng khóa mới"),
}
KIND_WORDS: dict[str, str] = {
    Kind.ACCOUNT: mark("tài khoản {name}"),
    Kind.ADDRESS: "{name}",
    Kind.AGENCY: mark("cơ quan {name}"),
    Kind.API_KEY: mark("khóa API số {name}"),
    Kind.CASE: mark("phản ánh {name}"),
    Kind.CODE: mark("mã {name}"),
    Kind.FILE: mark("tệp {name}"),
    Kind.KIOSK: mark("máy tính bảng số {name}"),
    Kind.PAPER_BATCH: mark("tập phiếu số {name}"),
    Kind.PLAN: mark("kế hoạch số {name}"),
    Kind.POSTER_BATCH: mark("lô áp phích số {name}"),
    Kind.ROUND: mark("đợt {name}"),
}
NAMES: dict[str, str] = {
    Detail.ACT: mark("thao tác"),
    Detail.AGENCIES_CHANGED: mark("số cơ quan sửa"),
    Detail.AGENCIES_NEW: mark("số cơ quan thêm"),
    Detail.AGENCY_CODE: mark("mã cơ quan"),
    Detail.ASKS: mark("câu hỏi thêm"),
    Detail.BASIS: mark("cách chọn người trả lời"),
    Detail.BLOCK: mark("khối"),
    Detail.CLOSES: mark("ngày kết thúc"),
    Detail.CODES_WITHDRAWN: mark("số mã mới bị hủy"),
    Detail.COMMENTS: mark("số ý kiến"),
    Detail.CONTACTS: mark("số thông tin liên hệ"),
    Detail.COPIED_FROM: mark("sao từ kế hoạch số"),
    Detail.COUNTS: mark("số dòng"),
    Detail.DAY: mark("ngày"),
    Detail.DESIGN: mark("thiết kế mẫu số"),
    Detail.DIGEST: mark("mã kiểm tra của tệp"),
    Detail.DISABLED: mark("tài khoản bị khóa"),
    Detail.DOCUMENT: mark("văn bản"),
    Detail.DONE: mark("thao tác đã làm"),
    Detail.ESCALATED_TO: mark("báo cơ quan cấp trên"),
    Detail.FIRST_DAY: mark("từ ngày"),
    Detail.GOALS: mark("số cơ quan có mục tiêu mới"),
    Detail.GOES_TO: mark("nơi tiếp nhận"),
    Detail.HANGS_FROM: mark("treo ở đó từ ngày"),
    Detail.HIDDEN: mark("số ý kiến không đăng"),
    Detail.INSTRUMENT: mark("mẫu phiếu"),
    Detail.INSTRUMENT_DIGEST: mark("mã kiểm tra của mẫu phiếu"),
    Detail.KEYSTROKES: mark("số lần gõ"),
    Detail.LABEL: mark("nhãn"),
    Detail.LAST_DAY: mark("đến hết ngày"),
    Detail.NAME: mark("tên"),
    Detail.NEW_CODE: mark("mã mới"),
    Detail.OPENS: mark("ngày bắt đầu"),
    Detail.PARENT_CODE: mark("mã cơ quan cấp trên"),
    Detail.PERCENT: mark("mức hoàn thành (%)"),
    Detail.PLACES: mark("số bậc muốn tăng"),
    Detail.POINT_CODE: mark("mã điểm phục vụ"),
    Detail.POINTS_CHANGED: mark("số điểm phục vụ sửa"),
    Detail.POINTS_ENDING: mark("số điểm phục vụ ngừng"),
    Detail.POINTS_GOING_ON: mark("số điểm phục vụ tiếp tục"),
    Detail.POINTS_NEW: mark("số điểm phục vụ thêm"),
    Detail.POSTERS: mark("số áp phích"),
    Detail.PREVIOUS_CODE: mark("đợt trước"),
    Detail.PUBLICATION: mark("lần công bố"),
    Detail.PURPOSE: mark("mục đích"),
    Detail.REASON: mark("lý do"),
    Detail.REPLACED: mark("số dòng thay dòng cũ"),
    Detail.RESPONSES: mark("số phiếu"),
    Detail.ROLE: mark("vai trò"),
    Detail.ROUND_CODE: mark("mã đợt"),
    Detail.RUN: mark("mã kết quả"),
    Detail.SECOND_FACTORS: mark("số khóa xác thực hai bước"),
    Detail.SEALS: mark("ngày khóa sổ"),
    Detail.SESSIONS: mark("số phiên làm việc đã kết thúc"),
    Detail.SHEETS: mark("số tờ"),
    Detail.SHORT_NAME: mark("tên ngắn"),
    Detail.SHOWN: mark("số ý kiến đăng"),
    Detail.SIMULATED: mark("số liệu mô phỏng"),
    Detail.SIZE: mark("khổ"),
    Detail.STAFF: mark("người thực hiện"),
    Detail.STRATA: mark("số tầng mẫu"),
    Detail.SUCCESSOR_CODE: mark("mã thay thế"),
    Detail.TASK: mark("nhiệm vụ số"),
    Detail.TITLE: mark("tên gọi"),
    Detail.UNDONE: mark("hoàn tác"),
    Detail.VALID_FROM: mark("ngày đầu tiên"),
    Detail.VALID_TO: mark("ngày cuối cùng"),
    Detail.WAY_IN: mark("cách vào"),
    Detail.WRONG: mark("số chỗ lần nhập thứ nhất sai"),
    Detail.YEAR: mark("năm"),
}
WHY_REFUSED: dict[str, str] = {
    "wrong_password": mark("sai mật khẩu hoặc tài khoản đã khóa"),
    "unknown_name": mark("không có tài khoản này"),
    "wrong_code": mark("mã không đúng"),
    "used_code": mark("mã đã dùng"),
    "not_there": mark("không có, hoặc thuộc cơ quan khác"),
    "expired": mark("mật khẩu dùng một lần đã hết hạn"),
    "from_here": mark("sai mật khẩu nhiều lần từ một mạng"),
    "network": mark("mạng này đã thử sai nhiều tài khoản"),
    "from_anywhere": mark("sai mật khẩu nhiều lần từ nhiều mạng"),
    "codes_in_a_row": mark("sai mã xác thực nhiều lần liền"),
}
DONE_WITH_PLANS: dict[str, str] = {
    "added": mark("thêm"),
    "changed": mark("sửa"),
    "removed": mark("xóa"),
    "moved_up": mark("chuyển lên"),
    "moved_down": mark("chuyển xuống"),
    "findings": mark("cập nhật con số"),
}
# The words of values that are codes; other values are shown as they are.
VALUE_WORDS: dict[str, Mapping[str, str]] = {
    Detail.ACT: ACT_WORDS,
    Detail.BASIS: {"self_selected": mark("người dân tự nguyện tham gia"), "probability": mark("mẫu xác suất")},
    Detail.DONE: {**DONE_WITH_PLANS, **EVENT_WORDS},
    Detail.REASON: {**WHY_REFUSED, **REASON_WORDS},
    Detail.ROLE: {role.value: words for role, words in ROLE_WORDS.items()},
    Detail.WAY_IN: {
        "password": mark("mật khẩu"),
        "second_factor": mark("đã nhập mã xác thực"),
        "recovery_code": mark("mã khôi phục"),
    },
}
DAYS = frozenset(
    {
        *(Detail.CLOSES, Detail.DAY, Detail.FIRST_DAY, Detail.HANGS_FROM, Detail.LAST_DAY, Detail.OPENS),
        *(Detail.SEALS, Detail.VALID_FROM, Detail.VALID_TO),
    }
)
# Beside a fact that was so before the act and is not any more.
BEFORE = mark("trước đó")
# Numbers that count nothing.
NUMBERS = frozenset({Detail.COPIED_FROM, Detail.DESIGN, Detail.PUBLICATION, Detail.TASK, Detail.YEAR})
# The few sentences among the free texts of lines written before lines were data; the others are codes and names.
OLD_DETAILS = {
    "wrong password or disabled": mark("sai mật khẩu hoặc tài khoản đã khóa"),
    "unknown name": mark("không có tài khoản này"),
    "second factor": mark("đã nhập mã xác thực"),
    "wrong code": mark("mã không đúng"),
    "code used before": mark("mã đã dùng"),
}


def act_in_words(act: str, language: Language = "vi") -> str:
    """Return what was done; an act of a later version stays a code."""
    return _of(ACT_WORDS, act, language)


def who_in_words(name: str, language: Language = "vi") -> str:
    """Return who did it: a name, whoever may run commands on the server, or somebody unknown."""
    return _of({BY_COMMAND: mark("lệnh trên máy chủ"), "": mark("không rõ")}, name, language)


def detail_in_words(deed: Deed, language: Language = "vi") -> str:
    """Return what an act was done to and what it changed; a line from before lines were data keeps its free text.

    >>> from datetime import datetime
    >>> code = {"kind": "code", "subject": "P2MCN3E", "after": {"new_code": "EEJ89TX", "reason": "worn"}}
    >>> detail_in_words(Deed(1, datetime(2026, 1, 1), "mai", "code_replaced", **code))
    'mã P2MCN3E; mã mới: EEJ89TX; lý do: áp phích hỏng, mờ'
    """
    return _of(OLD_DETAILS, deed.detail, language) if deed.detail else "; ".join(_told(deed, language))


def _told(deed: Deed, language: Language) -> Iterator[str]:
    if deed.kind:
        yield word(KIND_WORDS.get(deed.kind, f"{deed.kind} {{name}}"), language).replace("{name}", deed.subject)
    for name in dict.fromkeys((*deed.after, *deed.before)):
        values = [_value(name, facts[name], language) for facts in (deed.before, deed.after) if name in facts]
        was = "" if name in deed.after else f" {word(BEFORE, language)}"
        yield f"{_of(NAMES, name, language)}{was}: {' → '.join(values)}"


def _value(name: str, value: Value, language: Language) -> str:
    if value is None or value == "":
        return word("không có", language)
    if isinstance(value, bool):
        return word("có", language) if value else word("không", language)
    if isinstance(value, int):
        return str(value) if name in NUMBERS else format_count(value, language=language)
    if isinstance(value, list):
        return ", ".join(value) or word("không có", language)
    return _day(value, language) if name in DAYS else _of(VALUE_WORDS.get(name, {}), str(value), language)


def _day(value: Value, language: Language) -> str:
    with suppress(ValueError):
        return format_date(date.fromisoformat(str(value)), language=language)
    return str(value)


def _of(words: Mapping[str, str], code: str, language: Language) -> str:
    return word(words[code], language) if code in words else code
