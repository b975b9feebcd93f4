"""What was done with a code, as the audit trail keeps it and as people read it.

The trail is the only place that knows why a code was replaced: a code that died because somebody pasted another one
over it must not lead on, so nothing in its own row may name the code that took its place.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from survey.formatting import format_date
from survey.store.registry.codes import CodeEntry, CodeRow
from survey.store.staff.accounts import Act

NOTHING = "-"
_STATE = r"was (?P<since>\S+) (?P<until>\S+) (?P<then>\S+)"
_REPLACED = re.compile(rf"point (?P<code>\w+), new (?P<new>\w+), reason (?P<reason>\w+), {_STATE}")
_REVOKED = re.compile(rf"point (?P<code>\w+), {_STATE}")
_UNDONE = re.compile(r"point (?P<code>\w+), undone(?:, new (?P<new>\w+))?")
_MOVED = re.compile(r"point (?P<code>\w+), on (?P<day>\S+), from «(?P<old>.*)», to «(?P<name>.*)»")


class ReplacementReason(StrEnum):
    """Why a code is replaced."""

    LOST = "lost"
    WORN = "worn"
    TAMPERED = "tampered"


REASON_WORDS = {
    ReplacementReason.LOST: "áp phích bị mất",
    ReplacementReason.WORN: "áp phích hỏng, mờ",
    ReplacementReason.TAMPERED: "áp phích bị dán đè hoặc làm giả",
}


@dataclass(frozen=True, slots=True)
class Before:
    """What an ended code's row said before: its dates, and the code that was to take its place."""

    valid_from: date | None
    valid_to: date | None
    successor_code: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """The last end of a code that was not undone: when, by which act, and for which new code if any."""

    entry: CodeEntry
    new: str | None
    reason: ReplacementReason | None
    before: Before


def replaced_detail(old: CodeRow, *, new: str, reason: ReplacementReason) -> str:
    """Return what the trail says of a replacement."""
    return f"point {old.point.code}, new {new}, reason {reason.value}, {_state(old)}"


def revoked_detail(old: CodeRow) -> str:
    """Return what the trail says of a code that was ended without a successor."""
    return f"point {old.point.code}, {_state(old)}"


def undone_detail(code: str, new: str | None) -> str:
    """Return what the trail says when an ending is taken back."""
    return f"point {code}, undone" + (f", new {new}" if new else "")


def moved_detail(old: CodeRow, *, name: str, day: date) -> str:
    """Return what the trail says of a code that hangs elsewhere."""
    return f"point {old.point.code}, on {day}, from «{old.point.name}», to «{name}»"


def _state(row: CodeRow) -> str:
    values = (row.point.valid_from, row.point.valid_to, row.successor_code)
    return "was " + " ".join(str(value or NOTHING) for value in values)


def last_ending(entries: Iterable[CodeEntry], code: str) -> Ending | None:
    """Return how a code ended last, from its trail (the latest first); None when it did not, or that was undone."""
    for entry in entries:
        undone = _UNDONE.fullmatch(entry.detail)
        if undone and undone["code"] == code:
            return None
        found = _REPLACED.fullmatch(entry.detail) or _REVOKED.fullmatch(entry.detail)
        if found and found["code"] == code:
            parts = found.groupdict()
            reason = ReplacementReason(parts["reason"]) if "reason" in parts else None
            return Ending(entry, parts.get("new"), reason, _before(parts))
    return None


def _before(parts: dict[str, str]) -> Before:
    since, until = (None if parts[name] == NOTHING else date.fromisoformat(parts[name]) for name in ("since", "until"))
    return Before(since, until, None if parts["then"] == NOTHING else parts["then"])


def in_words(entry: CodeEntry, code: str) -> str:
    """Return a line of the trail of `code` in Vietnamese.

    What other parts of the system wrote about the service point is told by its act alone.
    """
    if found := _REPLACED.fullmatch(entry.detail):
        why = REASON_WORDS[ReplacementReason(found["reason"])]
        if found["code"] == code:
            return f"Thay bằng mã {found['new']}: {why}"
        return f"Cấp mã này thay cho mã {found['code']}: {why}"
    if found := _UNDONE.fullmatch(entry.detail):
        if found["new"] == code:
            return f"Hủy mã này; mã {found['code']} được dùng lại"
        return "Hoàn tác: mã này được dùng lại"
    if found := _MOVED.fullmatch(entry.detail):
        day = format_date(date.fromisoformat(found["day"]))
        return f"Chuyển từ «{found['old']}» sang «{found['name']}» từ ngày {day}"
    return OTHER_ACTS.get(entry.act, "Thay đổi")


OTHER_ACTS: dict[str, str] = {
    Act.CODE_REVOKED: "Thu hồi mã",
    Act.POINT_ADDED: "Thêm điểm phục vụ",
    Act.POINT_CHANGED: "Sửa điểm phục vụ",
}
