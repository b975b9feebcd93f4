"""Read a table in a process of its own, which has so much memory and time and gets no more.

Whatever a file makes of the libraries that read it, the server goes on: the other process steps back for the
citizens, and what it took is given back when it ends. One table is read at a time on a machine, whoever brings it.
A file too small to cost anything is read in place.
"""

import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from survey.errors import Fault, RefusedDataError, fault
from survey.operations.uploads.layouts import TableLayout
from survey.operations.uploads.tables import ARCHIVE, MOST_ROWS, STRICT, BroughtTable, Reading
from survey.operations.uploads.tables import read_table as read_in_place
from survey.operations.uploads.xlsx_lines import UnclearSheetError
from survey.operations.uploads.xlsx_scan import UnreadableError
from survey.store.file_locks import try_lock
from survey.watching.process import Fallback, fell_back
from survey.wording import phrase

_ROOT = Path(__file__).parents[3]
_STEP_BACK = 10
# Unpacked bytes that cost less to read than to begin a process for.
SMALL = 2**16
WAIT_SECONDS, WAIT_STEP = 60.0, 0.05


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many bytes of memory and seconds of a core reading may take."""

    memory: int
    seconds: int


OF_PAGES, OF_COMMANDS = Allowance(2**29, 60), Allowance(2**31, 600)


@dataclass(frozen=True, slots=True)
class TableJob:
    """A table to be read in another process."""

    data: bytes
    layout: TableLayout
    name: str
    most_rows: int
    allowance: Allowance
    reading: Reading


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """The table, or why it was refused, or the sheets among which somebody has to choose.

    `damage` is what the library broke on.
    """

    table: BroughtTable | None = None
    faults: tuple[Fault, ...] = ()
    damage: str = ""
    titles: tuple[str, ...] = ()


class ReadingFailedError(RuntimeError):
    """The other process ended without an outcome, or its library broke; the text says how."""


def read_table(
    data: bytes, layout: TableLayout, *, name: str, most_rows: int = MOST_ROWS, reading: Reading = STRICT
) -> BroughtTable:
    """Return the table in a CSV or XLSX file, as `tables.read_table` does, in another process unless it is small.

    Raises what that raises, and RefusedDataError when reading takes more than is allowed, or others are being read for
    too long.
    """
    if is_small(data):
        return read_in_place(data, layout, name=name, most_rows=most_rows, reading=reading)
    allowance = OF_PAGES if most_rows <= MOST_ROWS else OF_COMMANDS
    outcome = _outcome(TableJob(data, layout, name, most_rows, allowance, reading))
    if outcome.damage:
        fell_back(Fallback.WORKBOOK, ReadingFailedError(outcome.damage))
    if outcome.titles:
        raise UnclearSheetError(outcome.titles)
    if outcome.table is None:
        raise RefusedDataError(name, outcome.faults)
    return outcome.table


def is_small(data: bytes) -> bool:
    """Tell whether a file has few bytes, unpacked as it says itself: no more than that is ever unpacked."""
    if len(data) > SMALL or not data.startswith(ARCHIVE):
        return len(data) <= SMALL
    try:
        with ZipFile(BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist()) <= SMALL
    except (BadZipFile, ValueError, NotImplementedError):
        # It cannot be opened, and is refused as damaged without anything being read.
        return True


def _outcome(job: TableJob) -> TableOutcome:
    command = [sys.executable, "-m", "survey.operations.uploads.apart"]
    try:
        with _alone():
            ended = subprocess.run(  # noqa: S603  # this very module; what people brought goes in as data
                command,
                cwd=_ROOT,
                input=pickle.dumps(job),
                capture_output=True,
                check=False,
                timeout=4 * job.allowance.seconds,
            )
    except subprocess.TimeoutExpired as late:
        return _too_much(f"it was not done after {late.timeout} s")
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        return _too_much(f"it ended with {ended.returncode}: {said[-1] if said else ''}")
    outcome: TableOutcome = pickle.loads(ended.stdout)  # noqa: S301  # written by this very module
    return outcome


def _too_much(how: str) -> TableOutcome:
    reason = phrase(
        "đọc tệp này cần quá nhiều thời gian hoặc bộ nhớ; hãy chép riêng bảng cần nhập sang một tệp mới, "
        "chỉ dán giá trị, rồi nhập tệp đó"
    )
    return TableOutcome(faults=(fault(1, reason),), damage=how)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one place of the machine at which tables are read: a lock on this very file, which ends with us."""
    until = time.monotonic() + WAIT_SECONDS
    with Path(__file__).open("rb") as place:
        while not try_lock(place.fileno()):
            if time.monotonic() >= until:
                reason = phrase("máy chủ đang đọc tệp của người khác; hãy thử lại sau ít phút")
                raise RefusedDataError("", [fault(1, reason)])
            time.sleep(WAIT_STEP)
        yield


def read_what_is_asked() -> None:
    """Read the table asked for on standard input, and write its outcome to standard output."""
    job: TableJob = pickle.load(sys.stdin.buffer)  # noqa: S301  # written by this very module
    os.nice(_STEP_BACK)
    resource.setrlimit(resource.RLIMIT_AS, (job.allowance.memory, job.allowance.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (job.allowance.seconds, job.allowance.seconds + 1))
    # The library asks for numpy only to know its numbers, and would load all of it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        table = read_in_place(job.data, job.layout, name=job.name, most_rows=job.most_rows, reading=job.reading)
        outcome = TableOutcome(table)
    except UnclearSheetError as unclear:
        outcome = TableOutcome(titles=unclear.titles)
    except RefusedDataError as refused:
        outcome = TableOutcome(faults=refused.faults, damage=_damage(refused))
    pickle.dump(outcome, sys.stdout.buffer)


def _damage(refused: RefusedDataError) -> str:
    """Return what the library broke on, nothing where the file was read and found wrong."""
    cause = refused.__cause__
    broken = cause.__cause__ if isinstance(cause, UnreadableError) else None
    return f"{type(broken).__name__}: {broken}"[:200] if broken else ""


if __name__ == "__main__":
    # By its own name, by which what it writes is known to whoever asked.
    import_module("survey.operations.uploads.apart").read_what_is_asked()
