"""The table for the terminal, against a text written out by hand, and what stands above it."""

import unicodedata
from dataclasses import replace

import pytest

from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.results import Domain, IndexRow, RoundResults, Sampling
from survey.fieldwork import SamplingBasis
from survey.instrument import IndexMethod, LocalText
from survey.reports.tables import formulas_in_words, method_box, range_text, results_table

ACCESS = LocalText("Tiếp cận dịch vụ", "Access to services")
OVERALL = LocalText("Sự phục vụ nói chung", "Service overall")
LONG_BIEN = Domain("Phường", "LB", "UBND phường Long Biên", "K7M2Q4D", "Quầy số 1")


def estimate(low: float | None, upp: float | None, kind: ClusterKind = ClusterKind.POINT_DAY) -> Estimate:
    """Return an estimate with this range."""
    return Estimate(
        value=82.665,
        se=0.75,
        low=low,
        upp=upp,
        responses=1200,
        answers=3589,
        clusters=40,
        cluster_kind=kind,
        degrees=39.0,
        design_effect=1.5,
        effective=800.0,
    )


RESULTS = RoundResults(
    run="ab12",
    round_code="2026-Q4",
    round_title="Quý IV năm 2026",
    instrument_code="sipas-2023",
    instrument_title=LocalText("Phiếu SIPAS năm 2023", "SIPAS form of 2023"),
    method=IndexMethod("mean_over_max", "pooled_answers", "exclude", 2),
    formulas=("L1", "P1"),
    basis=SamplingBasis.SELF_SELECTED,
    simulated=False,
    verified=True,
    responses=1234,
    by=("agency", "dimension"),
    rows=(
        IndexRow(
            domain=Domain("Sở", "SNV", "Sở Nội vụ"),
            part="access",
            label=ACCESS,
            index=82.665,
            percent_satisfied=200 / 3,
            level=82.665,
            responses=1200,
            answers=3589,
            missing=11,
            not_applicable=0,
            estimate=estimate(81.125, 84.104999),
        ),
        IndexRow(
            domain=Domain("Phường", "LB", "UBND phường Long Biên"),
            part="overall",
            label=OVERALL,
            index=None,
            percent_satisfied=None,
            level=None,
            responses=0,
            answers=0,
            missing=30,
            not_applicable=2,
        ),
    ),
)

# Typed by hand: every column as wide as its longest cell, two spaces between columns, figures to the right.
# The rule is 10 + 21 + 6 + 20 + 10 + 20 + 18 + 19 + 8 + 14 + 13 + 13 and eleven gaps of 2: 194 characters.
TABLE = """\
Đợt khảo sát: Quý IV năm 2026
Mẫu phiếu: Phiếu SIPAS năm 2023 (sipas-2023)
Cách tính chỉ số: điểm trung bình của các câu trả lời chia cho điểm cao nhất của thang đo, nhân 100; \
gộp tất cả câu trả lời
Cách chọn người trả lời: Người trả lời tự nguyện tham gia, không do chọn mẫu ngẫu nhiên; không đại diện cho \
toàn bộ người dân, tổ chức đã sử dụng dịch vụ. Đây là kết quả khảo sát thường xuyên theo bộ tiêu chí SIPAS (đo lường \
sự hài lòng về sự phục vụ hành chính), không phải Chỉ số SIPAS do Bộ Nội vụ công bố
Khoảng ước lượng 95%: khoảng dao động 95%
Đơn vị mẫu: điểm phục vụ trong một ngày
Phạm vi: số liệu và khoảng ước lượng nói về sự phục vụ với chính các công chức hiện nay; \
thay đổi công chức là thay đổi sự phục vụ, không phải dao động ngẫu nhiên
Hiệu ứng thiết kế (deff): so với mẫu ngẫu nhiên đơn giản có hoàn lại gồm cùng số phiếu; giá trị của từng chỉ số có \
trong các tệp số liệu
Số phiếu: 1.234
Mã kết quả: ab12

Mã cơ quan  Cơ quan                Khối    Nội dung đánh giá     Chỉ số (%)  Khoảng ước lượng 95%  Tỷ lệ hài lòng (%)  \
Mức độ hài lòng (%)  Số phiếu  Số câu trả lời  Không trả lời  Không áp dụng
-------------------------------------------------------------------------------------------------------------\
-------------------------------------------------------------------------------------
SNV         Sở Nội vụ              Sở      Tiếp cận dịch vụ           82,67           81,13–84,10               66,67  \
              82,67     1.200           3.589             11              0
LB          UBND phường Long Biên  Phường  Sự phục vụ nói chung           –                     –                   –  \
                  –         0               0             30              2
"""


def test_the_table_is_the_one_written_by_hand():
    assert results_table(RESULTS, "vi") == TABLE


def test_decomposed_names_give_the_very_same_table():
    rows = tuple(
        replace(row, domain=replace(row.domain, agency=unicodedata.normalize("NFD", row.domain.agency)))
        for row in RESULTS.rows
    )
    assert results_table(replace(RESULTS, rows=rows), "vi") == TABLE


def test_a_self_selected_round_is_never_called_the_index_of_the_province():
    table = results_table(RESULTS, "vi")
    assert "kết quả khảo sát thường xuyên theo bộ tiêu chí SIPAS" in table
    assert "không phải Chỉ số SIPAS do Bộ Nội vụ công bố" in table


def test_a_probability_sample_says_so_instead():
    table = results_table(replace(RESULTS, basis=SamplingBasis.PROBABILITY), "vi")
    assert "Cách chọn người trả lời: Người trả lời được chọn mẫu ngẫu nhiên (mẫu xác suất)\n" in table
    assert "thường xuyên" not in table


