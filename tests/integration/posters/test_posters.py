"""Posters as paper: set for real, printed to pixels by pdftoppm, read by zbarimg, their text taken out by pdftotext."""

import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from qr.codes import MAX_LENGTH, QrTooLongError, qr_png
from qr.posters import Poster, PosterSize, UnprintableTextError, font_characters, make_posters
from tests.conftest import need

pytestmark = pytest.mark.paper

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


@pytest.fixture
def paper(tmp_path):
    """Return a function that runs one of the programs on a file of a fresh folder."""
    missing = [program for program in ("pdftoppm", "pdftotext", "zbarimg") if not shutil.which(program)]
    if missing:
        need(f"{', '.join(missing)} (Debian packages poppler-utils, zbar-tools)", "paper")
    return Paper(tmp_path)


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


def bookmarks(pdf):
    """Return the bookmarks by their PDF objects: a title in UTF-16 and the place it leads to."""
    titles = re.findall(rb"/Title\s?<FEFF([0-9A-F]+)>\s?/Dest|/Dest[^<]*/Title\s?<FEFF([0-9A-F]+)>", pdf)
    return [bytes.fromhex((first or second).decode()).decode("utf-16-be") for first, second in titles]


@every_size
@pytest.mark.parametrize("poster", [POSTER, LONG_POSTER], ids=["usual", "long"])
@pytest.mark.parametrize("trial", [False, True], ids=["real", "trial"])
def test_every_code_on_the_paper_leads_to_the_address(paper, size, poster, trial):
    pdf = make_posters([replace(poster, trial=trial)], size)
    assert paper.addresses(pdf) == [poster.address] * COPIES[size]


def test_sixty_posters_lead_to_sixty_addresses(paper):
    addresses = [f"HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDE{number:02}" for number in range(60)]
    pdf = make_posters([replace(POSTER, address=address) for address in addresses], PosterSize.A5)
    assert paper.addresses(pdf, dots_per_inch=60) == addresses


def test_a_single_code_as_png_leads_to_the_address(paper):
    (paper.folder / "code.png").write_bytes(qr_png(POSTER.address))
    assert paper.run("zbarimg", "-q", "--raw", "code.png").split() == [POSTER.address]


@every_size
def test_the_poster_says_what_a_citizen_must_know(paper, size):
    words = paper.words(make_posters([POSTER], size))
    for expected in (
        POSTER.agency,
        POSTER.service_point,
        "Mời ông/bà đánh giá chất lượng phục vụ",
        "2 phút",
        "Zalo",
        POSTER.readable_address,
        f"Mã điểm phục vụ: {POSTER.code}",
        "Không hỏi tên, không hỏi số điện thoại",
        "Địa chỉ đúng: khaosat.example.vn.",
        "Phiếu không bao giờ hỏi số căn cước, mã OTP, tài khoản",
        "không yêu cầu cài ứng dụng",
        "Rate this service – English available",
        "In ngày 21/11/2026 · Số hiệu 2026-00017",
    ):
        assert expected in words
    assert (POSTER.contact in words) == (size is not PosterSize.STICKER), "a sticker has no room for the contact line"


@every_size
def test_only_a_trial_says_that_it_is_one(paper, size):
    assert "BẢN THỬ" not in paper.words(make_posters([POSTER], size))
    assert "BẢN THỬ" in paper.words(make_posters([replace(POSTER, trial=True)], size))


@every_size
def test_long_names_stay_whole_and_on_their_page(paper, size):
    pdf = make_posters([LONG_POSTER, LONG_POSTER], size)
    words = paper.words(pdf)
    assert LONG_AGENCY in words
    assert LONG_POINT in words
    boxes = paper.text(pdf, "-bbox")
    width, height = (millimetres / 25.4 * 72 for millimetres in MILLIMETRES[size])
    pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', boxes)
    assert [(float(w), float(h)) for w, h in pages] == [
        (pytest.approx(width, abs=0.1), pytest.approx(height, abs=0.1))
    ] * 2
    corners = re.findall(r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)"', boxes)
    for left, top, right, bottom in (map(float, corner) for corner in corners):
        assert 0 <= left <= right <= width
        assert 0 <= top <= bottom <= height


RESULTS = "khaosat.example.vn/a/P-DONGKINH"
LONG_RESULTS = f"{LONG_HOST}/a/TTPVHCC-LANG-SON-BO-PHAN-MOT-CUA"


