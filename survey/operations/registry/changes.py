"""What tables would change in the registry, row by row, before anything is changed; and the change itself."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import TypeAlias

from sqlalchemy import Connection

from survey.errors import Fault, fault
from survey.fieldwork import Agency, ServicePoint, is_near, make_code
from survey.formatting import format_date
from survey.operations.registry.layouts import (
    AGENCIES,
    SERVICE_POINTS,
    RegistrySheet,
    to_agency,
    to_service_point,
)
from survey.operations.registry.rules import AGENCY_LINKS, circle_reason, codes_in_a_circle, named_wrongly
from survey.operations.uploads.layouts import TableLayout
from survey.operations.uploads.tables import TableRow
from survey.store.registry.agencies import list_agencies
from survey.store.registry.editing import add_agencies, change_agencies, change_points, list_versions
from survey.store.registry.points import add_points, list_points
from survey.wording import Phrase, phrase

Names: TypeAlias = Mapping[tuple[str, str], Sequence[ServicePoint]]


@dataclass(frozen=True, slots=True)
class RegistryHeld:
    """The registry as it is: agencies and service points by code, and the versions of their rows."""

    agencies: Mapping[str, Agency]
    points: Mapping[str, ServicePoint]
    versions: Mapping[str, int]

    @property
    def digest(self) -> str:
        """A fingerprint that changes with anything in the registry."""
        parts = (sorted(self.agencies.items()), sorted(self.points.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Edit:
    """A row and what it makes of an agency or service point; `before` is None for a new one.

    `alike` are the codes of which a row without a code may mean any.
    """

    layout: TableLayout
    line: int
    before: Agency | ServicePoint | None
    after: Agency | ServicePoint
    alike: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Tell whether there was nothing before."""
        return self.before is None

    @property
    def fields(self) -> tuple[tuple[str, str, str], ...]:
        """The heading, the old text and the new one of everything that changes; of a new one, all that is filled in."""
        texts = (
            (heading, _shown(self.before, column), _shown(self.after, column))
            for column, heading in self.layout.headings.items()
        )
        return tuple((heading, old, new) for heading, old, new in texts if old != new)


