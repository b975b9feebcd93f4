"""A registry from tables people upload: first what would change, then the change, of exactly that and all at once."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from survey.errors import ChangedMeanwhileError, Fault
from survey.operations.registry.changes import RegistryChanges, RegistryHeld, carry_out, clashes, make_plan, read_held
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.rules import row_faults
from survey.operations.registry.upload import completed
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.staff.acts import Act
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import REGISTRY


@dataclass(frozen=True, slots=True)
class Preview:
    """What the tables would change, or what is wrong with them, in the registry with this digest."""

    plan: RegistryChanges
    faults: Sequence[Fault]
    digest: str


def preview_import(store: Store, sheets: tuple[RegistrySheet, RegistrySheet]) -> Preview:
    """Return what the tables would change; with faults the plan is empty."""
    with store.reading() as connection:
        held = read_held(connection)
    return _preview(held, sheets)


@tried_again
def apply_import(
    store: Store, sheets: tuple[RegistrySheet, RegistrySheet], *, seen: str, staff: str
) -> RegistryChanges:
    """Make the change that was shown against the registry with the digest `seen`, in one transaction.

    Raises ChangedMeanwhileError when the registry is another one now; nothing is stored.
    """
    with store.writing(REGISTRY) as connection:
        held = read_held(connection)
        preview = _preview(held, sheets)
        if preview.faults or preview.digest != seen:
            raise ChangedMeanwhileError("the registry was changed after the preview")
        done = carry_out(connection, preview.plan, held)
        save_audit(connection, staff=staff, act=Act.REGISTRY_IMPORTED, after=_told(done))
    return done


def _preview(held: RegistryHeld, given: tuple[RegistrySheet, RegistrySheet]) -> Preview:
    """Hold the tables against the rules and, as far as they keep them, against what is held: all faults at once."""
    sheets = completed(given, held)
    faults = row_faults(*sheets, held.agencies.keys())
    wrong = {(wrong_row.table, wrong_row.line) for wrong_row in faults}
    agencies, points = (_without(sheet, wrong) for sheet in sheets)
    plan = make_plan(agencies, points, held)
    faults = in_order([*faults, *clashes(plan, held)])
    return Preview(RegistryChanges(()) if faults else plan, faults, held.digest)


def _without(sheet: RegistrySheet, wrong: Set[tuple[str, int]]) -> RegistrySheet:
    """Return a table without its rows that are wrong by themselves."""
    return replace(sheet, rows=tuple(row for row in sheet.rows if (sheet.layout.file, row.line) not in wrong))


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults as they stand in the tables, agencies first."""
    files = (AGENCIES.file, SERVICE_POINTS.file)
    return sorted(faults, key=lambda one: (files.index(one.table), one.line))


def _told(plan: RegistryChanges) -> Facts:
    (new, changed, _), (new_points, changed_points, _) = plan.counts(AGENCIES), plan.counts(SERVICE_POINTS)
    agencies = {"agencies_new": new, "agencies_changed": changed}
    return {**agencies, "points_new": new_points, "points_changed": changed_points}
