"""Bring the registry in from the files of a folder, and out."""

from collections.abc import Mapping
from pathlib import Path

from survey.fieldwork import Agency, ServicePoint
from survey.operations.registry.changes import carry_out, clashes, make_plan, read_held
from survey.operations.registry.csv_files import NO_SHEETS, Registry, read_sheets, refuse_faults, write_registry
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.subjects import REGISTRY


@tried_again
def import_registry(store: Store, folder: Path, *, named: Mapping[str, str] = NO_SHEETS) -> Registry:
    """Bring agencies and service points in from two files, all or nothing; codes left empty are made.

    Of a workbook with several sheets the one `named` for its table is read, as `read_sheets` does. Raises
    RefusedDataError with every bad row.
    """
    with store.writing(REGISTRY) as connection:
        held = read_held(connection)
        sheets = read_sheets(folder, known_agencies=held.agencies.keys(), held=held, named=named)
        plan = make_plan(*sheets, held)
        refuse_faults(folder, sheets, clashes(plan, held))
        done = [edit.after for edit in carry_out(connection, plan, held).rows]
    return Registry(
        tuple(agency for agency in done if isinstance(agency, Agency)),
        tuple(point for point in done if isinstance(point, ServicePoint)),
        tuple((sheet.file, note) for sheet in sheets for note in sheet.notes),
    )


def export_registry(store: Store, folder: Path, *, layout: str = "csv") -> Registry:
    """Write the registry as two files of one of `SHEET_LAYOUTS` into `folder`, which is made if need be."""
    with store.reading() as connection:
        agencies = tuple(list_agencies(connection).values())
        points = tuple(placed.point for placed in list_points(connection))
    registry = Registry(agencies, points)
    folder.mkdir(parents=True, exist_ok=True)
    write_registry(registry, folder, layout=layout)
    return registry
