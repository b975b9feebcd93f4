"""What somebody should look at today, computed from what there is and stored nowhere: nothing has to be ticked off."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from survey.fieldwork import Agency, RoundState, SurveyRound
from survey.operations.monitoring.boards import AgencyOnBoard, Board, PointLine
from survey.operations.monitoring.rules import expected_end, is_far_below
from survey.operations.monitoring.shares import UnusualShare
from survey.operations.staff.rights import Permission
from survey.store.engine import Store
from survey.store.monitoring.monitoring import has_responses, list_kiosks_left, list_open_batches, printed_points
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import RunKind, latest_heads

CLOSING_WITHIN = 3
STORED_WITHIN = timedelta(days=3)
VISITS_AFTER = timedelta(days=7)


class NoticeKind(StrEnum):
    """What a notice is about, the most urgent first."""

    SEALED = "sealed"
    CLOSING = "closing"
    FLOOD = "flood"
    SHARE = "share"
    SILENT_AGENCY = "silent-agency"
    SILENT = "silent"
    PAPER = "paper"
    GOAL = "goal"
    UNPRINTED = "unprinted"
    UNHEARD = "unheard"
    KIOSK = "kiosk"
    VISITS = "visits"


# A notice goes to those who can do something about it.
NEEDS: Mapping[NoticeKind, Permission] = {
    NoticeKind.SEALED: Permission.PUBLISH,
    NoticeKind.PAPER: Permission.ENTER_RESPONSES,
    NoticeKind.UNPRINTED: Permission.PRINT,
    NoticeKind.KIOSK: Permission.MANAGE_KIOSKS,
    NoticeKind.VISITS: Permission.ENTER_VISITS,
}
_PLACES = {kind: place for place, kind in enumerate(NoticeKind)}


@dataclass(frozen=True, slots=True)
class Thing:
    """One of the things a notice is about; what does not matter to its kind stays empty."""

    name: str
    day: date | None = None
    responses: int = 0
    usual: float = 0
    share: UnusualShare | None = None


Finder: TypeAlias = Callable[[AgencyOnBoard], Iterable[Thing]]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How far an agency is from its goal: what it has, what it will have at this pace, how long it still has."""

    responses: int
    goal: int
    expected: int
    days_left: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to look at: in an agency, or in a round as a whole."""

    kind: NoticeKind
    survey_round: SurveyRound
    agency: Agency | None = None
    things: tuple[Thing, ...] = ()
    shortfall: Shortfall | None = None


def find_notices(store: Store, board: Board | None, may: Collection[Permission], *, today: date) -> list[Notice]:
    """Return the notices for somebody who may do this and to whom the current round looks like `board`.

    The most urgent kind comes first, and of each kind the agencies with the most to do. The round of a board that is
    not the current one has none.
    """
    notices = [*_of_rounds(store, today)]
    if board is not None:
        closing = board.state is RoundState.OPEN and board.days_left - 1 <= CLOSING_WITHIN
        notices += [Notice(NoticeKind.CLOSING, board.survey_round)] if closing else []
        notices += [*_of_agencies(store, board)]
    allowed = [notice for notice in notices if NEEDS.get(notice.kind, Permission.SEE_FIELDWORK) in may]
    return sorted(allowed, key=lambda notice: (_PLACES[notice.kind], -_weight(notice)))


def _weight(notice: Notice) -> float:
    """Return how much there is to do: responses missing at the end, otherwise the number of things."""
    return notice.shortfall.goal - notice.shortfall.expected if notice.shortfall else len(notice.things)


def _of_rounds(store: Store, today: date) -> Iterator[Notice]:
    """Yield the rounds that no answer can come to any more, and whose final results are not published."""
    with store.reading() as connection:
        rounds = list_rounds(connection)
        final = {head.round_code for head in latest_heads(connection) if head.kind == RunKind.FINAL}
        sealed = [
            number for number, survey_round in rounds.items() if survey_round.state_on(today) is RoundState.SEALED
        ]
        waiting = has_responses(connection, [number for number in sealed if rounds[number].code not in final])
    return (Notice(NoticeKind.SEALED, rounds[number]) for number in sorted(waiting, reverse=True))


def _of_agencies(store: Store, board: Board) -> Iterator[Notice]:
    """Yield the notices of every agency of the board."""
    opens, finders = board.survey_round.opens, _finders(store, board)
    for line in board.agencies:
        for kind, find in finders.items():
            if things := tuple(find(line)):
                yield Notice(kind, board.survey_round, line.agency, things)
        if line.silence:
            whole = Thing(line.agency.name, opens + timedelta(days=line.silence.last), usual=line.silence.usual)
            yield Notice(NoticeKind.SILENT_AGENCY, board.survey_round, line.agency, (whole,))
        if shortfall := _shortfall(line, board):
            yield Notice(NoticeKind.GOAL, board.survey_round, line.agency, shortfall=shortfall)
    # One notice for all: whoever types them does so in one table.
    if uncounted := tuple(Thing(line.agency.name) for line in board.agencies if _lacks_visits(line, board)):
        yield Notice(NoticeKind.VISITS, board.survey_round, things=uncounted)


def _finders(store: Store, board: Board) -> dict[NoticeKind, Finder]:
    """Return how the things of a kind are found in an agency."""
    with store.reading() as connection:
        printed = printed_points(connection)
        batches = list_open_batches(connection, opened_until=board.today - STORED_WITHIN)
        left = list_kiosks_left(connection, today=board.today)
    paper = _by_agency((batch.agency_id, Thing(batch.point, batch.opened_on)) for batch in batches)
    kiosks = _by_agency((kiosk.agency_id, Thing(f"{kiosk.label} – {kiosk.point}", kiosk.valid_to)) for kiosk in left)
    opens, running = board.survey_round.opens, board.state in (RoundState.UPCOMING, RoundState.OPEN)

    def lacks_poster(point: PointLine) -> bool:
        # Whoever has a response has a poster, printed wherever.
        return running and point.is_in_use and not point.collected.responses and point.place.id not in printed

    return {
        NoticeKind.FLOOD: lambda line: _floods(line, opens),
        NoticeKind.SHARE: _shares,
        NoticeKind.SILENT: lambda line: _silences(line, opens),
        NoticeKind.PAPER: lambda line: paper.get(line.id, ()),
        NoticeKind.UNPRINTED: lambda line: (Thing(point.place.name) for point in line.points if lacks_poster(point)),
        NoticeKind.UNHEARD: lambda line: (Thing(point.place.name) for point in line.unheard if not lacks_poster(point)),
        NoticeKind.KIOSK: lambda line: kiosks.get(line.id, ()),
    }


def _by_agency(things: Iterable[tuple[int, Thing]]) -> dict[int, list[Thing]]:
    found: dict[int, list[Thing]] = {}
    for number, thing in things:
        found.setdefault(number, []).append(thing)
    return found


def _silences(line: AgencyOnBoard, opens: date) -> Iterator[Thing]:
    for point in line.points:
        if silence := point.silence:
            yield Thing(point.place.name, opens + timedelta(days=silence.last), usual=silence.usual)


def _floods(line: AgencyOnBoard, opens: date) -> Iterator[Thing]:
    for point in line.points:
        if flood := point.flood:
            yield Thing(point.place.name, opens + timedelta(days=flood.day), flood.responses, flood.usual)


def _shares(line: AgencyOnBoard) -> Iterator[Thing]:
    return (Thing(point.place.name, share=point.share) for point in line.points if point.share)


def _lacks_visits(line: AgencyOnBoard, board: Board) -> bool:
    """Tell whether nobody counted whom an agency served; a round that has just opened may wait for that."""
    return line.served.visits is None and board.today - board.survey_round.opens >= VISITS_AFTER


def _shortfall(line: AgencyOnBoard, board: Board) -> Shortfall | None:
    if board.state is not RoundState.OPEN:
        return None
    past = (board.today - board.counts.opens).days
    by_day = board.counts.by_day(line.point_ids)[:past].tolist() or [0] * past
    if not is_far_below(by_day, goal=line.goal.responses, days_left=board.days_left):
        return None
    expected = max(line.responses, expected_end(by_day, board.days_left))
    return Shortfall(line.responses, line.goal.responses, expected, board.days_left)
