"""Draw one address as a QR code: SVG for paper and pages, PNG for other people's documents.

Error level Q, because codes at a counter get scratched, stained and glossy, and H where that makes no module smaller.
What a print stands at either level was tried with a simulated camera: `docs/posters.md` says it.
"""

import io
import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import TypeAlias

import png
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_Q

Matrix: TypeAlias = list[list[bool]]

# ISO/IEC 18004 asks for four light modules on every side.
QUIET_ZONE = 4

# Version 3 (29 x 29 modules) holds 47 characters of the alphanumeric mode at level Q (ISO/IEC 18004, table 7):
# "HTTPS://", a host of up to 29 characters and "/K/ABCDEFG".
COMPACT_LENGTH = 47

# Version 7 holds 86 bytes at level Q. It is 45 modules wide, so on our smallest print, the
# sticker with its symbol of 37 mm, a module is 0.82 mm; much smaller ones are lost on old phones held at arm's length.
MAX_LENGTH = 86

# The host never depends on its case (RFC 3986, 6.2.2.1), and neither does a short address /k/CODE of ours.
_SHORT_ADDRESS = re.compile(r"https?://[a-z0-9.:-]+/k/[a-z0-9]+", re.IGNORECASE)


class QrTooLongError(ValueError):
    """An address is too long for a code that can still be read from a sticker."""

    def __init__(self, num: int, max: int, data: str) -> None:  # noqa: A002 (the name callers read)
        super().__init__(f"{num} bytes do not fit a readable QR code, {max} do; shorten the address {data!r}")
        self.num, self.max, self.data = num, max, data


def compact_address(address: str) -> str:
    """Return `address` in capitals when that leads to the same place, so that the code has fewer, larger modules.

    >>> compact_address("https://khaosat.example.vn/k/abcdefg")
    'HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG'
    >>> compact_address("https://khaosat.example.vn/results/?round=Q1")
    'https://khaosat.example.vn/results/?round=Q1'
    """
    return address.upper() if _SHORT_ADDRESS.fullmatch(address) else address


def qr_matrix(address: str) -> Matrix:
    """Return the square code of `address` with its quiet zone, row by row, True for a dark module.

    Raises QrTooLongError when `address` has more than MAX_LENGTH bytes.
    """
    length = len(address.encode())
    if length > MAX_LENGTH:
        raise QrTooLongError(length, MAX_LENGTH, address)
    usual, strong = _code_of(address, ERROR_CORRECT_Q), _code_of(address, ERROR_CORRECT_H)
    matrix: Matrix = (strong if strong.best_fit() == usual.best_fit() else usual).get_matrix()
    return matrix


def _code_of(address: str, level: int) -> QRCode:
    code = QRCode(error_correction=level, border=QUIET_ZONE)
    code.add_data(compact_address(address))
    return code


def qr_svg(address: str, *, label: str = "Mã QR") -> str:
    """Return the code of `address` as an SVG document, one unit per module, black on white.

    Its accessible name is `label` and the address. Raises QrTooLongError.

    >>> qr_svg("HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG")[:74]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37 37" role="img"><ti'
    """
    return matrix_svg(qr_matrix(address), title=f"{label}: {address}")


def matrix_svg(matrix: Matrix, *, title: str) -> str:
    """Return a code of `qr_matrix` as an SVG document: one white square, and one path of all dark modules."""
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path shape-rendering="crispEdges" d="{"".join(_runs(matrix))}"/></svg>'
    )


def qr_png(address: str, *, scale: int = 10) -> bytes:
    """Return the code of `address` as a black and white PNG, `scale` pixels per module. Raises QrTooLongError."""
    rows = [[int(not dark) for dark in row for _ in range(scale)] for row in qr_matrix(address) for _ in range(scale)]
    file = io.BytesIO()
    png.Writer(len(rows), len(rows), greyscale=True, bitdepth=1).write(file, rows)
    return file.getvalue()


def _runs(matrix: Matrix) -> Iterator[str]:
    """Yield one closed rectangle for each unbroken row of dark modules: a quarter of one per module."""
    for y, row in enumerate(matrix):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                yield f"M{x} {y}h{length}v1h-{length}z"
            x += length
