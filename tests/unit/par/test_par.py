"""Points of the administrative reform index: the table a provincial office printed, and what is refused.

The table stands in the office's plan for 2024, section II.1.1: “Điểm tối đa”, “Điểm thẩm định” and, as a note, the
points lost. Its columns are copied here as printed. Misprints of the plan: the lost points carry a minus but for their
total, “-4.15” has a decimal point among commas, and the column “Điểm thẩm định” (appraised points) also holds what
was surveyed, because its total 88,09 is 61,2 appraised and 26,89 surveyed.
"""

import re

import pytest

from survey.analysis.par.par import par_points, points_lost, score_parts
from survey.analysis.par.rules import RULES, default_rule, load_par_rule, read_par_rules
from survey.errors import ParError, UnknownCodeError
from survey.formatting import format_percent

PRINTED = """
Công tác chỉ đạo điều hành|11,5|6,58|-4,92
Cải cách thể chế|11|10,11|-0,89
Cải cách thủ tục hành chính|14|14|0
Cải cách tổ chức bộ máy hành chính|12,5|11,97|-0,53
Cải cách công vụ|12|11,45|-0,55
Cải cách tài chính công|11,5|11,24|-0,26
Xây dựng chính quyền điện tử, chính quyền số|17,5|13,35|-4.15
Tác động của CCHC đến người dân, tổ chức|10|9,39|- 0,61
Tổng cộng|100|88,09|11,91
"""
ROWS = [line.split("|") for line in PRINTED.strip().splitlines()]
# What the plan says, in II.1.2, was taken off under each heading, in points.
TAKEN_OFF = {
    "direction": (1, 0.3, 2, 0.5, 1, 0.11),
    "institutions": (0.89,),
    "apparatus": (0.09, 0.21),
    "service": (0.04, 0.09, 0.42),
    "finance": (0.11,),
    "digital": (2, 1.5, 0.65),
    "satisfaction": (0.61,),
}


def points(printed):
    """Return a printed number as two decimals, without its sign."""
    return format_percent(float(re.sub(r"[- ]", "", printed).replace(",", ".")))


def table_of_the_plan():
    """Return the table made of the seven scores as printed, and of the index behind 9,39 of 10 points."""
    rule = load_par_rule("so-2023")
    scored = [float(row[2].replace(",", ".")) for row in ROWS[:7]]
    return score_parts(rule, 93.9, {one.code: score for one, score in zip(rule.others, scored, strict=True)})


def test_the_table_of_the_plan_comes_out_as_printed():
    made = table_of_the_plan()
    rows = [(line.component.label.vi, line.component.most, line.scored, line.lost) for line in made.lines]
    rows.append(("Tổng cộng", made.rule.most, made.scored, made.lost))
    told = [[label, *map(format_percent, figures)] for label, *figures in rows]
    assert told == [[label, *map(points, figures)] for label, *figures in ROWS]


def test_the_printed_rows_add_up_to_the_printed_total():
    for column in (1, 2, 3):
        *parts, total = (float(points(row[column]).replace(",", ".")) for row in ROWS)
        assert format_percent(sum(parts)) == format_percent(total)


def test_three_headings_of_the_plan_take_off_other_points_than_its_table():
    # 1 + 0,3 + 2 + 0,5 + 1 + 0,11 = 4,91 of 4,92; 0,09 + 0,21 = 0,30 of 0,53; 0,11 of 0,26. The others agree.
    lost = {line.component.code: format_percent(line.lost) for line in table_of_the_plan().lines}
    taken = {code: format_percent(sum(parts)) for code, parts in TAKEN_OFF.items()}
    assert {code: (taken[code], lost[code]) for code in taken if taken[code] != lost[code]} == {
        "direction": ("4,91", "4,92"),
        "apparatus": ("0,30", "0,53"),
        "finance": ("0,11", "0,26"),
    }


def test_the_points_of_a_province():
    # Hà Tĩnh 2021, baohatinh.vn 236001: 91,17% brought 9,12 of 10 points.
    made = score_parts(load_par_rule("tinh"), 91.17, {"others": None})
    assert (format_percent(made.own.scored), format_percent(made.own.lost)) == ("9,12", "0,88")


@pytest.mark.parametrize(
    ("index", "scored", "lost"),
    [
        # 9,125 is printed 9,13, and 10 − 9,13 = 0,87; 8,875 is printed 8,88, and 10 − 8,88 = 1,12.
        (91.25, "9,13", "0,87"),
        (88.75, "8,88", "1,12"),
    ],
)
def test_what_is_lost_and_what_is_scored_make_up_the_most_as_printed(index, scored, lost):
    made = score_parts(load_par_rule("tinh"), index, {"others": 90})
    for one in (made.own, made):
        assert format_percent(one.lost) == lost
    assert format_percent(made.own.scored) == scored
    assert format_percent(points_lost(10, index / 10)) == lost


