"""Figures that others published and that follow from each other, recomputed (methodology section 6)."""

from decimal import Decimal

import pytest

from survey.analysis.par.par import par_points
from survey.analysis.ranking.ranking import rank_change
from survey.formatting import format_percent
from survey.reports.words import word_rank_change


def test_the_points_of_ha_tinh_in_2021():
    # baohatinh.vn 236001: 91,17% gave 9,12 of 10 points.
    assert format_percent(par_points(91.17)) == "9,12"


def test_the_eight_parts_of_a_provincial_office_in_2023():
    # Plan of a provincial office: parts of the PAR index, 88,09 of 100 in all, 11,91 lost; satisfaction 9,39 of 10.
    parts = [Decimal(part) for part in ("6.58", "10.11", "14", "11.97", "11.45", "11.24", "13.35", "9.39")]
    assert sum(parts) == Decimal("88.09")
    assert 100 - sum(parts) == Decimal("11.91")
    assert format_percent(par_points(93.9)) == "9,39"


@pytest.mark.parametrize("index", [-0.01, 100.01, float("nan")])
def test_no_points_for_what_is_no_index(index):
    with pytest.raises(ValueError, match="between 0 and 100"):
        par_points(index)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (80.08, 82.66, "2,58"),  # national figure 2022 to 2023, vietnamnews.vn 1654134
        (82.66, 83.94, "1,28"),  # 2023 to 2024, en.vietnamplus.vn post312944
        (82.49, 83.84, "1,35"),  # its policy part
        (82.97, 84.09, "1,12"),  # its service part
        (83.57, 86.50, "2,93"),  # Hà Nội 2023 to 2024, kinhtedothi.vn 664101
    ],
)
def test_differences_as_they_were_announced(before, after, told):
    assert format_percent(after - before) == told


@pytest.mark.parametrize(("before", "after", "told"), [(21, 11, "tăng 10 bậc"), (6, 17, "giảm 11 bậc")])
def test_rank_changes_as_they_were_announced(before, after, told):
    # A rise from 21 to 11 is “tăng 10 bậc” (section 5); Sơn La fell from 6 to 17 in 2022 (susta.vn 25445).
    assert word_rank_change(rank_change(before, after), "vi") == told


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        (("90.06", "8.98", "0.96"), "100.00"),  # harassment 2024: none, some, many
        (("57.07", "37.49", "5.44"), "100.00"),  # interest in the economy 2022
        (("71.82", "25.8", "2.34"), "99.96"),  # interest in health 2022, where 25,84 was meant
    ],
)
def test_shares_that_add_to_a_hundred_and_one_that_does_not(shares, whole):
    assert sum(map(Decimal, shares)) == Decimal(whole)
