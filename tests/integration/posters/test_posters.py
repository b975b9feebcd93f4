"""Posters as paper: set for real, printed to pixels by pdftoppm, read by zbarimg, their text taken out by pdftotext."""

import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from qr.codes import MAX_LENGTH, QrTooLongError, qr_png
from qr.posters import Poster, PosterSize, UnprintableTextError, font_characters, make_posters
from scripts.benches.posters import FROM, MARGINS, looks, printed, readers, taken
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
        "Zalo",
        POSTER.readable_address,
        f"Mã điểm phục vụ: {POSTER.code}",
        "Không hỏi tên, không hỏi số điện thoại",
        "Địa chỉ đúng: khaosat.example.vn (chữ hoa, chữ thường như nhau).",
        "Phiếu không hỏi số căn cước, mã OTP, tài khoản",
        "không yêu cầu cài ứng dụng. Ai hỏi những thứ đó là lừa đảo.",
        "Rate this service – English available",
        "In ngày 21/11/2026 · Số hiệu 2026-00017",
    ):
        assert expected in words
    assert (POSTER.contact in words) == (size is not PosterSize.STICKER), "a sticker has no room for the contact line"
    told = "Khảo sát do Sở Nội vụ tỉnh Lạng Sơn thực hiện." in words
    assert told == (size is not PosterSize.STICKER), "nor for who runs the survey"


@every_size
def test_the_poster_promises_no_time(paper, size):
    # Paper hangs for years, whatever the questionnaire has.
    assert not re.search(r"\d\s*phút", paper.words(make_posters([POSTER], size)))


@pytest.mark.parametrize("size", list(MARGINS))
def test_the_simulated_camera_reads_the_poster_at_the_distance_the_document_names(paper, size):
    sheet, address = printed(size, "khaosat.langson.gov.vn", paper.folder)
    usual, random = dict(looks(FROM[size]))["1 times the distance"], np.random.default_rng(7)
    by_zbar = readers()["zbar"]
    assert [by_zbar(taken(sheet, usual, random)) for _ in range(3)] == [address] * 3
    unread = replace(usual, blur=6.0)
    assert by_zbar(taken(sheet, unread, random)) == ""


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


IN_CAPITALS = replace(
    POSTER,
    agency="ỦY BAN NHÂN DÂN PHƯỜNG ẲNG ỔN Ế ẨM, TỈNH LẠNG SƠN, QUẬN Ỵ Ặ Ậ Ẫ, CƠ QUAN Ẵ Ỗ Ễ",
    service_point="QUẦY Q – ẨM THỰC, ỔN ĐỊNH, ẾCH ẲNG, Ỹ Ặ Ậ; GIẢI QUYẾT Ồ Ề Ỗ Ễ Ẵ Ẫ",
    runner="ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN, ẲNG ỔN Ế ẨM Ẵ Ỗ Ễ",
    contact="Liên hệ: VĂN PHÒNG ẲNG ỔN Ế ẨM Ẵ Ỗ Ễ, ĐƯỜNG HÙNG VƯƠNG, PHƯỜNG LƯƠNG VĂN TRI, TỈNH LẠNG SƠN.",
)
DOTS = 600


def heading_lines(laid, poster):
    """Return the box of each line of the names, in points, of the first copy that is not upside down."""
    lines = []
    for corners, body in re.findall(r"<line ([^>]*)>(.*?)</line>", laid, re.DOTALL):
        words = " ".join(re.findall(r">([^<]+)</word>", body))
        if words and words in f"{poster.agency} {poster.service_point}":
            lines.append([float(corner) for corner in re.findall(r'="([\d.]+)"', corners)])
    left = min(line[0] for line in lines)
    # The upper half of a tent is the same upside down, whose lines end where those of the lower half begin.
    column = sorted((line for line in lines if line[0] < left + 1), key=lambda line: line[1])
    height = max(line[3] - line[1] for line in column)
    last = next((n for n, (a, b) in enumerate(pairwise(column), 1) if b[1] - a[1] > 2.5 * height), len(column))
    return column[:last]


@pytest.mark.parametrize("size", [PosterSize.A4, PosterSize.A5, PosterSize.STICKER])
def test_capitals_with_marks_do_not_run_into_the_line_above(paper, size):
    (paper.folder / "poster.pdf").write_bytes(make_posters([IN_CAPITALS], size))
    laid = paper.run("pdftotext", "-bbox-layout", "poster.pdf", "-")
    assert laid.count("<page ") == 1
    lines = heading_lines(laid, IN_CAPITALS)
    assert len(lines) >= 3
    scale = DOTS / 72
    left, top, right = (
        int(edge * scale) for edge in (lines[0][0] - 1, lines[0][1] - 3, max(x for _, _, x, _ in lines))
    )
    crop = ("-x", left, "-y", top, "-W", right - left, "-H", int(lines[-1][3] * scale) - top)
    paper.run("pdftoppm", "-gray", "-r", str(DOTS), *map(str, crop), "poster.pdf", "names")
    kind, width, height, _, pixels = (paper.folder / "names-1.pgm").read_bytes().split(maxsplit=4)
    assert kind == b"P5"
    blank = [min(pixels[at : at + int(width)]) > 127 for at in range(0, int(width) * int(height), int(width))]
    for upper, _lower in pairwise(lines):
        # The box of a word ends where tails and commas do; the highest mark of the line below must begin under that.
        ends, slack = upper[3] * scale - top, 0.03 * (upper[3] - upper[1]) * scale
        assert any(blank[int(ends - slack) : int(ends + slack) + 1])


@every_size
def test_capitals_in_who_runs_the_survey_and_in_the_contact_stay_on_the_sheet(paper, size):
    pdf = make_posters(
        [replace(IN_CAPITALS, address=LONG_POSTER.address, readable_address=LONG_POSTER.readable_address)], size
    )
    assert paper.text(pdf, "-bbox").count("<page ") == 1
    words = paper.words(pdf)
    for told in (IN_CAPITALS.runner, IN_CAPITALS.contact):
        assert (told in words) == (size is not PosterSize.STICKER)


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
    told = f"Xem kết quả khảo sát của cơ quan: {poster.results_address}".replace(" ", "")
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
