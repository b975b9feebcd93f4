"""The registry as two files of a folder, agencies and service points; nothing here knows the database.

A registry is read as a whole or refused as a whole: first the headings of both files are checked, then
every row of both, and all that is wrong comes in one RefusedDataError whose faults name the file.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from survey.errors import Fault, RefusedDataError, fault
from survey.fieldwork import Agency, ServicePoint
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.rules import row_faults
from survey.operations.uploads.apart import read_table
from survey.operations.uploads.csv_lines import refusal
from survey.operations.uploads.layouts import TableLayout
from survey.operations.uploads.tables import MOST_ROWS_OF_COMMANDS
from survey.reports.sheets import SHEET_LAYOUTS, write_sheet_file
from survey.wording import phrase

Sheets = tuple[RegistrySheet, RegistrySheet]


@dataclass(frozen=True, slots=True)
class Registry:
    """What is measured and where. A service point whose code was left empty has the code "", to be made."""

    agencies: tuple[Agency, ...] = ()
    service_points: tuple[ServicePoint, ...] = ()


def read_sheets(folder: Path, *, known_agencies: Set[str]) -> Sheets:
    """Return the rows of both files of `folder`, in their order, each of which keeps the rules.

    `known_agencies` are the codes of agencies already held: parents, successors and service points may
    name them, and with them agencies.csv may be left out. Raises RefusedDataError with a Fault for every
    bad row; its `file` is the folder's name, and each reason begins with the name of the file.
    """
    agencies, wrong = _read_sheet(folder, AGENCIES, needed=not known_agencies)
    points, wrong_too = _read_sheet(folder, SERVICE_POINTS, needed=not agencies.rows)
    sheets = agencies, points
    refuse_faults(folder, sheets, [*wrong, *wrong_too])
    refuse_faults(folder, sheets, row_faults(agencies, points, known_agencies))
    return sheets


def refuse_faults(folder: Path, sheets: Sheets, faults: Sequence[Fault]) -> None:
    """Raise RefusedDataError if there is anything wrong, naming the files that were read."""
    files = {one.layout.file: one.file for one in sheets if one.file}
    if faults:
        named = [replace(one, table=files.get(one.table, one.table)) for one in faults]
        raise refusal(folder.resolve().name, named)


def write_registry(registry: Registry, folder: Path, *, layout: str = "csv") -> None:
    """Write both files into `folder`, made when it is missing; `read_sheets` reads them back."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, values in ((AGENCIES, registry.agencies), (SERVICE_POINTS, registry.service_points)):
        path = (folder / table.file).with_suffix(f".{layout}")
        write_sheet_file(path, table.columns, _texts(values, table.columns), layout=layout)


def _texts(values: Iterable[Agency | ServicePoint], columns: Sequence[str]) -> Iterator[list[str]]:
    return ([str(getattr(value, column) or "") for column in columns] for value in values)


def _read_sheet(folder: Path, layout: TableLayout, *, needed: bool) -> tuple[RegistrySheet, list[Fault]]:
    """Return the rows of one file and what is wrong with its structure; there are no rows with faults."""
    stem = Path(layout.file).stem
    paths = [path for ending in SHEET_LAYOUTS if (path := folder / f"{stem}.{ending}").exists()]
    if len(paths) > 1:
        reason = phrase("thư mục có cả {files}; hãy chỉ để lại một tệp", files=[path.name for path in paths])
        return RegistrySheet(layout), [fault(1, reason, table=layout.file)]
    if not paths:
        reason = phrase("thư mục không có tệp này")
        return RegistrySheet(layout), [fault(1, reason, table=layout.file)] if needed else []
    (path,) = paths
    try:
        table = read_table(path.read_bytes(), layout, name=path.name, most_rows=MOST_ROWS_OF_COMMANDS)
    except RefusedDataError as refused:
        return RegistrySheet(layout), [replace(file_fault, table=path.name) for file_fault in refused.faults]
    return RegistrySheet(layout, table.rows, path.name), []