def test_a_total_is_known_only_when_every_line_is():
    rule = load_par_rule("so-2023")
    others = dict.fromkeys((one.code for one in rule.others), 5.0)
    # 7 × 5 + 8 = 43; 100 − 43 = 57.
    assert score_parts(rule, 80, others).scored == pytest.approx(43)
    assert score_parts(rule, 80, others).lost == pytest.approx(57)
    for made in (score_parts(rule, None, others), score_parts(rule, 80, {**others, "finance": None})):
        assert (made.scored, made.lost) == (None, None)


@pytest.mark.parametrize(("index", "scored"), [(0, 0), (100, 10)])
def test_the_ends_of_the_index_are_the_ends_of_the_points(index, scored):
    assert score_parts(load_par_rule("tinh"), index, {"others": 0}).own.scored == scored


@pytest.mark.parametrize("index", [-0.01, 100.01, float("nan"), float("inf")])
def test_what_is_no_index_has_no_points(index):
    with pytest.raises(ValueError, match="between 0 and 100"):
        par_points(index)
    with pytest.raises(ValueError, match="between 0 and 100"):
        score_parts(load_par_rule("tinh"), index, {"others": 50})


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"others": 90.01}, r"others: 90\.01 points are not between 0 and 90"),
        ({"others": -1}, "others: -1 points are not between 0 and 90"),
        ({"others": float("nan")}, "not between 0 and 90"),
        ({}, "component 'others' is missing"),
        ({"others": 1, "finance": 2}, "no component 'finance' to score"),
        ({"others": 1, "satisfaction": 9}, "no component 'satisfaction' to score"),
    ],
)
def test_scores_that_cannot_be_are_refused_by_name(others, told):
    with pytest.raises(ParError, match=told):
        score_parts(load_par_rule("tinh"), 80, others)


def test_all_together_and_one_agency_have_each_the_rule_made_for_them():
    assert (default_rule(whole=True).code, default_rule(whole=False).code) == ("tinh", "so-2023")
    assert default_rule(whole=False).whom.vi == "sở, ban, ngành cấp tỉnh"


def test_an_unknown_rule_is_answered_with_those_there_are():
    with pytest.raises(UnknownCodeError, match="known: so-2023, tinh"):
        load_par_rule("bo")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("most = 90", "most = 91", "rule.tinh: its components bring 101 points, not the 100 of most"),
        ("most = 90", "most = 0", "rule.tinh.component.others.most: must be a number of points above 0, not 0"),
        ("most = 90", 'most = "90"', "most: must be a number of points above 0, not '90'"),
        ("most = 90", "most = true", "most: must be a number of points above 0, not True"),
        ("most = 90", "most = nan", "most: must be a number of points above 0, not nan"),
        ('converts = "proportional"', 'converts = "cubed"', "converts: must be one of proportional, not 'cubed'"),
        ('converts = "proportional"', "", "exactly one component must come from the index"),
        ('code = "tinh"', 'code = "so-2023"', "must not repeat a code: so-2023"),
        ('code = "others"', 'code = "satisfaction"', "rule.tinh.component: must not repeat a code: satisfaction"),
        ('code = "others"', 'code = ""', "rule.tinh.component.1.code: must not be empty"),
        ('label.en = "All other components"', "", "component.others.label.en: must be given"),
        ("name.vi =", "title.vi =", "rule.so-2023.title: is not a key here"),
        ("whom.vi =", "who.vi =", "rule.so-2023.who: is not a key here"),
        ('scores = "whole"', 'scores = "all"', "rule.tinh.scores: must be one of whole, agency, not 'all'"),
        ("[[rule]]", "[[regel]]", "par.toml: regel: is not a key here; the keys are rule"),
        ('code = "tinh"', "code = tinh", "must be TOML in UTF-8"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_of_the_fault(tmp_path, before, after, told):
    text = RULES.read_text(encoding="utf-8")
    assert before in text
    broken = tmp_path / "par.toml"
    broken.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ParError, match=re.escape(told)):
        read_par_rules(broken)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(ParError, match=r"nowhere\.toml: file: must be a readable file"):
        read_par_rules(tmp_path / "nowhere.toml")


def test_a_province_s_own_rules_stand_in_a_file_that_no_upgrade_overwrites(tmp_path):
    own = tmp_path / "par.toml"
    own.write_text(RULES.read_text(encoding="utf-8").replace('code = "tinh"', 'code = "tinh-moi"'), encoding="utf-8")
    assert default_rule(whole=True, path=own).code == "tinh-moi"
    with pytest.raises(UnknownCodeError):
        load_par_rule("tinh", own)
