"""Let agencies end on a day and others go on in their place: mergers into one, and splits into several.

What was answered stays with the agency its code was printed for. A service point that goes on gets a new
row with a new code at the agency that takes it over; the old row names it, and old posters lead to it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import Connection

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import Agency, ServicePoint
from survey.operations.registry.changes import new_code
from survey.operations.registry.rules import named_wrongly
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry import succession
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import (
    PlacedPoint,
    add_points,
    change_point,
    ids_of,
    in_agencies,
    list_codes,
    list_points,
    used_since,
)
from survey.store.registry.succession import Attached
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import REGISTRY, ROUNDS
from survey.wording import Phrase, phrase

ONE_DAY = timedelta(days=1)
# A service point that goes on nowhere; a point of a split whose agency nobody has chosen yet has "".
ENDS = "-"


@dataclass(frozen=True, slots=True)
class MergerWish:
    """What is asked for: `sources` end, and from `day` on existing agencies (`targets`) and `new` ones take over.

    `fates` says by code where service points go: to the agency of a code, or to `ENDS`. With a single
    agency to go to, a point that is not named goes there. `names` are those they get there, by the same code.
    """

    day: date
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    new: tuple[Agency, ...]
    fates: Mapping[str, str]
    is_split: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fate:
    """A service point in use and where it goes: the code of an agency, `ENDS`, or "" while that is not chosen.

    It goes on as `name`.
    """

    held: PlacedPoint
    to: str
    name: str


@dataclass(frozen=True)
class MergerPlan:
    """What will happen. `rounds` are those the agencies that take over will take part in, by row number.

    `below` are agencies whose parent ends. `digest` tells whether a plan is still the one that was looked at.
    """

    day: date
    is_split: bool
    sources: tuple[Agency, ...]
    targets: tuple[Agency, ...]
    new: tuple[Agency, ...]
    fates: tuple[Fate, ...]
    rounds: Mapping[int, str]
    below: tuple[Agency, ...]
    attached: Attached
    digest: str

    @property
    def last_day(self) -> date:
        """The last day of the agencies that end."""
        return self.day - ONE_DAY

    @cached_property
    def going_on(self) -> tuple[Fate, ...]:
        """The service points that get a new code."""
        return tuple(one for one in self.fates if one.to not in (ENDS, ""))

    @cached_property
    def ending(self) -> tuple[Fate, ...]:
        """The service points that end."""
        return tuple(one for one in self.fates if one.to == ENDS)

    @cached_property
    def open_ones(self) -> tuple[Fate, ...]:
        """The service points for which nobody has said yet where they go."""
        return tuple(one for one in self.fates if not one.to)

    def of_source(self, code: str) -> tuple[Fate, ...]:
        """Return the service points of an agency that ends."""
        return tuple(one for one in self.fates if one.held.point.agency_code == code)

    def going_to(self, code: str) -> tuple[Fate, ...]:
        """Return the service points an agency takes over."""
        return tuple(one for one in self.fates if one.to == code)


def plan_takeover(store: Store, wish: MergerWish, *, today: date) -> MergerPlan:
    """Return what a wish would do; raises RegistryError with a line for each reason against it, UnknownCodeError."""
    with store.reading() as connection:
        return _plan(connection, wish, today)


@tried_again
def take_over(store: Store, wish: MergerWish, *, seen: str, today: date, by: str) -> MergerPlan:
    """Do what was planned, all or nothing, and note who did it.

    `seen` is the digest of the plan that was looked at; raises ChangedMeanwhileError when it would be another one
    now, and what `plan_takeover` raises.
    """
    with store.writing(REGISTRY, ROUNDS) as connection:
        plan = _plan(connection, wish, today)
        if plan.digest != seen:
            raise ChangedMeanwhileError("the plan is not the one that was looked at; nothing was stored")
        if plan.open_ones:
            raise RegistryError(phrase("Hãy chọn nơi tiếp nhận cho {count} điểm phục vụ.", count=len(plan.open_ones)))
        _carry_out(connection, plan)
        act = Act.AGENCY_SPLIT if plan.is_split else Act.AGENCIES_MERGED
        note_takeover(connection, act, plan.sources, staff=by, after=_told(plan))
    return plan


def _told(plan: MergerPlan) -> Facts:
    points = {"points_going_on": len(plan.going_on), "points_ending": len(plan.ending)}
    return {"goes_to": [one.code for one in plan.targets], "day": plan.day, **points}


def note_takeover(connection: Connection, act: Act, sources: Iterable[Agency], *, staff: str, after: Facts) -> None:
    """Write down what happened to agencies that end together."""
    about = Kind.AGENCY.named(", ".join(one.code for one in sources))
    save_audit(connection, staff=staff, act=act, about=about, after=after)


def _plan(connection: Connection, wish: MergerWish, today: date) -> MergerPlan:
    agencies = {agency.code: agency for agency in list_agencies(connection).values()}
    sources, targets = (tuple(_known(agencies, code) for code in codes) for codes in (wish.sources, wish.targets))
    new = tuple(replace(agency, valid_from=wish.day) for agency in wish.new)
    fates = _fates(list_points(connection, in_agencies(wish.sources), used_since(wish.day)), wish, (*targets, *new))
    reasons = [*_reasons(wish, agencies, sources, targets), *_point_reasons(connection, wish, fates, today)]
    if reasons:
        raise RegistryError(*reasons)
    return MergerPlan(
        day=wish.day,
        is_split=wish.is_split,
        sources=sources,
        targets=(*targets, *new),
        new=new,
        fates=fates,
        rounds=succession.rounds_with(connection, wish.sources, since=wish.day),
        below=tuple(child for child in agencies.values() if child.parent_code in wish.sources and not child.valid_to),
        attached=succession.count_attached(connection, wish.sources),
        digest=_digest(connection, wish, fates),
    )


def _known(agencies: Mapping[str, Agency], code: str) -> Agency:
    if code not in agencies:
        raise UnknownCodeError("agency", code)
    return agencies[code]


def _fates(points: tuple[PlacedPoint, ...], wish: MergerWish, targets: tuple[Agency, ...]) -> tuple[Fate, ...]:
    only, known = ("" if wish.is_split else targets[0].code if targets else ""), {one.code for one in targets} | {ENDS}
    wanted = ((held, wish.fates.get(held.point.code, only)) for held in points)
    names = {held.point.code: wish.names.get(held.point.code) or held.point.name for held in points}
    return tuple(Fate(held, to if to in known else "", names[held.point.code]) for held, to in wanted)


def _digest(connection: Connection, wish: MergerWish, fates: tuple[Fate, ...]) -> str:
    rows = succession.agency_rows(connection, (*wish.sources, *wish.targets))
    points = [(one.held.id, one.held.version, one.to, one.name) for one in fates]
    told = (wish.day, wish.is_split, wish.sources, wish.targets, wish.new, sorted(rows.items()), points)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _reasons(
    wish: MergerWish, agencies: Mapping[str, Agency], sources: tuple[Agency, ...], targets: tuple[Agency, ...]
) -> Iterator[Phrase]:
    count = len(targets) + len(wish.new)
    if wish.is_split and count < 2:
        yield phrase("Chia tách cần ít nhất hai cơ quan tiếp nhận; nếu chỉ có một, hãy dùng trang sáp nhập.")
    if not wish.is_split and count != 1:
        yield phrase("Sáp nhập cần đúng một cơ quan tiếp nhận.")
    for source in sources:
        yield from _source_reasons(source, wish.day)
    for target in targets:
        yield from _target_reasons(target, wish)
    for place, agency in enumerate(wish.new):
        yield from _new_reasons(agency, wish, agencies, {other.code for other in wish.new[:place]})


def _source_reasons(source: Agency, day: date) -> Iterator[Phrase]:
    if source.valid_to:
        yield phrase(
            "{name} đã có ngày kết thúc {day}, nên không sáp nhập hay chia tách được nữa.",
            name=source.name,
            day=source.valid_to,
        )
    elif source.successor_code:
        yield phrase("{name} đã có cơ quan tiếp nhận, nên không sáp nhập hay chia tách được nữa.", name=source.name)
    if source.valid_from and source.valid_from >= day:
        yield phrase(
            "{name} hoạt động từ ngày {day}; ngày thực hiện phải sau ngày đó.", name=source.name, day=source.valid_from
        )


def _target_reasons(target: Agency, wish: MergerWish) -> Iterator[Phrase]:
    if target.code in wish.sources:
        yield phrase("{name} không thể vừa kết thúc vừa tiếp nhận.", name=target.name)
    elif target.valid_to:
        yield phrase("{name} kết thúc ngày {day}, nên không tiếp nhận được.", name=target.name, day=target.valid_to)
    if target.valid_from and target.valid_from > wish.day:
        named = {"name": target.name, "day": target.valid_from}
        yield phrase("{name} hoạt động từ ngày {day}; ngày thực hiện không được trước ngày đó.", **named)


def _new_reasons(new: Agency, wish: MergerWish, agencies: Mapping[str, Agency], before: set[str]) -> Iterator[Phrase]:
    if new.code in agencies:
        held = agencies[new.code].name
        yield phrase(
            "Mã {code} đã là của {name}; hãy chọn cơ quan đó trong danh sách, hoặc đặt mã khác.",
            code=new.code,
            name=held,
        )
    if new.code in before:
        yield phrase("Mã {code} được đặt cho hai cơ quan mới.", code=new.code)
    if new.parent_code and new.parent_code not in agencies:
        yield phrase("Không có cơ quan cấp trên nào mang mã {code}.", code=new.parent_code)
    yield from named_wrongly(new.name, most=300)
    if new.parent_code in wish.sources:
        yield phrase("Cơ quan cấp trên {code} cũng kết thúc; hãy chọn cơ quan cấp trên khác.", code=new.parent_code)


def _point_reasons(connection: Connection, wish: MergerWish, fates: tuple[Fate, ...], today: date) -> Iterator[Phrase]:
    """Yield why the service points cannot end the day before."""
    for fate in fates:
        yield from named_wrongly(fate.name) if fate.name != fate.held.point.name else ()
    for point in (fate.held.point for fate in fates):
        if point.valid_from and point.valid_from >= wish.day:
            named = {"name": point.name, "code": point.code, "day": point.valid_from}
            yield phrase("{name} ({code}) chỉ dùng từ ngày {day}; ngày thực hiện phải sau ngày đó.", **named)
    if wish.day < today:
        count = succession.count_responses(connection, [fate.held.id for fate in fates], since=wish.day)
        if count:
            yield phrase(
                "Các điểm phục vụ này đã nhận {count} phiếu từ ngày {day}. Phiếu luôn thuộc cơ quan ghi trên áp phích, "
                "nên hãy chọn ngày sau ngày của các phiếu đó, hoặc từ hôm nay.",
                count=count,
                day=wish.day,
            )


def _carry_out(connection: Connection, plan: MergerPlan) -> None:
    rows = succession.agency_rows(connection, [agency.code for agency in (*plan.sources, *plan.targets)])
    for source in plan.sources:
        succession.change_agency(connection, rows[source.code], valid_to=plan.last_day)
    ids = {code: row[0] for code, row in rows.items()}
    ids |= {agency.code: succession.add_agency(connection, agency) for agency in plan.new}
    if not plan.is_split:
        for source in plan.sources:
            succession.link_agency(connection, ids[source.code], successor_id=ids[plan.targets[0].code])
    _end_points(connection, plan)
    succession.let_take_part(connection, plan.rounds, [ids[target.code] for target in plan.targets])


def _end_points(connection: Connection, plan: MergerPlan) -> None:
    taken, pairs = list_codes(connection), list[tuple[PlacedPoint, ServicePoint]]()
    for going in plan.going_on:
        taken.add(code := new_code(taken))
        last = going.held.point.valid_to  # An end that was planned stays planned.
        pairs.append((going.held, ServicePoint(code, going.to, going.name, valid_from=plan.day, valid_to=last)))
    add_points(connection, [point for _, point in pairs])
    ids = ids_of(connection, [point.code for _, point in pairs])
    for held, point in pairs:
        change_point(connection, held, valid_to=plan.last_day, successor_id=ids[point.code])
    for fate in plan.ending:
        change_point(connection, fate.held, valid_to=plan.last_day)
