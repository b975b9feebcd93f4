"""The life of a printed code: replaced, revoked, hung elsewhere, and taken back on the same day.

A code that ends today ends at once: its last day is yesterday, so that nobody opens its form any more. Answers to
forms opened before count where and when they were given.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from survey.errors import RegistryError
from survey.operations.clock import local_time
from survey.operations.registry.changes import new_code
from survey.operations.registry.code_trail import ReplacementReason
from survey.operations.registry.rules import named_wrongly
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry import codes as kept
from survey.store.registry.code_events import CodeAct, CodeEvent, find_ending, list_code_events, save_code_event
from survey.store.registry.codes import Uses
from survey.store.registry.points import PlacedPoint, change_point, find_point, list_codes
from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import NOTHING, Facts, save_audit
from survey.store.subjects import REGISTRY
from survey.wording import Phrase, mark, phrase

ENDED = phrase("Mã này đã ngừng dùng nên không đổi được nữa.")
ANOTHER_AGENCY = phrase(
    "Phiếu nhận qua mã nào luôn thuộc cơ quan ghi trên áp phích có mã đó, nên mã không chuyển sang cơ quan khác được. "
    "Hãy thêm điểm phục vụ ở cơ quan kia và in áp phích có mã mới; nếu không dùng mã này nữa, hãy thu hồi."
)
SAME_NAME = phrase("Tên mới giống tên đang dùng.")
OUT_OF_ORDER = phrase("Ngày chuyển không thể sau hôm nay.")
NOTHING_TO_UNDO = phrase("Hôm nay không có thao tác nào để hoàn tác.")
NEW_ENDED = mark("Mã mới {code} cũng đã ngừng dùng. Trước hết hãy hoàn tác việc đó ở trang của mã {code}.")
ANSWERED = mark("Đã có phiếu, máy tính bảng hoặc tập phiếu giấy ở mã mới {code}, nên không hoàn tác được nữa.")


@dataclass(frozen=True, slots=True)
class Life:
    """A code with all that is known of it: the codes that lead on to it, its events, and how it ended if it did."""

    row: PlacedPoint
    predecessors: tuple[str, ...]
    events: tuple[CodeEvent, ...]
    ending: CodeEvent | None

    def can_be_undone_on(self, day: date) -> bool:
        """Tell whether the end of the code is of this day, so that it may be taken back."""
        return self.ending is not None and local_time(self.ending.at).date() == day


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts on which code, when, and in which version it was seen."""

    username: str
    code: str
    version: int
    today: date


def find_life(store: Store, code: str) -> Life:
    """Return what is known of a code; raises UnknownCodeError."""
    with store.reading() as connection:
        return _life(connection, code)


def _life(connection: Connection, code: str) -> Life:
    row = find_point(connection, code)
    predecessors = tuple(kept.list_predecessors(connection, row.id))
    return Life(row, predecessors, list_code_events(connection, code), find_ending(connection, code))


def find_uses(store: Store, row: PlacedPoint) -> Uses:
    """Return what hangs on a code besides paper."""
    with store.reading() as connection:
        return kept.count_uses(connection, row.id)


@tried_again
def replace_code(store: Store, acting: Acting, *, reason: ReplacementReason) -> str:
    """End a code, give its place a new one, and return that.

    The old code leads on to the new one, unless somebody tampered with its poster: then it is dead, and only its
    event knows what took its place. Raises RegistryError when the code has ended, ChangedMeanwhileError.
    """
    with store.writing(REGISTRY) as connection:
        old, new = _in_use(connection, acting), new_code(list_codes(connection))
        starts = max(acting.today, old.point.valid_from or acting.today)
        number = kept.add_successor(connection, old, code=new, valid_from=starts)
        leads_on = reason is not ReplacementReason.TAMPERED
        change_point(connection, old, **_ended(old, acting.today), successor_id=number if leads_on else None)
        if not leads_on:
            # Posters that were replaced before are still right; they lead past the dead code.
            kept.lead_on(connection, old.id, instead_to=number)
        was, replacement = _as_it_was(old), {"new_code": new, "reason": reason.value}
        save_code_event(connection, _event(acting, CodeAct.REPLACED, **replacement, **was))
        _note(connection, Act.CODE_REPLACED, acting, before=was, after=replacement)
    return new


@tried_again
def revoke_code(store: Store, acting: Acting) -> None:
    """End a code for good. Raises RegistryError when it has ended, ChangedMeanwhileError."""
    with store.writing(REGISTRY) as connection:
        old = _in_use(connection, acting)
        change_point(connection, old, **_ended(old, acting.today), successor_id=None)
        was = _as_it_was(old)
        save_code_event(connection, _event(acting, CodeAct.REVOKED, **was))
        _note(connection, Act.CODE_REVOKED, acting, before=was)