@dataclass(frozen=True, slots=True)
class RegistryChanges:
    """Every row in the order of the tables, those that change nothing included."""

    rows: tuple[Edit, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The rows that change something."""
        return tuple(one for one in self.rows if one.before != one.after)

    def counts(self, layout: TableLayout) -> tuple[int, int, int]:
        """Return how many rows of a table are new, how many change, and how many stay as they are."""
        own = [one for one in self.rows if one.layout is layout]
        new, same = sum(one.is_new for one in own), sum(one.before == one.after for one in own)
        return new, len(own) - new - same, same


def read_held(connection: Connection) -> RegistryHeld:
    """Return the registry as it is."""
    return RegistryHeld(
        {one.code: one for one in list_agencies(connection).values()},
        {placed.point.code: placed.point for placed in list_points(connection)},
        list_versions(connection),
    )


def make_plan(agencies: RegistrySheet, points: RegistrySheet, held: RegistryHeld) -> RegistryChanges:
    """Return what rows that keep the rules would change; `clashes` tells whether they can."""
    names = by_name(held)
    return RegistryChanges(
        (
            *(_agency_edit(row, held) for row in agencies.rows),
            *(_point_edit(row, held, names) for row in points.rows),
        )
    )


def clashes(plan: RegistryChanges, held: RegistryHeld) -> list[Fault]:
    """Return which rows, right by themselves, cannot be brought together with the registry."""
    agencies = {edit.after.code: edit for edit in plan.rows if isinstance(edit.after, Agency)}
    circles = (_circles(agencies, held, link) for link in AGENCY_LINKS)
    return [
        *_named_wrongly(plan),
        *_alike_codes(agencies.values(), held),
        *chain.from_iterable(circles),
        *_point_clashes(plan),
    ]


def _named_wrongly(plan: RegistryChanges) -> Iterator[Fault]:
    for edit in plan.rows:
        is_named_anew = edit.before is None or edit.before.name != edit.after.name
        if is_named_anew and (wrong := tuple(named_wrongly(edit.after.name, most=300))):
            yield fault(edit.line, *wrong, table=edit.layout.file)


def carry_out(connection: Connection, plan: RegistryChanges, held: RegistryHeld) -> RegistryChanges:
    """Make every edit and return the plan with the codes that new service points got; nobody ever had them.

    Raises ChangedMeanwhileError when a row is not what was held any more.
    """
    taken = {*held.points, *(edit.after.code for edit in plan.rows)}
    done = RegistryChanges(tuple(edit if edit.after.code else _with_code(edit, taken) for edit in plan.rows))
    new = [edit.after for edit in done.edits if edit.is_new]
    changed = [edit.after for edit in done.edits if not edit.is_new]
    add_agencies(connection, [agency for agency in new if isinstance(agency, Agency)])
    change_agencies(connection, [agency for agency in changed if isinstance(agency, Agency)], seen=held.versions)
    add_points(connection, [point for point in new if isinstance(point, ServicePoint)])
    change_points(connection, [point for point in changed if isinstance(point, ServicePoint)], seen=held.versions)
    return done


def new_code(taken: Set[str]) -> str:
    """Return a code for print that differs in three symbols or more from every one of those `taken`.

    So nobody who types two symbols wrong reaches another counter. There are 32⁶ codes, and each that is
    taken bars 651 others: a registry of a million would still find one at the third draw.
    """
    code = make_code(secrets.SystemRandom())
    while is_near(code, taken):
        code = make_code(secrets.SystemRandom())
    return code


def _with_code(edit: Edit, taken: set[str]) -> Edit:
    code = new_code(taken)
    taken.add(code)
    return replace(edit, after=replace(edit.after, code=code))


def _shown(one: Agency | ServicePoint | None, column: str) -> str:
    value: str | date | None = getattr(one, column, None)
    return format_date(value) if isinstance(value, date) else value or ""


def _agency_edit(row: TableRow, held: RegistryHeld) -> Edit:
    found = to_agency(row.cells)
    return Edit(AGENCIES, row.line, held.agencies.get(found.code), found)


def _point_edit(row: TableRow, held: RegistryHeld, names: Names) -> Edit:
    """Return the edit of a row; one without a code means the service point of its name, if there is one."""
    point = to_service_point(row.cells)
    alike: tuple[str, ...] = ()
    if not point.code and (same := same_name(point, names)):
        point = replace(point, code=same[0].code)
        alike = tuple(namesake.code for namesake in same)
    return Edit(SERVICE_POINTS, row.line, held.points.get(point.code), point, alike)


def by_name(held: RegistryHeld) -> Names:
    """Return the held service points by agency and name."""
    names: dict[tuple[str, str], list[ServicePoint]] = {}
    for point in held.points.values():
        names.setdefault((point.agency_code, point.name), []).append(point)
    return names


def same_name(point: ServicePoint, names: Names) -> Sequence[ServicePoint]:
    """Return the held service points a row without a code may mean: of several, those without a last day."""
    same = names.get((point.agency_code, point.name), ())
    return same if len(same) == 1 else [one for one in same if one.valid_to is None] or same


def _alike_codes(agencies: Iterable[Edit], held: RegistryHeld) -> Iterator[Fault]:
    """Refuse new agencies whose code is another one's but for its case: people could not tell them apart."""
    known = {code.casefold(): code for code in held.agencies}
    for one in agencies:
        same = known.setdefault(one.after.code.casefold(), one.after.code)
        if same != one.after.code:
            yield fault(one.line, _alike(one.after.code, same), table=AGENCIES.file)


def _alike(code: str, same: str) -> Phrase:
    return phrase(
        "mã cơ quan {code} chỉ khác mã {same} ở chữ hoa, chữ thường; hãy ghi đúng {same} hoặc đặt mã khác",
        code=code,
        same=same,
    )


def _circles(agencies: Mapping[str, Edit], held: RegistryHeld, link: str) -> Iterator[Fault]:
    links = {code: getattr(agency, link) or "" for code, agency in held.agencies.items()}
    circle = codes_in_a_circle(links | {code: getattr(planned.after, link) or "" for code, planned in agencies.items()})
    for code, edit in agencies.items():
        if code in circle:
            cells = {"code": code, link: getattr(edit.after, link) or ""}
            yield fault(edit.line, circle_reason(link, cells), table=AGENCIES.file)


def _point_clashes(plan: RegistryChanges) -> Iterator[Fault]:
    first: dict[str | tuple[str, str], int] = {}
    for edit in plan.rows:
        before, after = edit.before, edit.after
        if isinstance(after, ServicePoint):
            earlier = first.setdefault(after.code or (after.agency_code, after.name), edit.line)
            wrong = [*_kept_reasons(before, after)] if isinstance(before, ServicePoint) else []
            if earlier != edit.line:
                wrong.append(_doubled(earlier, edit.line))
            if len(edit.alike) > 1:
                wrong.append(_ambiguous(edit.alike))
            if wrong:
                yield fault(edit.line, *wrong, table=SERVICE_POINTS.file)


def _kept_reasons(before: ServicePoint, after: ServicePoint) -> Iterator[Phrase]:
    """Refuse what would give a printed code to another agency, or bring back one whose last day was set.

    Why a day was set a table cannot know: the poster may have been tampered with, or the agency merged.
    """
    if before.agency_code != after.agency_code:
        yield phrase(
            "mã {code} đã in cho cơ quan {agency}, phiếu của mã này luôn thuộc cơ quan đó; hãy để trống ô mã để cấp"
            " mã mới",
            code=before.code,
            agency=before.agency_code,
        )
    if before.valid_to and not (after.valid_to and after.valid_to <= before.valid_to):
        yield phrase(
            "mã {code} đã được định ngừng sau ngày {last}, không dùng lại hay kéo dài bằng bảng tính được; hãy làm ở"
            " trang sửa điểm phục vụ, hoặc để trống ô mã và đặt tên khác để cấp mã mới",
            code=before.code,
            last=before.valid_to,
        )


def _doubled(earlier: int, line: int) -> Phrase:
    return phrase(
        "điểm phục vụ ở dòng {line} đã có ở dòng {earlier} (cùng mã, hoặc cùng cơ quan và cùng tên mà không có mã)",
        line=line,
        earlier=earlier,
    )


def _ambiguous(alike: Sequence[str]) -> Phrase:
    return phrase(
        "cơ quan này có {count} điểm phục vụ cùng tên (mã {codes}); hãy ghi mã vào ô “Mã điểm phục vụ”",
        count=len(alike),
        codes=alike,
    )
