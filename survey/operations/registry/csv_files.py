"""The registry as two CSV files, agencies.csv and service_points.csv; nothing here knows the database.

A registry is read as a whole or refused as a whole: first the headers of both files are checked, then
every row of both, and all that is wrong comes in one RefusedDataError whose reasons name the file.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from survey.errors import Fault, RefusedDataError
from survey.fieldwork import Agency, ServicePoint
from survey.operations.registry.layouts import (
    AGENCIES,
    SERVICE_POINTS,
    Complaint,
    RegistryLayout,
    RegistryRow,
    RegistrySheet,
)
from survey.operations.registry.rules import broken_width, row_complaints
from survey.operations.uploads.csv_tables import CsvTable, header_reasons, read_table, refusal, restored, write_table


@dataclass(frozen=True, slots=True)
class Registry:
    """What is measured and where. A service point whose code was left empty has the code "", to be made."""

    agencies: tuple[Agency, ...] = ()
    service_points: tuple[ServicePoint, ...] = ()


def read_sheets(folder: Path, *, known_agencies: Set[str]) -> tuple[RegistrySheet, RegistrySheet]:
    """Return the rows of both files of `folder`, in their order, each of which keeps the rules.

    `known_agencies` are the codes of agencies already held: parents, successors and service points may
    name them, and with them agencies.csv may be left out. Raises RefusedDataError with a Fault for every
    bad row; its `file` is the folder's name, and each reason begins with the name of the file.
    """
    agencies, wrong = _read_sheet(folder, AGENCIES, needed=not known_agencies)
    points, wrong_too = _read_sheet(folder, SERVICE_POINTS, needed=not agencies.rows)
    _refuse(folder, [*wrong, *wrong_too])
    refuse_complaints(folder, row_complaints(agencies, points, known_agencies))
    return agencies, points


def refuse_complaints(folder: Path, complaints: Sequence[Complaint]) -> None:
    """Raise RefusedDataError if there is anything wrong."""
    _refuse(folder, [one.in_english for one in complaints])


def write_registry(registry: Registry, folder: Path, *, layout: str = "csv") -> None:
    """Write both files into `folder`, made when it is missing; `read_sheets` reads CSV files back."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, values in ((AGENCIES, registry.agencies), (SERVICE_POINTS, registry.service_points)):
        path = (folder / table.file).with_suffix(f".{layout}")
        write_table(path, table.columns, _texts(values, table.columns), layout=layout)


def _texts(values: Iterable[Agency | ServicePoint], columns: Sequence[str]) -> Iterator[list[str]]:
    return ([str(getattr(value, column) or "") for column in columns] for value in values)


def _refuse(folder: Path, faults: Sequence[Fault]) -> None:
    if faults:
        raise refusal(folder.resolve().name, faults)


def _read_sheet(folder: Path, layout: RegistryLayout, *, needed: bool) -> tuple[RegistrySheet, list[Fault]]:
    """Return the rows of one file and what is wrong with its structure; there are no rows with faults."""
    path = folder / layout.file
    if not path.exists():
        return RegistrySheet(layout), [Fault(1, f"{path.name}: there is no such file in the folder")] if needed else []
    try:
        table = read_table(path.read_bytes(), name=path.name)
        required = [column for column in layout.columns if column not in layout.optional]
        if wrong := "; ".join(header_reasons(table, required=required, optional=layout.optional)):
            return RegistrySheet(layout), [Fault(table.line, f"{path.name}: {wrong}")]
        return RegistrySheet(layout, tuple(_rows(table, layout))), []
    except RefusedDataError as refused:
        return RegistrySheet(layout), [Fault(one.line, f"{path.name}: {one.reason}") for one in refused.faults]


def _rows(table: CsvTable, layout: RegistryLayout) -> Iterator[RegistryRow]:
    empty = dict.fromkeys(layout.columns, "")
    for line, cells in table.rows:
        # What stands in the first cells is kept even of a broken row: an agency whose code is known
        # is not reported as unknown by everything that names it.
        named = dict(zip(table.columns, (" ".join(restored(cell).split()) for cell in cells), strict=False))
        yield RegistryRow(line, empty | named, broken_width(table, cells))
