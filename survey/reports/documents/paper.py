"""Write a report as a tagged PDF (PDF/UA-1).

What stands where is in `report.typ` beside this file. It gets every text as data, never as markup, so a name or a
comment may hold any sign. Equal reports give equal bytes.
"""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from survey.reports.charts.drawing import plain
from survey.reports.documents.forms import forms_of
from survey.reports.documents.model import DocumentTable, Element, Report

_HERE = Path(__file__).parent
# What is printed where the fonts lack a sign, such as a drawn face in a comment.
LACKING = "□"

# One at a time in a process: 500 agencies take more than a gigabyte of memory while they are set.
_one_at_a_time = threading.Lock()


def write_pdf(report: Report) -> bytes:
    """Return the report as PDF, dated by its own day; raises CalledProcessError where it cannot be set."""
    order = {"day": report.letterhead.day.isoformat(), "job": _printable(_job(report))}
    data = json.dumps(order, ensure_ascii=False).encode()
    program = [sys.executable, str(_HERE / "typeset.py")]
    with _one_at_a_time:
        return subprocess.run(program, input=data, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603  # our own


def _job(report: Report) -> Mapping[str, object]:
    annexes = [{"landscape": annex.landscape, "elements": _elements(annex.elements)} for annex in report.annexes]
    return {
        "forms": asdict(forms_of(report)),
        "body": _elements(report.body),
        "annexes": annexes,
    }


def _elements(elements: Sequence[Element]) -> list[dict[str, object]]:
    """Return elements as the layout reads them: each with the name of its kind, and whether it is kept on one page."""
    return [
        {"kind": type(one).__name__, "together": isinstance(one, DocumentTable) and one.stands_together, **asdict(one)}
        for one in elements
    ]


def _printable(data: object) -> object:
    """Return data with every text printable, line by line; a picture stays as it is."""
    if isinstance(data, str):
        return "\n".join(_line(line) for line in data.splitlines())
    if isinstance(data, Mapping):
        return {name: value if name == "svg" else _printable(value) for name, value in data.items()}
    if isinstance(data, Sequence):
        return [_printable(value) for value in data]
    return data


def _line(text: str) -> str:
    return "".join(sign if sign in _font_characters() else LACKING for sign in plain(text))


@cache
def _font_characters() -> frozenset[str]:
    """Return every character the report can show, from the list its fonts were cut with."""
    listed = (_HERE / "fonts" / "unicodes.txt").read_text(encoding="ascii")
    ranges = re.findall(r"^U\+(\w+)-(\w+)", listed, re.MULTILINE)
    return frozenset(chr(point) for first, last in ranges for point in range(int(first, 16), int(last, 16) + 1))
