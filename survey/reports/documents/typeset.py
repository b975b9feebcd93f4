"""Set the PDF of a report: a program of its own, from JSON on standard input to PDF on standard output.

The typesetter keeps what it worked out for as long as its process lives, more than a gigabyte for 500 agencies, so a
server must not run it within itself. This file imports nothing of the survey and starts in a tenth of a second.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

HERE = Path(__file__).parent


def typeset(order: str) -> bytes:
    """Return the PDF (PDF/UA-1) of an order: the day it is dated, and what `report.typ` is given."""
    content = json.loads(order)
    pdf: bytes = typst.compile(
        HERE / "report.typ",
        root=HERE,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"]),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"job": json.dumps(content["job"], ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=datetime.fromisoformat(content["day"]).replace(tzinfo=UTC),
    )
    return pdf


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode()))
