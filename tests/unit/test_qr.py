"""One QR code: what ISO/IEC 18004 says about it, and what we add."""

import re
import struct
from xml.etree import ElementTree

import pytest

from qr.codes import COMPACT_LENGTH, MAX_LENGTH, QUIET_ZONE, QrTooLongError, compact_address, qr_matrix, qr_png, qr_svg

ADDRESS = "HTTPS://KHAOSAT.EXAMPLE.VN/K/ABCDEFG"
SVG = "{http://www.w3.org/2000/svg}"


def symbol(address):
    return [row[QUIET_ZONE:-QUIET_ZONE] for row in qr_matrix(address)[QUIET_ZONE:-QUIET_ZONE]]


def address_of_length(length):
    return "HTTPS://" + "A" * (length - len("HTTPS:///K/ABCDEFG")) + "/K/ABCDEFG"


def test_the_three_corners_hold_the_finder_pattern():
    # ISO/IEC 18004, 6.3.3: a dark 7 x 7 ring around a light ring around a dark 3 x 3 square.
    finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
    rows = ["".join("#" if dark else "." for dark in row) for row in symbol(ADDRESS)]
    assert [row[:7] for row in rows[:7]] == finder
    assert [row[-7:] for row in rows[:7]] == finder
    assert [row[:7] for row in rows[-7:]] == finder


def test_four_light_modules_surround_the_code():
    matrix = qr_matrix(ADDRESS)
    border = matrix[:4] + matrix[-4:] + [row[:4] + row[-4:] for row in matrix]
    assert not any(dark for row in border for dark in row)
    assert any(matrix[4]), "the quiet zone is four modules, not more"


@pytest.mark.parametrize("address", [ADDRESS, "A" * MAX_LENGTH])
def test_a_code_has_level_q_where_a_higher_one_needs_more_modules(address):
    # 7.9.1: level Q is written 11; the first bits of the format mask are 10, so the code shows 01 in row 8.
    assert symbol(address)[8][:2] == [False, True]


def test_a_code_has_level_h_where_that_needs_no_larger_version():
    # Table 7: version 3-H holds 35 alphanumeric characters, version 2-Q 29: from 30 to 35 both levels take version 3.
    # 7.9.1: level H is written 10; under the mask 10 the code shows 00.
    levels = {length: symbol(address_of_length(length))[8][:2] for length in range(30, 48)}
    assert {length for length, shown in levels.items() if shown == [False, False]} == set(range(30, 36))
    assert {length for length, shown in levels.items() if shown == [False, True]} == set(range(36, 48))
    assert {len(symbol(address_of_length(length))) for length in range(30, 48)} == {29}


def test_a_usual_address_makes_a_code_of_29_modules():
    # Table 7: version 3-Q holds 47 alphanumeric characters; version 3 has 17 + 4 x 3 = 29 modules.
    assert COMPACT_LENGTH == 47
    assert {len(symbol(address_of_length(length))) for length in range(25, 48)} == {29, 25}
    assert len(symbol(ADDRESS)) == 29
    assert len(symbol(address_of_length(47))) == 29
    assert len(symbol(address_of_length(48))) == 33


def test_a_short_address_is_coded_in_capitals_whatever_its_case():
    assert qr_matrix(ADDRESS.lower()) == qr_matrix(ADDRESS)


@pytest.mark.parametrize(
    "address",
    [
        "https://khaosat.example.vn/results/Q1",
        "https://khaosat.example.vn/k/ABCDEFG?lang=en",
        "https://example.vn/other/k/ABCDEFG",
    ],
)
def test_an_address_whose_case_may_matter_is_left_alone(address):
    assert compact_address(address) == address


def test_the_longest_address_makes_the_code_the_limit_speaks_of():
    # Table 7: version 7-Q holds 86 bytes; version 7 has 17 + 4 x 7 = 45 modules.
    assert len(symbol("a" * MAX_LENGTH)) == 45


def test_a_longer_address_is_refused_with_its_numbers():
    with pytest.raises(QrTooLongError, match="87 bytes do not fit") as refusal:
        qr_matrix("a" * 87)
    assert (refusal.value.num, refusal.value.max, refusal.value.data) == (87, 86, "a" * 87)


def test_length_counts_bytes_not_characters():
    # “ệ” takes three bytes in UTF-8, so 29 of them are 87 bytes.
    with pytest.raises(QrTooLongError) as refusal:
        qr_svg("ệ" * 29)
    assert refusal.value.num == 87


def test_the_svg_is_one_path_of_exactly_the_dark_modules():
    root = ElementTree.fromstring(qr_svg(ADDRESS))
    assert root.get("viewBox") == "0 0 37 37"
    (path,) = root.findall(f"{SVG}path")
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path.get("d"))
    assert all(there == back for _, _, there, back in runs)
    drawn = {(int(x) + step, int(y)) for x, y, length, _ in runs for step in range(int(length))}
    assert drawn == {(x, y) for y, row in enumerate(qr_matrix(ADDRESS)) for x, dark in enumerate(row) if dark}


def test_the_svg_merges_neighbours_into_runs():
    # Merged, a code of 29 x 29 stays under 4 kB; one square per module would take about 420 x 18 bytes.
    assert len(qr_svg(ADDRESS)) < 4000


def test_the_svg_stands_on_white_so_that_it_scans_from_a_dark_page():
    square = ElementTree.fromstring(qr_svg(ADDRESS)).find(f"{SVG}rect")
    assert (square.get("width"), square.get("height"), square.get("fill")) == ("37", "37", "#fff")


def test_the_svg_says_what_it_is_to_those_who_do_not_see_it():
    root = ElementTree.fromstring(qr_svg("https://example.vn/?a=1&b=<2>", label="QR code"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "QR code: https://example.vn/?a=1&b=<2>"


@pytest.mark.parametrize("scale", [1, 10])
def test_the_png_is_black_and_white_and_of_the_size_asked_for(scale):
    file = qr_png(ADDRESS, scale=scale)
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    # The header chunk: width, height, bits per pixel, colour type 0 (grey).
    assert struct.unpack(">IIBB", file[16:26]) == (37 * scale, 37 * scale, 1, 0)
