"""Full rows of responses for an administrator who says why; the audit trail knows before the first row is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from survey.errors import SurveyError, UnknownCodeError
from survey.instrument.model import Instrument, Question
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.strays import Placing
from survey.operations.staff.rights import Role
from survey.reports.sheets import write_sheet_file
from survey.reports.tables import simulation_notice
from survey.responses import AnswerRecord
from survey.store.collecting.full_rows import iter_full_rows
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import find_round
from survey.store.staff.accounts import find_account
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import ACCOUNTS

SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True)
class FullRows:
    """The columns of responses.csv as it is loaded, and the rows, which can be gone through once."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[str, ...]]


@tried_again
def export_full_rows(store: Store, round_code: str, *, staff: str, reason: str) -> FullRows:
    """Return every response of a round that has a place in it: day, service point, mode, all answers, in random order.

    Raises SurveyError unless `reason` has at least ten characters, UnknownCodeError when the round is
    unknown or `staff` is not the name of an administrator who may sign in. The audit entry with the reason is committed
    before this returns, and so before any row is read.
    """
    stated = " ".join(reason.split())
    if len(stated) < SHORTEST_REASON:
        raise SurveyError(f"say in at least {SHORTEST_REASON} characters what the full rows are needed for")
    with store.writing(ACCOUNTS.read()) as connection:
        _, survey_round = find_round(connection, round_code)
        instrument = load_round_instrument(survey_round)
        account = find_account(connection, staff)
        if account is None or account.disabled or account.role != Role.ADMINISTRATOR:
            raise UnknownCodeError("administrator who may sign in", staff)
        about, purpose = Kind.ROUND.named(round_code), {"purpose": stated}
        save_audit(connection, staff=account.username, act=Act.FULL_ROWS, about=about, after=purpose)
    notice = (simulation_notice("vi"),) if survey_round.simulated else ()
    columns = ("collected_on", "service_point_code", "mode", *(question.code for question in instrument.questions))
    return FullRows((*columns, *(("notice",) if notice else ())), _rows(store, round_code, instrument, notice))


def _rows(store: Store, round_code: str, instrument: Instrument, notice: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        has_place = Placing(survey_round, instrument)
        for day, point, mode, record in iter_full_rows(connection, round_id):
            if not has_place(day, mode, record):
                continue
            answers = AnswerRecord.unpack(instrument, record)
            yield day, point, mode, *_cells(answers, instrument.questions), *notice


def _cells(answers: dict[str, str | frozenset[str]], questions: Sequence[Question]) -> Iterator[str]:
    """Yield the cell of each question, as responses.csv takes it: the ticked symbols of a multiple choice, spaced."""
    for question in questions:
        answer = answers.get(question.code, "")
        yield answer if isinstance(answer, str) else " ".join(sorted(answer))


def write_full_rows(store: Store, path: Path, round_code: str, *, staff: str, reason: str, layout: str = "csv") -> None:
    """Write the full rows as one of `SHEET_LAYOUTS`; none stays half-written. Raises as `export_full_rows` does."""
    full = export_full_rows(store, round_code, staff=staff, reason=reason)
    write_sheet_file(path, full.columns, full.rows, layout=layout, private=True)
