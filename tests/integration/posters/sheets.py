"""Usual and long posters, and paper that is turned back into addresses and text."""

import subprocess
from dataclasses import replace
from datetime import date

import pytest

from qr.posters import Poster, PosterSize

LONG_AGENCY = (
    "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG TỈNH LẠNG SƠN – "
    "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ CỦA SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"
)
LONG_POINT = "Quầy số 12 – Lĩnh vực đất đai, đo đạc và bản đồ, tài nguyên nước và khoáng sản"
LONG_HOST = "khaosat.trungtamphucvuhanhchinhcong.langson.gov.vn"
POSTER = Poster(
    agency="Ủy ban nhân dân phường Hoàn Kiếm",
    service_point="Quầy 3 – Hộ tịch",
    address="HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG",
    readable_address="khaosat.example.vn/k/ABCDEFG",
    code="ABCDEFG",
    serial="2026-00017",
    printed_on=date(2026, 11, 21),
    contact="Đường dây nóng: 1900 0000",
    runner="Sở Nội vụ tỉnh Lạng Sơn",
)
LONG_POSTER = replace(
    POSTER,
    agency=LONG_AGENCY,
    service_point=LONG_POINT,
    address=f"HTTPS://{LONG_HOST.upper()}/K/ABCDEFG",
    readable_address=f"{LONG_HOST}/k/ABCDEFG",
)
COPIES = {PosterSize.A4: 1, PosterSize.A5: 1, PosterSize.TENT: 2, PosterSize.STICKER: 8}
MILLIMETRES = {
    PosterSize.A4: (210, 297),
    PosterSize.A5: (148, 210),
    PosterSize.TENT: (210, 297),
    PosterSize.STICKER: (210, 297),
}
every_size = pytest.mark.parametrize("size", PosterSize)


class Paper:
    """A folder in which PDFs are turned back into addresses and text."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *command):
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True).stdout.decode()

    def addresses(self, pdf, dots_per_inch=100):
        (self.folder / "poster.pdf").write_bytes(pdf)
        self.run("pdftoppm", "-gray", "-png", "-r", str(dots_per_inch), "poster.pdf", "page")
        return self.run("zbarimg", "-q", "--raw", *sorted(path.name for path in self.folder.glob("*.png"))).split()

    def text(self, pdf, *options):
        (self.folder / "poster.pdf").write_bytes(pdf)
        return self.run("pdftotext", *(options or ["-raw"]), "poster.pdf", "-")

    def words(self, pdf):
        """Return the text as one line, with plain spaces and without the places where a host may be broken."""
        return " ".join(self.text(pdf).replace("\u200b", "").split())