@every_size
@pytest.mark.parametrize(
    "poster",
    [replace(POSTER, results_address=RESULTS), replace(LONG_POSTER, results_address=LONG_RESULTS)],
    ids=["usual", "long"],
)
def test_the_address_of_the_results_is_printed_small_and_never_as_a_second_code(paper, size, poster):
    pdf = make_posters([poster], size)
    assert paper.addresses(pdf) == [poster.address] * COPIES[size]
    told = f"Xem kết quả đánh giá: {poster.results_address}".replace(" ", "")
    # A sticker has no room for it.
    assert (told in paper.words(pdf).replace(" ", "")) == (size is not PosterSize.STICKER)
    without = make_posters([replace(poster, results_address="")], size)
    assert "Xem kết quả" not in paper.words(without)


@pytest.mark.parametrize("size", [size for size in PosterSize if size is not PosterSize.STICKER])
def test_the_address_of_the_results_stays_inside_the_page_and_pushes_nothing_out(paper, size):
    boxes = paper.text(make_posters([replace(LONG_POSTER, results_address=LONG_RESULTS)], size), "-bbox")
    (width, height), *more = re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', boxes)
    assert more == []
    corners = re.findall(r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)"', boxes)
    for left, top, right, bottom in (map(float, corner) for corner in corners):
        assert 0 <= left <= right <= float(width)
        assert 0 <= top <= bottom <= float(height)


@every_size
def test_composed_and_decomposed_names_give_the_same_bytes(size):
    def decomposed(text):
        return unicodedata.normalize("NFD", text)

    twin = replace(
        POSTER,
        agency=decomposed(POSTER.agency),
        service_point=decomposed(POSTER.service_point),
        contact=decomposed(POSTER.contact),
    )
    assert twin.agency != POSTER.agency
    assert make_posters([twin], size) == make_posters([POSTER], size)


def test_markup_in_a_name_stays_text(paper):
    hostile = r'#sys <b> $x$ *đậm* _a_ @a "…" \ // [x] `y` = z'
    words = paper.words(make_posters([replace(POSTER, agency=hostile, contact=hostile)], PosterSize.A4))
    assert words.count(hostile) == 2


def test_invisible_characters_and_office_hyphens_do_no_harm(paper):
    pasted = "\ufeffỦy ban\u00a0nhân\u200b dân\nphường\tHai\u2011Bà\u00ad Trưng"
    words = paper.words(make_posters([replace(POSTER, agency=pasted)], PosterSize.A4))
    assert "Ủy ban nhân dân phường Hai-Bà Trưng" in words


def test_a_character_the_font_lacks_is_named_before_anything_is_set():
    with pytest.raises(UnprintableTextError, match=r"poster ABCDEFG: service_point holds '①' \(U\+2460\)") as refusal:
        make_posters([replace(POSTER, service_point="Quầy ①")], PosterSize.A4)
    assert refusal.value.character == "①"


def test_the_fonts_have_every_character_that_is_let_through():
    # Typesetting to PDF/UA fails on a character without a glyph, so this fails when list and fonts differ.
    characters = "".join(sorted(font_characters()))
    assert {"ậ", "Ỵ", "đ", "Ư", "–", "“"} <= set(characters)
    assert make_posters([replace(POSTER, agency=characters, contact=characters)], PosterSize.A4).startswith(b"%PDF")


@every_size
def test_the_document_is_tagged_titled_and_in_vietnamese(size):
    pdf = make_posters([POSTER], size)
    catalogue = re.search(rb"<</Type/Catalog.*?>>\s*endobj", pdf, re.DOTALL).group()
    assert b"/MarkInfo<</Marked true" in catalogue
    assert b"/StructTreeRoot" in catalogue
    assert b"/Lang(vi-VN)" in catalogue
    assert b"/DisplayDocTitle true" in catalogue
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


@every_size
def test_the_code_is_described_once_to_those_who_do_not_see_it(size):
    pdf = make_posters([POSTER], size)
    description = "Mã QR dẫn tới phiếu đánh giá tại khaosat.example.vn/k/ABCDEFG"
    assert pdf.count(("\ufeff" + description).encode("utf-16-be").hex().upper().encode()) == 1


@every_size
def test_each_poster_has_one_bookmark(size):
    posters = [POSTER, replace(POSTER, service_point="Quầy 4 – Đất đai")]
    assert bookmarks(make_posters(posters, size)) == [f"{poster.agency} {poster.service_point}" for poster in posters]


def test_progress_counts_the_posters():
    told = []
    make_posters([POSTER] * 3, PosterSize.A5, progress=told.append)
    assert told == [1, 2, 3]


def test_no_posters_are_refused():
    with pytest.raises(ValueError, match="no poster to print"):
        make_posters([], PosterSize.A4)


def test_an_address_too_long_for_a_sticker_is_refused():
    with pytest.raises(QrTooLongError):
        make_posters([replace(POSTER, address="HTTPS://" + "A" * MAX_LENGTH)], PosterSize.A4)
