"""Record a response, and load a file of them."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from survey.errors import AlreadyLoadedError, RoundError
from survey.fieldwork import RoundState, SurveyRound
from survey.instrument import Instrument, load_instrument
from survey.operations.clock import half_of
from survey.operations.collecting.invitations import Invitation
from survey.operations.collecting.response_files import read_responses
from survey.responses import KEY_BYTES, AnswerRecord, HalfDay, Mode, Response, SubmissionKey
from survey.store.collecting.group_commit import GroupWriter
from survey.store.collecting.imports import find_loaded, save_import
from survey.store.collecting.responses import NewComment, NewResponse, is_stored, save_responses
from survey.store.collecting.retention import has_final_run
from survey.store.engine import Store
from survey.store.refusals import is_for_later, tried_again
from survey.store.registry.agencies import find_round
from survey.store.registry.points import PlacedPoint, list_points
from survey.store.subjects import REGISTRY, ROUNDS, RUNS

TROUBLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Submission:
    """What a citizen sent, already checked by the form.

    `issued_on` is the signed day the form was opened; `given` what the phone says of the half-day
    the answers were given, for answers that waited on the phone.
    """

    key: SubmissionKey
    issued_on: date
    given: tuple[date, HalfDay] | None
    answers: Mapping[str, str | frozenset[str]]
    comment: str
    mode: Mode = Mode.QR


class Recorder:
    """Stores submissions, those that come together in one commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writer: GroupWriter[NewResponse, None] = GroupWriter(
            lambda rows: save_responses(store, rows), turn=store.alone
        )
        self._failed_at: float | None = None

    def is_in_trouble(self) -> bool:
        """Tell whether the latest answer of the last minute could not be stored because the database takes nothing."""
        return self._failed_at is not None and time.monotonic() - self._failed_at < TROUBLE_SECONDS

    def record(self, invitation: Invitation, submission: Submission, *, now: datetime) -> str:
        """Store a submission once and return its receipt; a replay gets the same receipt, even after sealing.

        Raises RoundError when no round takes it any more, AnswerError for an answer the instrument
        does not offer, KeyReplayedError when the key was used for other answers.
        """
        round_id, survey_round = round_of_form(invitation, submission.issued_on)
        given = half_day_of(submission, invitation.last_day_in(survey_round, submission.issued_on), now)
        record = AnswerRecord.pack(load_instrument(survey_round.instrument), submission.answers)
        response = _new_response(invitation, submission, round_id, given, record)
        if survey_round.state_on(now.date()) is not RoundState.SEALED:
            self._store_or_note(response)
        elif not is_stored(self._store, response):
            raise RoundError(TAKEN_NO_MORE)
        return submission.key.receipt

    def _store_or_note(self, response: NewResponse) -> None:
        try:
            self._writer.store(response)
        except Exception as error:
            if is_for_later(error):
                self._failed_at = time.monotonic()
            raise
        self._failed_at = None


TAKEN_NO_MORE = "no round takes these answers any more"


def round_of_form(invitation: Invitation, issued_on: date) -> tuple[int, SurveyRound]:
    """Return the round whose form was opened on `issued_on`, whether it still takes answers or not.

    A form is only handed out while its round is open. So one that was opened just after the last day belongs to the
    round that was closed early, by somebody whose clock is not the one the form was opened by. Raises RoundError
    when there is none.
    """
    found = invitation.round_on(issued_on) or invitation.closed_before(issued_on)
    if found is None:
        raise RoundError(TAKEN_NO_MORE)
    return found


def half_day_of(submission: Submission, last_day: date, now: datetime) -> tuple[date, HalfDay | None]:
    """Return the half-day a submission counts on.

    It is the one the phone names, if that lies between the opening of the form and now (a phone's
    clock may be wrong: what cannot be is not believed); without a word from the phone the current
    one. Where our own clock says what cannot be either, a day before the form was opened, it is that day; and
    `last_day` where the round closed, or the service point's code came to its end, meanwhile. A day that was moved
    has no half.
    """
    day, half = now.date(), half_of(now)
    if submission.given and submission.issued_on <= submission.given[0] and submission.given <= (day, half):
        day, half = submission.given
    inside = min(max(day, submission.issued_on), last_day)
    return inside, half if inside == day else None


