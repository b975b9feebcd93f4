"""Posters as paper: set for real, printed to pixels by pdftoppm, read by zbarimg, their text taken out by pdftotext."""

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from qr.codes import MAX_LENGTH, QrTooLongError, qr_png
from qr.posters import PosterSize, UnprintableTextError, font_characters, make_posters
from scripts.benches.posters import FROM, MARGINS, looks, printed, readers, taken
from tests.integration.posters.sheets import COPIES, LONG_POSTER, POSTER, every_size

pytestmark = pytest.mark.paper


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
