"""What a takeover did, read from the registry, and the way back while nobody has answered at the new codes."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import Agency
from survey.operations.registry.mergers import ONE_DAY, note_takeover
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry import succession
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import PlacedPoint, change_point, ended_on, in_agencies, list_points
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import REGISTRY
from survey.wording import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Move:
    """A service point that ended, and the one that goes on in its place."""

    old: PlacedPoint
    new: PlacedPoint


@dataclass(frozen=True, slots=True)
class Takeover:
    """Agencies that end together, and what goes on from `day`. A split has no single `successor`.

    `ended` are the service points that end with their agencies; `responses` came in at the new codes;
    `digest` tells whether all is still as it was looked at; `removable` are those that take over, began with it, and
    have nothing but what it gave them.
    """

    day: date
    sources: tuple[Agency, ...]
    successor: Agency | None
    takers: tuple[Agency, ...]
    moves: tuple[Move, ...]
    ended: tuple[PlacedPoint, ...]
    responses: int
    digest: str
    removable: tuple[Agency, ...] = ()

    @property
    def last_day(self) -> date:
        """The last day of the agencies that end."""
        return self.day - ONE_DAY

    def begun_on(self, today: date) -> bool:
        """Tell whether the takeover has happened."""
        return self.day <= today

    def hindrances(self, today: date) -> tuple[Phrase, ...]:
        """Return why this cannot be undone, nothing when it can."""
        return tuple(self._hindrances(today))

    def _hindrances(self, today: date) -> Iterator[Phrase]:
        if today > self.day:
            yield phrase("Chỉ hoàn tác được đến hết ngày {day}.", day=self.day)
        if self.responses:
            yield phrase(
                "Đã có {count} phiếu gửi tại các mã mới; phiếu luôn thuộc cơ quan ghi trên áp phích.",
                count=self.responses,
            )
        for point in (move.new.point for move in self.moves if move.new.successor_id):
            yield phrase(
                "Mã mới {code} ({name}) đã được thay; trước hết hãy hoàn tác việc thay mã.",
                code=point.code,
                name=point.name,
            )


def find_takeover(store: Store, agency_code: str) -> Takeover | None:
    """Return how an agency was, or will be, taken over; None when it is not. Raises UnknownCodeError."""
    with store.reading() as connection:
        return _find(connection, agency_code)


@tried_again
def undo_takeover(
    store: Store,
    agency_code: str,
    *,
    reopened: Collection[str],
    seen: str,
    today: date,
    by: str,
    removed: Collection[str] = (),
) -> Takeover:
    """Let the agencies go on as if nothing had been planned, all or nothing, and note who did it.

    New codes may be on paper already, so their rows stay: they end, and lead back to the old codes. `reopened`
    are the codes of the service points that ended with their agencies and go on too, `removed` those of the agencies
    that were made for it and go: their new codes stay with the agencies they came from. Raises RegistryError
    when it is too late, ChangedMeanwhileError when something changed since it was `seen`.
    """
    with store.writing(REGISTRY) as connection:
        takeover = _find(connection, agency_code)
        if takeover is None or takeover.digest != seen:
            raise ChangedMeanwhileError("the takeover is not the one that was looked at; nothing was stored")
        if hindrances := takeover.hindrances(today):
            raise RegistryError(*hindrances)
        gone = {agency.code for agency in takeover.removable} & set(removed)
        _turn_back(connection, takeover, reopened, today, gone)
        act = Act.AGENCIES_MERGED if takeover.successor else Act.AGENCY_SPLIT
        note_takeover(connection, act, takeover.sources, staff=by, after=_told(takeover))
        for code in sorted(gone):
            save_audit(
                connection, staff=by, act=Act.AGENCY_CHANGED, about=Kind.AGENCY.named(code), after={"undone": True}
            )
    return takeover


def _told(found: Takeover) -> Facts:
    undone = {"undone": True, "codes_withdrawn": len(found.moves)}
    return {"goes_to": [one.code for one in found.takers], "day": found.day, **undone}


def _turn_back(
    connection: Connection, takeover: Takeover, reopened: Collection[str], today: date, gone: Set[str]
) -> None:
    rows = succession.agency_rows(connection, [agency.code for agency in takeover.sources])
    for row in rows.values():
        succession.change_agency(connection, row, valid_to=None, successor_id=None)
    for move in takeover.moves:
        change_point(connection, move.old, valid_to=move.new.point.valid_to, successor_id=None)
        over = {"valid_from": today - ONE_DAY, "valid_to": today - ONE_DAY}
        # An agency that goes leaves its codes, which may be on paper, where they lead back to.
        home = move.old.agency_id if move.new.point.agency_code in gone else move.new.agency_id
        change_point(connection, move.new, **over, successor_id=move.old.id, agency_id=home)
    for held in takeover.ended:
        if held.point.code in reopened:
            change_point(connection, held, valid_to=None)
    for row in succession.agency_rows(connection, gone).values():
        succession.remove_agency(connection, row)


def _find(connection: Connection, agency_code: str) -> Takeover | None:
    agencies = {agency.code: agency for agency in list_agencies(connection).values()}
    if agency_code not in agencies:
        raise UnknownCodeError("agency", agency_code)
    source = agencies[agency_code]
    if source.valid_to is None:
        return None
    sources = _together(agencies, source)
    ended = list_points(connection, in_agencies([agency.code for agency in sources]), ended_on(source.valid_to))
    moves = _moves(connection, ended, source.valid_to + ONE_DAY)
    if not moves and source.successor_code is None:
        return None
    codes = [source.successor_code] if source.successor_code else sorted({move.new.point.agency_code for move in moves})
    new, day = [move.new.id for move in moves], source.valid_to + ONE_DAY
    return Takeover(
        day=day,
        sources=sources,
        successor=agencies[source.successor_code] if source.successor_code else None,
        takers=tuple(agencies[code] for code in codes),
        moves=moves,
        ended=tuple(placed for placed in ended if placed.successor_id is None),
        responses=succession.count_responses(connection, new) if new else 0,
        digest=_digest(connection, sources, ended, moves),
        removable=tuple(_removable(connection, [agencies[code] for code in codes], day, new)),
    )


def _removable(connection: Connection, takers: Sequence[Agency], day: date, moved: Collection[int]) -> Iterator[Agency]:
    rows = succession.agency_rows(connection, [taker.code for taker in takers if taker.valid_from == day])
    for taker in takers:
        if taker.code in rows:
            own = list_points(connection, in_agencies([taker.code]))
            if all(placed.id in moved for placed in own) and not succession.hangs_on(connection, rows[taker.code][0]):
                yield taker


def _together(agencies: Mapping[str, Agency], asked: Agency) -> tuple[Agency, ...]:
    """Return the agencies that end on the same day for the same successor; a split agency ends alone."""
    if asked.successor_code is None:
        return (asked,)
    key = (asked.valid_to, asked.successor_code)
    return tuple(one for one in agencies.values() if (one.valid_to, one.successor_code) == key)


def _moves(connection: Connection, ended: tuple[PlacedPoint, ...], day: date) -> tuple[Move, ...]:
    """Return the service points that go on at another agency from `day`."""
    following = succession.points_by_id(connection, [placed.successor_id for placed in ended if placed.successor_id])
    pairs = (Move(placed, following[placed.successor_id]) for placed in ended if placed.successor_id)
    return tuple(
        move
        for move in pairs
        if move.new.point.agency_code != move.old.point.agency_code and move.new.point.valid_from == day
    )


def _digest(
    connection: Connection, sources: tuple[Agency, ...], ended: tuple[PlacedPoint, ...], moves: tuple[Move, ...]
) -> str:
    rows = sorted(succession.agency_rows(connection, [one.code for one in sources]).items())
    points = [(one.id, one.version) for one in (*ended, *(move.new for move in moves))]
    return hashlib.sha256(repr((rows, points)).encode()).hexdigest()
