"""Names in the fonts of before Unicode are told from Vietnamese and from foreign names."""

import csv
from pathlib import Path

import pytest

from survey.typed.old_fonts import is_of_old_font

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.mark.parametrize(
    "text",
    [
        # TCVN 5712:1993, as its fonts have it.
        "Së Néi vô",
        "Uû ban nh©n d©n ph­êng",
        "V¨n phßng Uû ban",
        "Trung t©m Hµnh chÝnh c«ng",
        "Së Tµi chÝnh",
        "Së Y tÕ",
        "Phßng T­ ph¸p",
        "B¶o hiÓm x· héi",
        "C«ng an x· §ång §¨ng",
        # VNI for Windows.
        "Sôû Noäi vuï",
        "UÛY BAN NHAÂN DAÂN",
        "Trung taâm Haønh chính coâng",
        "Thaønh phoá Hoà Chí Minh",
        "Sôû Taøi chính",
        "Phoøng Tö phaùp",
    ],
)
def test_names_of_old_fonts_are_known(text):
    assert is_of_old_font(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sở Nội vụ",
        "HÒA BÌNH",
        "Hòa Bình – Xã Hà Nam",
        "Tòa án Hoài Nhơn, tổ 3°",
        "Trung tâm tiếng Đức Köln",
        "Công ty Nestlé Việt Nam",
        "Thành phố « mới » số 2",
        "Lô C · Khu đô thị",
        "So Noi vu",
        "",
        "VÕ XÃ TÀI",
        "Quầy số 1²",
    ],
)
def test_vietnamese_in_unicode_and_foreign_words_in_it_are_left_alone(text):
    assert not is_of_old_font(text)


def test_no_name_of_the_sample_registries_looks_old():
    names = [
        cell
        for path in EXAMPLES.glob("**/*.csv")
        for row in csv.reader(path.read_text("utf-8-sig").splitlines())
        for cell in row
    ]
    assert len(names) > 300
    assert [name for name in names if is_of_old_font(name)] == []