def test_the_range_of_people_who_chose_to_answer_is_never_called_an_error():
    box = dict(method_box(RESULTS, "vi"))
    assert box["Khoảng ước lượng 95%"] == "khoảng dao động 95%"
    assert "sai số" not in results_table(RESULTS, "vi").lower()


def test_only_a_declared_design_has_a_confidence_interval():
    """A round that was drawn, but not told from how many, promises none."""
    drawn = replace(RESULTS, basis=SamplingBasis.PROBABILITY)
    assert dict(method_box(drawn, "vi"))["Khoảng ước lượng 95%"] == "khoảng dao động 95%"
    design = Sampling("ab" * 32, "agency", 4, False, 2065, 95.4, ("SCT",), ("SNV",), 1.2, 130.0, 2)
    box = method_box(replace(drawn, sampling=design), "vi")
    assert dict(box)["Khoảng ước lượng 95%"] == "khoảng tin cậy 95% (sai số chọn mẫu)"
    told = dict(box)["Thiết kế mẫu"].split("; ")
    assert told[:2] == ["chọn người trong từng tầng", "4 tầng theo cơ quan, tổng thể 2.065"]
    assert "coi như mọi người được chọn đều trả lời" in " ".join(told)
    assert {"tầng không có phiếu, không được tính: SCT", "2 dòng không công bố vì quá ít phiếu"} < {*told}


def with_estimates(*estimates: Estimate | None) -> RoundResults:
    """Return results with one row for each estimate."""
    return replace(RESULTS, rows=tuple(replace(RESULTS.rows[0], estimate=one) for one in estimates))


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["point_day", "point_day"], "điểm phục vụ trong một ngày"),
        (["respondent"], "người trả lời"),
        (["respondent", "point_day"], "điểm phục vụ trong một ngày; nơi có dưới 10 đơn vị như vậy: người trả lời"),
    ],
)
def test_the_method_names_what_was_taken_for_one_independent_draw(kinds, told):
    results = with_estimates(*(estimate(80.0, 90.0, ClusterKind(kind)) for kind in kinds))
    assert dict(method_box(results, "vi"))["Đơn vị mẫu"] == told


def test_the_method_says_nothing_of_ranges_where_there_are_none():
    names = [name for name, _ in method_box(with_estimates(None, estimate(None, None)), "vi")]
    assert names == [
        "Đợt khảo sát",
        "Mẫu phiếu",
        "Cách tính chỉ số",
        "Cách chọn người trả lời",
        "Số phiếu",
        "Mã kết quả",
    ]


def test_a_range_has_the_decimals_of_the_method_and_the_marks_of_the_language():
    assert range_text(estimate(81.125, 84.105), 2, "en") == "81.13–84.11"
    assert range_text(estimate(0.0, 100.0), 1, "vi") == "0,0–100,0"
    assert range_text(None, 2, "vi") == range_text(estimate(None, None), 2, "vi") == "–"


def test_simulated_data_and_unverified_wording_are_told_first():
    lines = results_table(replace(RESULTS, simulated=True, verified=False), "vi").splitlines()
    assert lines[0] == "Lưu ý: DỮ LIỆU MÔ PHỎNG"
    assert lines[1] == "Lưu ý: Nội dung câu hỏi chưa được đối chiếu với văn bản chính thức"
    assert "Lưu ý" not in TABLE


def test_a_filter_is_told():
    assert "Chỉ tính phiếu có: mode = qr\n" in results_table(replace(RESULTS, filters=(("mode", "qr"),)), "vi")


@pytest.mark.parametrize(
    ("by", "first_columns"),
    [
        ((), ["Nội dung đánh giá"]),
        (("block", "dimension"), ["Khối", "Nội dung đánh giá"]),
        (("service_point",), ["Mã cơ quan", "Cơ quan", "Khối", "Mã điểm phục vụ", "Điểm phục vụ", "Nội dung đánh giá"]),
    ],
)
def test_only_the_axes_in_use_have_columns(by, first_columns):
    row = replace(RESULTS.rows[0], domain=LONG_BIEN)
    header = results_table(replace(RESULTS, by=by, rows=(row,)), "vi").splitlines()[11]
    assert header.split("Chỉ số (%)")[0].split() == " ".join(first_columns).split()


def test_a_name_cannot_break_the_table_or_steer_the_terminal():
    row = replace(RESULTS.rows[0], domain=Domain("Sở", "SNV", "Sở\nNội\tvụ\x1b[2J"))
    lines = results_table(replace(RESULTS, rows=(row,)), "vi").splitlines()
    assert lines[13].startswith("SNV         Sở Nội vụ [2J  Sở")


def test_a_table_without_rows_has_its_header():
    assert results_table(replace(RESULTS, rows=()), "vi").splitlines()[7].startswith("Mã cơ quan  Cơ quan  Khối")


def test_every_formula_has_its_words():
    known = ("H1", "H2", "L1", "L2", "P1", "P2", "P3")
    told = formulas_in_words(known, "vi", named=True).split("; ")
    assert [text.split(" – ")[0] for text in told] == list(known)
    assert len({text.split(" – ")[1] for text in told}) == len(known)


def test_people_read_what_a_formula_means_and_not_its_name():
    assert formulas_in_words(("L1", "P1"), "vi") == (
        "điểm trung bình của các câu trả lời chia cho điểm cao nhất của thang đo, nhân 100; gộp tất cả câu trả lời"
    )