def _new_response(
    invitation: Invitation, submission: Submission, round_id: int, given: tuple[date, HalfDay | None], record: str
) -> NewResponse:
    placed, key = invitation.placed, submission.key
    comment = NewComment(key.comment, round_id, placed.agency_id, submission.comment) if submission.comment else None
    return NewResponse(key.row, round_id, placed.id, submission.mode, *given, record, comment)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did."""

    rows: int
    digest: str


@tried_again
def import_responses(store: Store, data: bytes, *, name: str, round_code: str, today: date) -> Loaded:
    """Load `responses.csv` all-or-nothing.

    Raises RefusedDataError with every bad row, AlreadyLoadedError when the same file comes again, RoundError when the
    round takes no more responses.
    """
    digest = hashlib.sha256(data).hexdigest()
    with store.reading() as connection:
        ground = _ground(connection, round_code)
        _refuse_loaded(connection, digest, name)
        _refuse_late(connection, ground, today)
    # A large file takes its time to read: nobody waits for that, unless what it was read against changed.
    rows = _read_rows(data, name, ground, today)
    with store.writing(REGISTRY.read(), ROUNDS.read(), RUNS.read()) as connection:
        now = _ground(connection, round_code)
        _refuse_loaded(connection, digest, name)
        _refuse_late(connection, now, today)
        rows = rows if now == ground else _read_rows(data, name, now, today)
        save_import(connection, rows, digest=digest, round_id=now.round_id, today=today)
    return Loaded(len(rows), digest)


class _Ground(NamedTuple):
    """What a file of responses is read against."""

    round_id: int
    survey_round: SurveyRound
    points: Mapping[str, PlacedPoint]


def _ground(connection: Connection, round_code: str) -> _Ground:
    return _Ground(
        *find_round(connection, round_code), {placed.point.code: placed for placed in list_points(connection)}
    )


def _read_rows(data: bytes, name: str, ground: _Ground, today: date) -> list[NewResponse]:
    responses = read_responses(
        data,
        name=name,
        instrument=load_round_instrument(ground.survey_round),
        survey_round=ground.survey_round,
        service_points={code: placed.point for code, placed in ground.points.items()},
        today=today,
    )
    return [_imported(response, ground.round_id, ground.points[response.service_point].id) for response in responses]


def _refuse_loaded(connection: Connection, digest: str, name: str) -> None:
    if loaded_on := find_loaded(connection, digest):
        raise AlreadyLoadedError(name, loaded_on)


def _refuse_late(connection: Connection, ground: _Ground, today: date) -> None:
    """Refuse responses that would come after the last word on their round."""
    survey_round = ground.survey_round
    if survey_round.state_on(today) is RoundState.SEALED:
        sealed = f"round {survey_round.code} was sealed on {survey_round.seals:%d/%m/%Y}"
        raise RoundError(f"{sealed} and takes no more responses")
    if has_final_run(connection, ground.round_id):
        raise RoundError(f"round {survey_round.code} has its final publication and takes no more responses")


def _imported(response: Response, round_id: int, point_id: int) -> NewResponse:
    key = secrets.token_bytes(KEY_BYTES)
    return NewResponse(key, round_id, point_id, response.mode, response.day, response.half, response.record)


def load_round_instrument(survey_round: SurveyRound) -> Instrument:
    """Return the round's instrument; raises RoundError when its file is not the one the round began with."""
    instrument = load_instrument(survey_round.instrument)
    if instrument.digest != survey_round.instrument_digest:
        raise RoundError(
            f"round {survey_round.code} began with another {survey_round.instrument}.toml; "
            "a changed wording needs a new instrument file, so restore the old one"
        )
    return instrument
