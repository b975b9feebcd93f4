"""Agencies and service points, found, added and edited one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from survey.errors import RegistryError, UnknownCodeError
from survey.fieldwork import Agency, ServicePoint
from survey.formatting import vietnamese_key
from survey.operations.registry.changes import new_code
from survey.operations.registry.rules import codes_in_a_circle, named_wrongly
from survey.operations.staff.rights import Scope
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry import editing
from survey.store.registry import points as stored
from survey.store.registry.agencies import list_agencies
from survey.store.registry.code_events import CodeAct, CodeEvent, find_ending, save_code_event
from survey.store.registry.points import PlacedPoint
from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, changes, given, save_audit
from survey.store.subjects import REGISTRY
from survey.wording import Phrase, phrase

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """An agency in a list: the names of its parent and of who took over, and its service points in use."""

    agency: Agency
    parent: Agency | None
    successor: Agency | None
    points: int


@dataclass(frozen=True, slots=True)
class AgencyFile:
    """All that is known of one agency, and the version of its row."""

    line: ListedAgency
    version: int
    children: tuple[Agency, ...]
    predecessors: tuple[Agency, ...]
    points: tuple[PlacedPoint, ...]


def standing(line: ListedAgency, today: date) -> Phrase:
    """Return in words whether an agency works, and who took over and when if it does not."""
    agency = line.agency
    if agency.valid_from and agency.valid_from > today:
        return phrase("chưa hoạt động, bắt đầu từ ngày {day}", day=agency.valid_from)
    if agency.valid_to is None:
        return phrase("đang hoạt động")
    over, since = agency.valid_to < today, agency.valid_to + DAY
    if line.successor:
        if over:
            return phrase("đã sáp nhập vào {name} từ ngày {day}", name=line.successor.name, day=since)
        return phrase("sẽ sáp nhập vào {name} từ ngày {day}", name=line.successor.name, day=since)
    if over:
        return phrase("đã ngừng hoạt động từ ngày {day}", day=since)
    return phrase("đang hoạt động, đến hết ngày {day}", day=agency.valid_to)


def list_lines(store: Store, scope: Scope, *, today: date) -> list[ListedAgency]:
    """Return the agencies in scope by block and name."""
    with store.reading() as connection:
        agencies = _by_code(connection)
        points = editing.count_points_in_use(connection, today)
    lines = [_line(one, agencies, points.get(one.code, 0)) for one in agencies.values() if scope.holds(one.code)]
    return sorted(lines, key=lambda line: (vietnamese_key(line.agency.block), vietnamese_key(line.agency.name)))


def find_agency(store: Store, code: str, *, today: date) -> AgencyFile:
    """Return all about one agency; raises UnknownCodeError."""
    with store.reading() as connection:
        version = editing.agency_version(connection, code)
        agencies = _by_code(connection)
        points = stored.list_points(connection, stored.in_agencies([code]))
    in_use = sum(placed.point.is_valid_on(today) for placed in points)
    return AgencyFile(
        _line(agencies[code], agencies, in_use),
        version,
        tuple(agency for agency in agencies.values() if agency.parent_code == code),
        tuple(agency for agency in agencies.values() if agency.successor_code == code),
        tuple(
            sorted(points, key=lambda placed: (not placed.point.is_valid_on(today), vietnamese_key(placed.point.name)))
        ),
    )


def find_point(store: Store, code: str) -> PlacedPoint:
    """Return a service point; raises UnknownCodeError."""
    with store.reading() as connection:
        return stored.find_point(connection, code)


def all_agencies(store: Store) -> list[Agency]:
    """Return every agency by its name."""
    with store.reading() as connection:
        return sorted(_by_code(connection).values(), key=lambda one: vietnamese_key(one.name))


@tried_again
def add_agency(store: Store, new: Agency, *, staff: str) -> None:
    """Add an agency; raises RegistryError."""
    with store.writing(REGISTRY) as connection:
        agencies = _by_code(connection)
        if same := next((held for held in agencies.values() if held.code.casefold() == new.code.casefold()), None):
            taken = phrase("Mã {code} đã là mã của {name}. Hãy chọn mã khác.", code=same.code, name=same.name)
            raise RegistryError(taken)
        _refuse_agency(connection, new, agencies)
        _refuse_name(new.name, "")
        editing.add_agencies(connection, [new])
        _note(connection, Act.AGENCY_ADDED, new.code, staff=staff, after=given(new))


@tried_again
def change_agency(store: Store, code: str, edit: Callable[[Agency], Agency], *, seen: int, staff: str) -> None:
    """Change what `edit` changes of an agency; its code and its successor stay.

    Raises UnknownCodeError, RegistryError, and ChangedMeanwhileError when its version is no longer `seen`.
    """
    with store.writing(REGISTRY) as connection:
        agencies = _by_code(connection)
        if code not in agencies:
            raise UnknownCodeError("agency", code)
        _refuse_stale(editing.agency_version(connection, code), seen, code)
        before, after = agencies[code], edit(agencies[code])
        if before.successor_code and after.valid_to != before.valid_to:
            raise RegistryError(
                phrase("Cơ quan này đã sáp nhập, nên ngày kết thúc chỉ đổi được ở trang “Sáp nhập, chia tách”.")
            )
        # Every refusal comes before the row is written: what the database would refuse is no sentence.
        _refuse_agency(connection, after, agencies)
        _refuse_name(after.name, before.name)
        editing.change_agency(connection, after, seen=seen)
        _note(connection, Act.AGENCY_CHANGED, code, staff=staff, **changes(before, after))


@tried_again
def add_point(store: Store, new: ServicePoint, *, staff: str) -> ServicePoint:
    """Add a service point under a new code and return it with the code; raises UnknownCodeError, RegistryError."""
    with store.writing(REGISTRY) as connection:
        point = replace(new, code=new_code(stored.list_codes(connection)))
        _refuse_point(connection, point)
        _refuse_name(point.name, "")
        stored.add_points(connection, [point])
        save_code_event(connection, CodeEvent(point.code, utc_now(), staff, CodeAct.ADDED))
        _note(connection, Act.POINT_ADDED, point.code, staff=staff, after=given(point))
    return point


@tried_again
def change_point(
    store: Store, code: str, edit: Callable[[ServicePoint], ServicePoint], *, seen: int, staff: str, today: date
) -> None:
    """Change what `edit` changes of a service point; its code and its agency stay.

    Raises UnknownCodeError, RegistryError, and ChangedMeanwhileError when its version is no longer `seen`.
    """
    with store.writing(REGISTRY) as connection:
        kept = stored.find_point(connection, code)
        _refuse_stale(kept.version, seen, code)
        after = edit(kept.point)
        last = _refuse_point(connection, after)
        _refuse_name(after.name, kept.point.name)
        if kept.point.valid_to != after.valid_to:
            _refuse_dead(connection, kept)
        _refuse_dates(kept.point, after, min(today, last or today))
        stored.change_point(connection, kept, **stored.point_values(after))
        save_code_event(connection, CodeEvent(code, utc_now(), staff, CodeAct.CHANGED))
        _note(connection, Act.POINT_CHANGED, code, staff=staff, **changes(kept.point, after))


def _by_code(connection: Connection) -> dict[str, Agency]:
    return {one.code: one for one in list_agencies(connection).values()}


def _line(one: Agency, agencies: Mapping[str, Agency], points: int) -> ListedAgency:
    return ListedAgency(one, agencies.get(one.parent_code or ""), agencies.get(one.successor_code or ""), points)


def _refuse_stale(version: int, seen: int, code: str) -> None:
    """Tell of somebody else's change before anything is said of what was typed on top of the old state."""
    require_unchanged(code, version, seen)


