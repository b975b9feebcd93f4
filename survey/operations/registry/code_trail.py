"""What was done with a code, as people read it."""

from enum import StrEnum

from survey.store.registry.code_events import CodeAct, CodeEvent
from survey.wording import Phrase, mark, phrase


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
    CodeAct.ADDED: mark("Thêm điểm phục vụ"),
    CodeAct.CHANGED: mark("Sửa điểm phục vụ"),
    CodeAct.REVOKED: mark("Thu hồi mã"),
    CodeAct.UNDONE: mark("Hoàn tác: mã này được dùng lại"),
}


def in_words(event: CodeEvent, code: str) -> Phrase:
    """Return what an event was for `code`, which may be the one it was done with or the new one."""
    if event.reason:
        why = Phrase(REASON_WORDS[ReplacementReason(event.reason)])
        if event.code == code:
            return phrase("Thay bằng mã {code}: {why}", code=event.new_code, why=why)
        return phrase("Cấp mã này thay cho mã {code}: {why}", code=event.code, why=why)
    if event.new_code == code:
        return phrase("Hủy mã này; mã {code} được dùng lại", code=event.code)
    if event.hangs_from:
        names = {"old": event.old_name, "new": event.new_name}
        return phrase("Chuyển từ “{old}” sang “{new}” từ ngày {day}", day=event.hangs_from, **names)
    return Phrase(PLAIN_WORDS[event.act])
