"""What was done with a code, as people read it."""

from enum import StrEnum

from survey.formatting import format_date
from survey.store.registry.code_events import CodeAct, CodeEvent
from survey.wording import mark


class ReplacementReason(StrEnum):
    """Why a code is replaced."""

    LOST = "lost"
    WORN = "worn"
    TAMPERED = "tampered"


REASON_WORDS: dict[str, str] = {
    ReplacementReason.LOST: mark("áp phích bị mất"),
    ReplacementReason.WORN: mark("áp phích hỏng, mờ"),
    ReplacementReason.TAMPERED: mark("áp phích bị dán đè hoặc làm giả"),
}
PLAIN_WORDS = {
    CodeAct.ADDED: "Thêm điểm phục vụ",
    CodeAct.CHANGED: "Sửa điểm phục vụ",
    CodeAct.REVOKED: "Thu hồi mã",
    CodeAct.UNDONE: "Hoàn tác: mã này được dùng lại",
}


def in_words(event: CodeEvent, code: str) -> str:
    """Return in Vietnamese what an event was for `code`, which may be the one it was done with or the new one."""
    if event.reason:
        why = REASON_WORDS[ReplacementReason(event.reason)]
        if event.code == code:
            return f"Thay bằng mã {event.new_code}: {why}"
        return f"Cấp mã này thay cho mã {event.code}: {why}"
    if event.new_code == code:
        return f"Hủy mã này; mã {event.code} được dùng lại"
    if event.hangs_from:
        return f"Chuyển từ “{event.old_name}” sang “{event.new_name}” từ ngày {format_date(event.hangs_from)}"
    return PLAIN_WORDS[event.act]