def _refuse_agency(connection: Connection, agency: Agency, agencies: Mapping[str, Agency]) -> None:
    if agency.parent_code and agency.parent_code not in agencies:
        raise RegistryError(phrase("Cơ quan cấp trên không còn trong danh mục. Hãy chọn lại."))
    links = {code: other.parent_code or "" for code, other in agencies.items()} | {
        agency.code: agency.parent_code or ""
    }
    if agency.code in codes_in_a_circle(links):
        raise RegistryError(phrase("Cơ quan cấp trên này trực thuộc chính cơ quan đang sửa. Hãy chọn cơ quan khác."))
    _refuse_order(agency.valid_from, agency.valid_to)
    left = editing.count_points_after(connection, agency.code, agency.valid_to) if agency.valid_to else 0
    if left and agency.valid_to:
        raise RegistryError(
            phrase(
                "Còn {count} điểm phục vụ dùng sau ngày {day}. Trước hết hãy ngừng các điểm đó; nếu cơ quan khác tiếp "
                "nhận nhiệm vụ, hãy dùng trang “Sáp nhập, chia tách”.",
                count=left,
                day=agency.valid_to,
            )
        )


def _refuse_point(connection: Connection, point: ServicePoint) -> date | None:
    """Refuse what its agency does not allow; return the last day of the agency."""
    agencies = _by_code(connection)
    if point.agency_code not in agencies:
        raise UnknownCodeError("agency", point.agency_code)
    _refuse_order(point.valid_from, point.valid_to)
    last = agencies[point.agency_code].valid_to
    if last and (point.valid_to is None or point.valid_to > last):
        raise RegistryError(
            phrase("Cơ quan chỉ hoạt động đến hết ngày {day}: điểm phục vụ không dùng lâu hơn.", day=last)
        )
    for other in stored.list_points(connection, stored.in_agencies([point.agency_code])):
        # A code that was withdrawn and leads here is the same counter.
        is_same = point.code in (other.point.code, other.successor_code)
        if not is_same and other.point.name == point.name and _share_days(other.point, point):
            same_name = phrase(
                "Cơ quan này đã có điểm phục vụ cùng tên (mã {code}). Hãy đặt tên khác.", code=other.point.code
            )
            raise RegistryError(same_name)
    return last


