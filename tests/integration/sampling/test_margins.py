"""Given margins: which files are refused, and weights by hand."""

from datetime import date

import pytest

from survey.errors import RefusedDataError, WeightingError
from survey.operations.collecting.responses import import_responses
from survey.operations.rounds.rounds import NewRound, open_round
from tests.integration.sampling.golden_round import GOLDEN, LAST, MARGINS, weighed
from tests.told import told

# Margins.

BAD_MARGINS = {
    "sums that differ": (
        MARGINS + "agency,STC,1\nagency,TTPVHCC,1\nagency,P-DONGKINH,1\nagency,P-KYLUA,1\n",
        "adds up to 4",
    ),
    "a category without a total": (
        "margin,category,total\ngender,1,980\n",
        "margin gender, category '2': responses, but no",
    ),
    "a total of none": (MARGINS.replace("1085", "0"), "margin gender, category '2': responses, but no total above 0"),
    "a total nobody answers for": (
        "margin,category,total\nagency,STC,9\nagency,SCT,9\n",
        "a total of 9 but no responses",
    ),
    "limits without room": (MARGINS, "widen the limits"),
}
BAD_LINES = {
    "an unknown margin": (MARGINS + "colour,1,5\n", "line 4: .*colour"),
    "an item of the index": (MARGINS + "A1,5,5\n", "line 4: .*A1"),
    "a category nobody offers": (MARGINS + "gender,9,5\n", "line 4: .*9"),
    "a category twice": (MARGINS + "gender,1,5\n", "line 4: .*1"),
    "a category joined and alone": (MARGINS + "gender,1+2,5\n", "line 4: "),
    "a negative total": (MARGINS.replace("980", "-980"), "line 2: total"),
    "thousands with a point": (MARGINS.replace("980", "1.980"), "line 2: total"),
    "no totals": ("margin,category\ngender,1\n", "line 1: .*total"),
}


@pytest.mark.parametrize("name", BAD_MARGINS)
def test_margins_that_no_weights_fit_are_refused_by_name(store, walked_in, name):
    text, told = BAD_MARGINS[name]
    limits = {"lower": 1.5, "upper": 2.0} if name == "limits without room" else {}
    with pytest.raises(WeightingError, match=told):
        weighed(store, text, **limits)


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_file_of_margins_is_refused_line_by_line(store, walked_in, name):
    text, reason = BAD_LINES[name]
    with pytest.raises(RefusedDataError, match=reason) as refused:
        weighed(store, text)
    (english,), (vietnamese,) = told(refused.value), told(refused.value, "vi")
    assert (english.line, english.reason) != (vietnamese.line, vietnamese.reason)
    assert english.line == vietnamese.line


def test_limits_the_wrong_way_round_are_refused(store, walked_in):
    with pytest.raises(WeightingError, match="0 <= lower < upper"):
        weighed(store, lower=3.0, upper=0.5)


def test_responses_without_an_answer_are_counted_and_never_passed_over(store, walked_in):
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    silent = sum(row[-2] == "" for row in rows)
    assert silent > 0
    with pytest.raises(WeightingError, match=rf"gender: {silent} of 160.*--leave-out") as refused:
        weighed(store, leave_out=False)
    assert f"gender: {silent} trong 160 phiếu" in refused.value.in_language("vi")
    found = weighed(store)
    assert (found.left_out, found.used) == ({"gender": silent}, 160 - silent)


def test_weights_of_one_margin_are_those_of_hand_arithmetic(store, walked_in):
    """980 men and 1085 women over those who say so: every man weighs 980 / men."""
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    men, women = (sum(row[-2] == one for row in rows) for one in "12")
    base, last = weighed(store).steps
    assert (base.kind, last.kind) == ("base", "post_stratified")
    found = sorted((980 / men, 1085 / women))
    assert (last.diagnostics.smallest, last.diagnostics.largest) == (pytest.approx(found[0]), pytest.approx(found[1]))
    squares = men * (980 / men) ** 2 + women * (1085 / women) ** 2
    assert last.diagnostics.effective == pytest.approx(2065**2 / squares)
    before, after = ((one.before, one.after) for one in last.diagnostics.moved)
    assert before == (pytest.approx(100 * men / (men + women)), pytest.approx(100 * 980 / 2065))
    assert after[1] == pytest.approx(100 * 1085 / 2065)


def test_a_crossed_margin_is_the_cells_of_both(store, walked_in):
    rows = [line.split(",") for line in (GOLDEN / "door-responses.csv").read_text().splitlines()[1:]]
    cells = "margin,category,total\n" + "".join(
        f"gender*agency,{gender}*{agency},{10 + place}\n"
        for place, (gender, agency) in enumerate(
            (gender, agency) for gender in "12" for agency in ("STC", "TTPVHCC", "P-DONGKINH", "P-KYLUA")
        )
    )
    found = weighed(store, cells)
    assert found.steps[-1].diagnostics.total == pytest.approx(sum(range(10, 18)))
    label = found.words["gender*agency", "1*STC"]
    assert (label.vi, label.en) == ("Nam × Sở Tài chính", "Male × Sở Tài chính")
    in_first = sum(row[-2] == "1" and row[1] in ("3TKDZGS", "AULUCGJ") for row in rows)
    assert found.steps[-1].diagnostics.moved[2].before == pytest.approx(100 * in_first / found.used)


def test_months_and_ways_of_answering_are_margins_too(store, walked_in):
    modes = "margin,category,total\nmode,qr,50\nmode,paper+assisted,70\nmonth,2026-03,120\n"
    found = weighed(store, modes)
    assert found.steps[-1].diagnostics.total == pytest.approx(120)
    assert found.left_out == {}


def test_all_who_agree_are_not_promised_to_be_known_exactly(store, sample_registry):
    begin_of = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *begin_of, profile=True))
    lines = "".join(f"2026-03-{2 + place % 9:02},UED34VN,paper,4,{1 + place % 2}\n" for place in range(40))
    data = f"collected_on,service_point_code,mode,A1,gender\n{lines}".encode()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)
    found = weighed(store)
    overall = next(one for one in found.rows if one.row.part == "overall")
    assert overall.row.estimate.se == 0
    assert overall.row.estimate.upp - overall.row.estimate.low > 5
    assert "all_equal" in overall.row.estimate.cautions


def test_one_day_gives_a_figure_and_the_whole_scale_for_a_range(store, sample_registry):
    begin_of = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *begin_of, profile=True))
    lines = "".join(f"2026-03-02,UED34VN,paper,{1 + place % 5},{1 + place % 2}\n" for place in range(40))
    data = f"collected_on,service_point_code,mode,A1,gender\n{lines}".encode()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)
    overall = next(one for one in weighed(store).rows if one.row.part == "overall")
    assert (overall.row.estimate.se, overall.row.estimate.low, overall.row.estimate.upp) == (None, 20, 100)
    assert "no_variance" in overall.row.estimate.cautions