@tried_again
def move_code(store: Store, acting: Acting, *, name: str, day: date) -> None:
    """Let a code hang elsewhere in its agency from a day on, which may be past: the counter gets another name.

    Raises RegistryError when it has ended, the name is the old one or the day is to come; ChangedMeanwhileError.
    """
    if day > acting.today:
        raise RegistryError(OUT_OF_ORDER)
    with store.writing(REGISTRY) as connection:
        old = _in_use(connection, acting)
        if name == old.point.name:
            raise RegistryError(SAME_NAME)
        if wrong := tuple(named_wrongly(name)):
            raise RegistryError(*wrong)
        change_point(connection, old, name=name)
        names = {"old_name": old.point.name, "new_name": name}
        save_code_event(connection, _event(acting, CodeAct.MOVED, hangs_from=day, **names))
        after: Facts = {"name": name, "hangs_from": day}
        _note(connection, Act.CODE_MOVED, acting, before={"name": old.point.name}, after=after)


@tried_again
def undo_ending(store: Store, acting: Acting) -> None:
    """Take back a replacement or a revocation of the same day.

    A new code that was made ends as if it had never begun, and leads back: a poster printed with it still works.
    Raises RegistryError when there is nothing to take back or something hangs on the new code already.
    """
    with store.writing(REGISTRY) as connection:
        life = _life(connection, acting.code)
        if life.ending is None or not life.can_be_undone_on(acting.today):
            raise RegistryError(NOTHING_TO_UNDO)
        before = life.ending
        if life.ending.new_code:
            new = find_point(connection, life.ending.new_code)
            _take_back(connection, life.row, new, acting.today)
            # An end that was set for the new code meanwhile, as by a merger, is now the old one's.
            before = replace(before, valid_to=new.point.valid_to, successor_code=new.successor_code)
        _restore(connection, life.row, before, version=acting.version)
        save_code_event(connection, _event(acting, CodeAct.UNDONE, new_code=life.ending.new_code))
        act = Act.CODE_REPLACED if life.ending.new_code else Act.CODE_REVOKED
        withdrawn = {"new_code": life.ending.new_code} if life.ending.new_code else NOTHING
        _note(connection, act, acting, before=withdrawn, after={"undone": True})


def _take_back(connection: Connection, old: PlacedPoint, new: PlacedPoint, today: date) -> None:
    if new.has_ended_by(today):
        raise RegistryError(Phrase(NEW_ENDED, {"code": new.point.code}))
    uses = kept.count_uses(connection, new.id)
    if uses.responses or uses.kiosks or uses.paper_batches:
        raise RegistryError(Phrase(ANSWERED, {"code": new.point.code}))
    kept.lead_on(connection, new.id, instead_to=old.id)
    change_point(connection, new, **_ended(new, today), successor_id=old.id)


def _restore(connection: Connection, old: PlacedPoint, before: CodeEvent, *, version: int) -> None:
    then = kept.find_id(connection, before.successor_code) if before.successor_code else None
    dates = {"valid_from": before.valid_from, "valid_to": before.valid_to}
    change_point(connection, replace(old, version=version), **dates, successor_id=then)


def _note(connection: Connection, act: Act, acting: Acting, *, before: Facts = NOTHING, after: Facts = NOTHING) -> None:
    about = Kind.CODE.named(acting.code)
    save_audit(connection, staff=acting.username, act=act, about=about, before=before, after=after)


def _event(acting: Acting, act: CodeAct, **facts: Any) -> CodeEvent:  # noqa: ANN401  # the fields of an event
    return CodeEvent(acting.code, utc_now(), acting.username, act, **facts)


def _as_it_was(old: PlacedPoint) -> dict[str, date | str | None]:
    point = old.point
    return {"valid_from": point.valid_from, "valid_to": point.valid_to, "successor_code": old.successor_code}


def _in_use(connection: Connection, acting: Acting) -> PlacedPoint:
    """Return the row of a code as it was seen when the page was opened."""
    found = find_point(connection, acting.code)
    require_unchanged(f"service point {acting.code}", found.version, acting.version)
    if found.has_ended_by(acting.today):
        raise RegistryError(ENDED)
    return found


def _ended(row: PlacedPoint, today: date) -> dict[str, date | None]:
    """Return the dates of a row that ends at once. What begins today or later gets one day of the past as its own."""
    last, first = today - timedelta(days=1), row.point.valid_from
    return {"valid_from": min(first, last) if first else None, "valid_to": last}
