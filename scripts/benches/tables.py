"""Markdown tables of medians, ready to paste into docs/performance.md."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]

from survey.operations.clock import today_in_vietnam


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    >>> print(table(["what", "bytes"], [["form", "9,000"]]))
    | what | bytes |
    | --- | --- |
    | form | 9,000 |
    """
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows))


def spread(values: Sequence[float], *, digits: int = 0) -> str:
    """Return the median of some rounds and, when there were several, their range.

    >>> spread([3.0, 1.0, 2.0], digits=1), spread([1479.2])
    ('2.0 (1.0-3.0)', '1,479')
    """
    middle = f"{median(values):,.{digits}f}"
    return f"{middle} ({min(values):,.{digits}f}-{max(values):,.{digits}f})" if len(values) > 1 else middle


def machine(folder: Path) -> str:
    """Return one line on where and under what load the figures were taken; `folder` is where the databases stand."""
    disks = {Path(disk.mountpoint): disk.fstype for disk in psutil.disk_partitions(all=True)}
    kind = next(disks[parent] for parent in (folder, *folder.parents) if parent in disks)
    return (
        f"{today_in_vietnam():%d/%m/%Y} · {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB · "
        f"{platform.system()} {platform.release()} · Python {platform.python_version()} · "
        f"SQLite {sqlite3.sqlite_version} on {kind} · load before the run {os.getloadavg()[0]:.2f}"
    )