def _refuse_dead(connection: Connection, kept: PlacedPoint) -> None:
    """Refuse another last day where something rests on the one set: another code, or that the code was revoked."""
    if kept.successor_code:
        replaced = phrase(
            "Mã này đã được thay bằng mã {code}: không đổi ngày cuối cùng được nữa.", code=kept.successor_code
        )
        raise RegistryError(replaced)
    if find_ending(connection, kept.point.code):
        raise RegistryError(phrase("Mã này đã bị thay hoặc thu hồi: không dùng lại được. Hãy thêm điểm phục vụ mới."))


def _refuse_dates(before: ServicePoint, after: ServicePoint, earliest: date) -> None:
    """Refuse dates that would turn days people answered on into days without a poster.

    A new last day lies on the day `earliest` or later: nobody could answer after it.
    """
    if after.valid_to and after.valid_to != before.valid_to and after.valid_to < earliest:
        raise RegistryError(
            phrase(
                "Ngày cuối cùng sớm nhất là {day}: phiếu gửi đến hết ngày đó vẫn thuộc điểm phục vụ này.", day=earliest
            )
        )
    begun = before.valid_from is None or before.valid_from <= earliest
    if begun and after.valid_from and after.valid_from > (before.valid_from or date.min):
        raise RegistryError(phrase("Điểm phục vụ đã bắt đầu dùng: chỉ đổi được ngày đầu tiên sang ngày sớm hơn."))


def _refuse_name(name: str, before: str) -> None:
    """Refuse a new name that no poster could show, when it is typed and not when it is printed."""
    if name != before and (wrong := tuple(named_wrongly(name, most=300))):
        raise RegistryError(*wrong)


def _refuse_order(first: date | None, last: date | None) -> None:
    if first and last and last < first:
        raise RegistryError(phrase("Ngày cuối cùng {last} ở trước ngày đầu tiên {first}.", last=last, first=first))


def _share_days(one: ServicePoint, other: ServicePoint) -> bool:
    return (one.valid_from or date.min) <= (other.valid_to or date.max) and (other.valid_from or date.min) <= (
        one.valid_to or date.max
    )


def _note(connection: Connection, act: Act, code: str, *, staff: str, **facts: Facts) -> None:
    kind = Kind.CODE if act in (Act.POINT_ADDED, Act.POINT_CHANGED) else Kind.AGENCY
    save_audit(connection, staff=staff, act=act, about=kind.named(code), **facts)
