"""The sentences of the report say no more than the figures do: what is withheld, what fell, who differs, who ranks."""

import pytest

from survey.analysis.comparing.comparison import Difference, Verdict
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.ranking.ranking import RankRow
from survey.fieldwork import SamplingBasis
from survey.reports.documents.facts import NO_RESPONSES, Compared, FigureLine
from survey.reports.documents.sentences import (
    beside_rest_sentence,
    block_sentence,
    difference_in_words,
    ends_sentence,
    overall_sentence,
    rank_sentence,
)
from survey.reports.documents.shared_chapters import falls_chapter, points_cells


def estimate(value: float, reach: float = 2.0, responses: int = 1234) -> Estimate:
    """Return a figure with its range to both sides."""
    ends = (value - reach, value + reach)
    return Estimate(value, 1.0, *ends, responses, 9999, 40, ClusterKind.POINT_DAY, 39.0, 1.2, 1000.0)


def test_why_there_is_no_figure_is_said_in_a_sentence() -> None:
    line = FigureLine("Chung", None)
    told = overall_sentence("mức độ hài lòng", "Sở Nội vụ", line, SamplingBasis.SELF_SELECTED)
    assert told == "Không công bố mức độ hài lòng chung của Sở Nội vụ để bảo vệ người trả lời."
    nobody = FigureLine("Chung", None, NO_RESPONSES)
    told = overall_sentence("mức độ hài lòng", "Sở Nội vụ", nobody, SamplingBasis.SELF_SELECTED)
    assert told == "Trong đợt này không có phiếu nào về Sở Nội vụ."


def test_ends_whose_ranges_overlap_are_not_said_to_differ() -> None:
    apart = ends_sentence([("A", estimate(80.0)), ("B", estimate(90.0))])
    assert apart == (
        "Yếu tố được đánh giá cao nhất là “B”: 90,00%, khoảng dao động 95% từ 88,00 đến 92,00%, tính"
        " trên 1.234 phiếu; thấp nhất là “A”: 80,00%, khoảng dao động 95% từ 78,00 đến 82,00%, tính"
        " trên 1.234 phiếu."
    )
    near = ends_sentence([("A", estimate(80.0)), ("B", estimate(83.0))])
    assert near.endswith("Hai khoảng này chồng lên nhau nên chưa kết luận được hơn kém.")
    assert ends_sentence([("A", estimate(80.0))]) == ""


def test_only_what_is_beyond_chance_is_said_to_have_fallen_or_risen() -> None:
    fell = difference_in_words(Difference(Verdict.FELL, -2.5, 0.5, -3.5, -1.5))
    perhaps = difference_in_words(Difference(Verdict.NOT_BEYOND_CHANCE, -0.5, 0.5, -1.5, 0.5))
    assert fell.startswith("giảm 2,50 điểm phần trăm")
    assert perhaps == (
        "thấp hơn 0,50 điểm phần trăm (khoảng ước lượng 95% của chênh lệch: từ −1,50 đến +0,50), chưa vượt quá dao"
        " động ngẫu nhiên"
    )
    few = difference_in_words(Difference(Verdict.TOO_FEW, 1.0))
    assert few == "cao hơn 1,00 điểm phần trăm, chưa đủ dữ liệu để kiểm định"
    assert difference_in_words(Difference(Verdict.NOT_COMPARABLE)) == "không so sánh được với đợt trước"


def test_an_agency_beside_the_rest_is_only_said_to_differ_beyond_chance() -> None:
    above = beside_rest_sentence(Difference(Verdict.ROSE, 2.0, 0.5, 1.0, 3.0), "Chỉ số chung")
    assert above == (
        "Chỉ số chung cao hơn phần còn lại của khối 2,00 điểm phần trăm (khoảng ước lượng 95%: từ +1,00 đến +3,00),"
        " vượt quá dao động ngẫu nhiên."
    )
    same = beside_rest_sentence(Difference(Verdict.NOT_BEYOND_CHANCE, 0.2, 0.5, -0.8, 1.2), "Chỉ số chung")
    assert same == (
        "Chỉ số chung cao hơn phần còn lại của khối 0,20 điểm phần trăm (khoảng ước lượng 95%: từ −0,80 đến +1,20):"
        " chưa vượt quá dao động ngẫu nhiên, nên chưa đủ căn cứ kết luận là có khác biệt."
    )


def test_a_rank_is_never_told_without_its_range() -> None:
    first = RankRow("A", estimate(90.0), rank=1, rank_low=1, rank_upp=2)
    last = RankRow("B", estimate(80.0), rank=3, rank_low=2, rank_upp=3)
    told = rank_sentence(last, 3, "Sở")
    assert "thứ 3/3" in told
    assert "trong khoảng 2–3" in told
    block = block_sentence([first, last], {"A": "Sở A", "B": "Sở B"})
    assert "Sở A: 90,00% (khoảng thứ hạng 1–2; tính trên 1.234 phiếu)" in block
    assert block.endswith("Hai khoảng thứ hạng chồng lên nhau nên chưa kết luận được hơn kém.")
    with pytest.raises(ValueError, match="no rank"):
        rank_sentence(RankRow("C", estimate(70.0)), 3, "Sở")


@pytest.mark.parametrize(("index", "points"), [(91.25, ("9,13", "0,87")), (88.75, ("8,88", "1,12"))])
def test_the_report_has_the_points_of_the_page(index, points) -> None:
    # The same two indices by hand as in tests/unit/par/test_par.py, whose table the page shows.
    assert points_cells(index) == ("10,00", *points)


@pytest.mark.parametrize(
    ("compared", "left", "told"),
    [
        (21, 0, "Không có yếu tố, tiêu chí nào giảm so với đợt “Đợt 1”, trong 21 nội dung so sánh được."),
        (
            5,
            1016,
            "Không có yếu tố, tiêu chí nào giảm so với đợt “Đợt 1”, trong 5 nội dung so sánh được. Có 1.016"
            " nội dung không so sánh được vì không công bố hoặc thiếu số liệu ở một trong hai đợt.",
        ),
        (
            0,
            21,
            "Không so sánh được nội dung nào với đợt “Đợt 1” vì không có số liệu được công bố ở cả hai đợt; không nêu"
            " chỉ số bị giảm.",
        ),
    ],
)
def test_that_nothing_fell_is_only_said_of_what_was_compared(compared, left, told) -> None:
    chapter = falls_chapter(None, Compared("Đợt 1", compared=compared, not_compared=left), {}, None, "")
    assert [one.text for one in chapter][1:] == [told]
