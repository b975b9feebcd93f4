"""Paper forms: open a batch, key its sheets, and turn them into responses or throw them away.

What is stored cannot be followed back: the responses get random keys and are written in their order, the
sheets are removed, and the batch keeps nothing but their number.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from survey.errors import ChangedMeanwhileError, EntryError, UnknownCodeError
from survey.fieldwork import RoundState, SurveyRound, asked_questions
from survey.instrument import Instrument
from survey.operations.collecting.double_entry import PassComparison, compare_passes
from survey.operations.collecting.invitations import Invitation, read_invitation
from survey.operations.collecting.responses import load_round_instrument
from survey.responses import KEY_BYTES, Mode
from survey.store.collecting import entry
from survey.store.collecting.entry import KeyedSheet, SheetBatch
from survey.store.collecting.responses import NewResponse, insert_responses
from survey.store.collecting.retention import has_final_run
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_rounds
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import NOTHING, Facts, save_audit
from survey.store.subjects import PAPER, REGISTRY, ROUNDS, RUNS, Subject
from survey.wording import Phrase, phrase

FIRST, SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class ChosenBatch:
    """What is chosen for a new batch; `checked` means that everything is keyed twice."""

    round_code: str
    point_code: str
    day: date
    checked: bool


@dataclass(frozen=True, slots=True)
class EntryDesk:
    """A batch with all that is needed to work on it."""

    batch: SheetBatch
    survey_round: SurveyRound
    instrument: Instrument

    @property
    def keystrokes(self) -> int:
        """Return how many places of the record one sheet fills."""
        return sum(len(question.positions) for question in asked_questions(self.survey_round, self.instrument))

    def stopped_on(self, today: date) -> Phrase | None:
        """Return in words why nothing can be keyed or stored any more; None when it can."""
        if not self.batch.is_open:
            return closed_words(self.batch)
        if self.survey_round.state_on(today) is RoundState.SEALED:
            return phrase(
                "Đợt khảo sát đã khóa sổ sau ngày {day} nên không nhận thêm phiếu. Tập phiếu này chỉ có thể bỏ.",
                day=self.survey_round.seals,
            )
        return None


def closed_words(batch: SheetBatch) -> Phrase:
    """Return what became of a batch that is not open."""
    if batch.responses:
        return phrase(
            "Tập phiếu này đã được lưu vào kết quả ngày {day}: {count} phiếu. Không thể sửa hay lưu lần nữa.",
            day=batch.stored_on,
            count=batch.responses,
        )
    return phrase("Tập phiếu này đã được bỏ ngày {day}; không có phiếu nào được lưu.", day=batch.stored_on)


def taking_rounds(store: Store, today: date) -> tuple[SurveyRound, ...]:
    """Return the rounds that take paper: open, or closed and not yet sealed; the latest first."""
    with store.reading() as connection:
        rounds = list_rounds(connection).values()
    return tuple(one for one in rounds if one.state_on(today) in (RoundState.OPEN, RoundState.CLOSED))


@tried_again
def open_batch(store: Store, new: ChosenBatch, *, staff: str, today: date) -> int:
    """Add a batch and return its number.

    Raises UnknownCodeError for the service point, EntryError for a round that takes no paper or is not the
    agency's, for a day outside the round or in the future, and for a point not in use on that day.
    """
    with store.writing(REGISTRY.read(), ROUNDS.read(), PAPER) as connection:
        invitation = read_invitation(connection, new.point_code)
        round_id, survey_round = _taking_round(invitation, new.round_code, today)
        _check_day(invitation, survey_round, new.day, today)
        placed = invitation.placed
        number = entry.add_batch(
            connection,
            round_id=round_id,
            service_point_id=placed.id,
            day=new.day,
            checked=new.checked,
            staff=staff,
            today=today,
        )
        facts: Facts = {"round_code": new.round_code, "point_code": placed.point.code, "day": new.day}
        about = Kind.PAPER_BATCH.named(number)
        save_audit(connection, staff=staff, act=Act.PAPER_BATCH_OPENED, about=about, after=facts)
    return number


def _taking_round(invitation: Invitation, code: str, today: date) -> tuple[int, SurveyRound]:
    for number, one in invitation.rounds:
        if one.code == code and one.state_on(today) in (RoundState.OPEN, RoundState.CLOSED):
            return number, one
    raise EntryError(phrase("Đợt khảo sát này không nhận phiếu của điểm phục vụ đã chọn. Hãy chọn đợt khảo sát khác."))


def _check_day(invitation: Invitation, survey_round: SurveyRound, day: date, today: date) -> None:
    opens, closes = survey_round.opens, survey_round.closes
    if not opens <= day <= closes:
        raise EntryError(
            phrase("Ngày {day} nằm ngoài đợt khảo sát ({opens} – {closes}).", day=day, opens=opens, closes=closes)
        )
    if day > today:
        raise EntryError(phrase("Ngày {day} chưa đến.", day=day))
    ended = invitation.agency.valid_to
    if not invitation.placed.point.is_valid_on(day) or (ended and day > ended):
        code = invitation.placed.point.code
        raise EntryError(phrase("Điểm phục vụ {code} không hoạt động vào ngày {day}.", code=code, day=day))


def find_desk(store: Store, number: int) -> EntryDesk:
    """Return a batch to work on; raises UnknownCodeError."""
    with store.reading() as connection:
        return _desk(connection, number)


def _desk(connection: Connection, number: int, *, to_write: bool = False) -> EntryDesk:
    batch = entry.find_batch(connection, number, to_write=to_write)
    if batch is None:
        raise UnknownCodeError("paper batch", str(number))
    survey_round = list_rounds(connection)[batch.round_id]
    return EntryDesk(batch, survey_round, load_round_instrument(survey_round))


@tried_again
def key_sheet(store: Store, number: int, sheet: KeyedSheet, *, seen: str, today: date) -> KeyedSheet | None:
    """Keep a sheet, and return what stands under its number already where that is not what was `seen`.

    Then nothing was kept: whoever typed it must say which one is right. The same sheet once more is kept as
    it is. Raises ChangedMeanwhileError when the batch is closed, EntryError when the round is sealed.
    """
    with _open_desk(store, number, today) as (connection, desk):
        there = entry.find_sheet(connection, number, sheet.number, sheet.entry)
        width = desk.instrument.width
        if there and there.answers[:width] == sheet.answers:
            return None
        if there and there.answers[:width] != seen:
            return there
        # What was keyed at first stays known, once the paper was looked at.
        keyed = there.answers[width:] if there else ""
        entry.save_sheet(connection, number, replace(sheet, answers=sheet.answers + keyed))
    return None


@tried_again
def remove_sheet(store: Store, number: int, sheet: int, pass_number: int, *, today: date) -> None:
    """Take one sheet of a pass out of a batch; raises as `key_sheet` does."""
    with _open_desk(store, number, today) as (connection, _):
        entry.delete_sheet(connection, number, sheet, pass_number)


@tried_again
def settle_sheet(store: Store, number: int, sheet: int, on_paper: Mapping[int, str], *, today: date) -> bool:
    """Put what the paper says in the place of what two passes said differently (position → symbol).

    Returns False, and changes nothing, when somebody changed the sheet meanwhile so that `on_paper` does not
    say all that differs now. Raises as `key_sheet` does.
    """
    with _open_desk(store, number, today) as (connection, desk):
        both = [entry.find_sheet(connection, number, sheet, pass_number) for pass_number in (FIRST, SECOND)]
        first, second = (held.answers if held else "" for held in both)
        width = desk.instrument.width
        differing = [place for place in range(width) if first[place : place + 1] != second[place : place + 1]]
        if None in both or not set(differing) <= set(on_paper):
            return False
        right = "".join(on_paper.get(place, symbol) for place, symbol in enumerate(first[:width]))
        for keyed in both:
            assert keyed is not None  # noqa: S101  # looked at above
            entry.save_sheet(connection, number, replace(keyed, answers=right + keyed.answers[-width:]))
    return True


@contextmanager
def _open_desk(store: Store, number: int, today: date, *others: Subject) -> Iterator[tuple[Connection, EntryDesk]]:
    """Yield a batch nobody else can change meanwhile, in a transaction that holds other subjects too."""
    with store.writing(ROUNDS.read(), PAPER.of(number), *others) as connection:
        desk = _desk(connection, number, to_write=True)
        if not desk.batch.is_open:
            raise ChangedMeanwhileError(closed_words(desk.batch))
        if stopped := desk.stopped_on(today):
            raise EntryError(stopped)
        yield connection, desk


def compare(store: Store, desk: EntryDesk) -> PassComparison:
    """Return how far the two passes of a batch agree."""
    with store.reading() as connection:
        sheets = entry.list_sheets(connection, desk.batch.id)
    return compare_passes(sheets, width=desk.instrument.width, keystrokes=desk.keystrokes)


@tried_again
def store_batch(store: Store, number: int, *, staff: str, today: date) -> int:
    """Make responses of all sheets of a batch in one transaction, and return their number.

    Raises ChangedMeanwhileError when somebody else was faster, EntryError when the round is sealed, the batch
    is empty, or its two passes do not agree.
    """
    with _open_desk(store, number, today, RUNS.read()) as (connection, desk):
        _refuse_last_word(connection, desk)
        sheets = entry.list_sheets(connection, number)
        compared = compare_passes(sheets, width=desk.instrument.width, keystrokes=desk.keystrokes)
        _refuse_unfinished(desk.batch, compared, len(sheets))
        rows = [_new_response(desk, sheet) for sheet in sheets if sheet.entry == FIRST]
        insert_responses(connection, sorted(rows, key=lambda row: row.key))
        entry.close_batch(connection, number, responses=len(rows), today=today)
        stored = {**_told(desk), "responses": len(rows), **_quality(desk.batch, compared)}
        about = Kind.PAPER_BATCH.named(number)
        save_audit(connection, staff=staff, act=Act.PAPER_BATCH_STORED, about=about, after=stored)
    entry.clean_sheets(store)
    return len(rows)


def _refuse_last_word(connection: Connection, desk: EntryDesk) -> None:
    """Refuse responses of a round whose final publication has been counted."""
    if has_final_run(connection, desk.batch.round_id):
        raise EntryError(LAST_WORD)


LAST_WORD = phrase("Đợt khảo sát này đã có kết quả chính thức nên không nhận thêm phiếu. Tập phiếu này chỉ có thể bỏ.")


def _refuse_unfinished(batch: SheetBatch, compared: PassComparison, sheets: int) -> None:
    if not sheets:
        raise EntryError(phrase("Tập phiếu chưa có tờ nào để lưu."))
    if batch.checked and not compared.all_agree:
        raise EntryError(phrase("Hai lần nhập chưa khớp ở mọi tờ. Hãy đối chiếu xong rồi lưu."))


def _new_response(desk: EntryDesk, sheet: KeyedSheet) -> NewResponse:
    batch, record = desk.batch, sheet.answers[: desk.instrument.width]
    key = secrets.token_bytes(KEY_BYTES)
    # The round may have been shortened since the batch was opened.
    day = desk.survey_round.nearest_day(batch.day)
    return NewResponse(key, batch.round_id, batch.service_point_id, Mode.PAPER, day, None, record)


def _told(desk: EntryDesk) -> Facts:
    return {"round_code": desk.survey_round.code, "point_code": desk.batch.point_code, "day": desk.batch.day}


def _quality(batch: SheetBatch, compared: PassComparison) -> Facts:
    """Return how many keystrokes of the first pass were wrong, where a second one told."""
    return {"wrong": compared.wrong_first, "keystrokes": compared.keystrokes} if batch.checked else NOTHING


@tried_again
def discard_batch(store: Store, number: int, *, staff: str, today: date) -> int:
    """Throw the sheets of a batch away and return their number; the batch stays, closed and without a response.

    A sealed round does not keep it from being thrown away. Raises UnknownCodeError, and ChangedMeanwhileError
    when the batch is closed already.
    """
    with store.writing(ROUNDS.read(), PAPER.of(number)) as connection:
        desk = _desk(connection, number, to_write=True)
        if not desk.batch.is_open:
            raise ChangedMeanwhileError(closed_words(desk.batch))
        sheets = len({sheet.number for sheet in entry.list_sheets(connection, number)})
        entry.close_batch(connection, number, responses=0, today=today)
        about, had = Kind.PAPER_BATCH.named(number), {**_told(desk), "sheets": sheets}
        save_audit(connection, staff=staff, act=Act.PAPER_BATCH_DISCARDED, about=about, before=had)
    entry.clean_sheets(store)
    return sheets
