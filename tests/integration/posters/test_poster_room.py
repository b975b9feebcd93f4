"""Long names, capitals with marks and addresses of results have room on the sheet, and push nothing out."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from qr.posters import PosterSize, make_posters
from tests.integration.posters.sheets import (
    COPIES,
    LONG_AGENCY,
    LONG_HOST,
    LONG_POINT,
    LONG_POSTER,
    MILLIMETRES,
    POSTER,
    every_size,
)

pytestmark = pytest.mark.paper


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
def test_a_word_of_sixty_letters_stays_on_the_paper(paper, size):
    poster = replace(POSTER, agency=f"Sở {'MN' * 30} tỉnh", service_point=f"Quầy {'wm' * 30}")
    pdf = make_posters([poster], size)
    width = MILLIMETRES[size][0] / 25.4 * 72
    rights = re.findall(r'<word xMin="(\S+)" yMin="\S+" xMax="(\S+)"', paper.text(pdf, "-bbox"))
    assert all(0 <= float(left) <= float(right) <= width for left, right in rights)
    letters = re.sub(r"[\s\u200b]", "", paper.words(pdf))
    assert "MN" * 30 in letters
    assert "wm" * 30 in letters
