"""How long the responses of single people are kept, and their removal.

They are kept for 24 months after the round closes, long enough to compare two later rounds with it;
after that only the sums of published runs remain, and those stay for ever. A period of months ends with
the day of the same number, or with the last day of a month that has none (Civil Code 91/2015/QH13, article
148, clause 3).
"""

from calendar import monthrange
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import SurveyRound
from survey.responses import HalfDay
from survey.store.collecting.retention import RowsOfRound, count_rows, delete_rows, has_final_run
from survey.store.collecting.settling import settle
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_rounds
from survey.store.staff.acts import BY_COMMAND, Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import PUBLICATION, SCREENING, SETTLING, Subject

RESPONSES_KEPT = 24  # months


@dataclass(frozen=True, slots=True)
class RoundRows:
    """What is held of a round's respondents, until when, and whether its final run is published."""

    round_code: str
    kept_until: date
    rows: RowsOfRound
    has_final_run: bool

    def is_overdue_on(self, day: date) -> bool:
        """Tell whether there are rows that should be gone."""
        return self.kept_until < day and any(self.rows)


def kept_until(survey_round: SurveyRound) -> date:
    """Return the last day on which the responses of a round are kept.

    >>> from datetime import date
    >>> leap = SurveyRound("r", "", "", "", opens=date(2024, 2, 1), closes=date(2024, 2, 29), seals=date(2024, 3, 7))
    >>> kept_until(leap)
    datetime.date(2026, 2, 28)
    """
    closes = survey_round.closes
    years, month = divmod(closes.month - 1 + RESPONSES_KEPT, 12)
    year, month = closes.year + years, month + 1
    return date(year, month, min(closes.day, monthrange(year, month)[1]))


def list_round_rows(store: Store) -> tuple[RoundRows, ...]:
    """Return what is held of every round, the latest opening first."""
    with store.reading() as connection:
        return _round_rows(connection)


def _round_rows(connection: Connection) -> tuple[RoundRows, ...]:
    return tuple(
        RoundRows(one.code, kept_until(one), count_rows(connection, number), has_final_run(connection, number))
        for number, one in list_rounds(connection).items()
    )


def forget_overdue(
    store: Store, *, today: date, round_code: str | None = None, without_run: bool = False
) -> tuple[RoundRows, ...]:
    """Remove the responses and comments of every round that is overdue, or of one, and return what was removed.

    All of it happens in one transaction, with an audit entry for each round; afterwards the database files
    are written anew, so that nothing is left in their free space. Raises RoundError, and removes nothing, when a
    round to be emptied has no final run, unless `without_run`: its figures would be lost; and when
    `round_code` is not overdue. Raises BusyError while the nightly work or a publication of such a round is on, and
    StoreError when the files could not be written anew.
    """
    forgetting = Forgetting(today, round_code, without_run)
    with ExitStack() as held:
        # A publication counts these responses in several statements: it must not meet their removal.
        codes = [overdue.round_code for overdue in _due(list_round_rows(store), forgetting)]
        for code in sorted(codes):
            held.enter_context(store.holding(PUBLICATION.of(code)))
        settling = held.enter_context(store.holding(SETTLING))
        gone = _forget(store, settling, forgetting, among=codes)
        if gone:
            settle(store, (today, HalfDay.MORNING), held=settling).require_whole()
    return gone


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What is to be forgotten on which day: one round or all that are overdue, also those `without_run`."""

    today: date
    round_code: str | None
    without_run: bool


@tried_again
def _forget(
    store: Store, settling: Subject, forgetting: Forgetting, *, among: Collection[str]
) -> tuple[RoundRows, ...]:
    with store.writing(settling, SCREENING) as connection:
        numbers = {survey_round.code: number for number, survey_round in list_rounds(connection).items()}
        due = [overdue for overdue in _due(_round_rows(connection), forgetting) if overdue.round_code in among]
        unpublished = [overdue.round_code for overdue in due if not overdue.has_final_run]
        if unpublished and not forgetting.without_run:
            lost = (f"round {code} has no final run: its figures would be lost" for code in unpublished)
            raise RoundError("\n".join(lost))
        gone = tuple(replace(overdue, rows=delete_rows(connection, numbers[overdue.round_code])) for overdue in due)
        for overdue in gone:
            had = {"responses": overdue.rows.responses, "comments": overdue.rows.comments}
            about = Kind.ROUND.named(overdue.round_code)
            save_audit(connection, staff=BY_COMMAND, act=Act.RESPONSES_FORGOTTEN, about=about, before=had)
    return gone


def _due(rounds: Sequence[RoundRows], forgetting: Forgetting) -> tuple[RoundRows, ...]:
    if forgetting.round_code is None:
        return tuple(kept for kept in rounds if kept.is_overdue_on(forgetting.today))
    wanted = next((kept for kept in rounds if kept.round_code == forgetting.round_code), None)
    if wanted is None:
        raise UnknownCodeError("survey round", forgetting.round_code, [kept.round_code for kept in rounds])
    if forgetting.today <= wanted.kept_until:
        raise RoundError(f"the responses of round {wanted.round_code} are kept until {wanted.kept_until:%d/%m/%Y}")
    return (wanted,) if any(wanted.rows) else ()
