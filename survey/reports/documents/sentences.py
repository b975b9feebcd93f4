"""Sentences about figures, for running text: each says on how many responses a figure rests and how sure it is.

A figure of people who chose to answer is never called the SIPAS index of a province, and two figures whose ranges
overlap are never said to differ.
"""

from collections.abc import Mapping, Sequence

from survey.analysis.comparing.comparison import Difference, Verdict
from survey.analysis.figures.estimates import Estimate
from survey.analysis.ranking.ranking import RankRow
from survey.fieldwork import SamplingBasis
from survey.formatting import format_count, format_percent
from survey.reports.charts.change import signed
from survey.reports.documents.facts import NO_RESPONSES, FigureLine
from survey.reports.words import MODEL_RANGE

OF_PEOPLE: Mapping[SamplingBasis, str] = {
    SamplingBasis.SELF_SELECTED: "người tự nguyện trả lời",
    SamplingBasis.PROBABILITY: "người trả lời được chọn ngẫu nhiên",
}
DIRECTIONS = {Verdict.FELL: "giảm", Verdict.ROSE: "tăng"}
PLACES = {Verdict.FELL: "thấp hơn", Verdict.ROSE: "cao hơn"}


def figure_in_words(estimate: Estimate) -> str:
    """Return a figure with its range and the responses it rests on, without a full stop.

    >>> from survey.analysis.figures.estimates import ClusterKind
    >>> one = Estimate(82.6, 1.0, 80.551, 84.5, 1200, 19000, 40, ClusterKind.POINT_DAY, 39.0, 1.2, 1000.0)
    >>> figure_in_words(one)
    '82,60%, khoảng dao động 95% từ 80,55 đến 84,50%, tính trên 1.200 phiếu'
    """
    value, base = format_percent(estimate.value), f"tính trên {format_count(estimate.responses)} phiếu"
    if estimate.low is None or estimate.upp is None:
        return f"{value}%, chưa tính được khoảng dao động, {base}"
    ends = f"từ {format_percent(estimate.low)} đến {format_percent(estimate.upp)}%"
    return f"{value}%, {MODEL_RANGE} {ends}, {base}"


def overall_sentence(name: str, subject: str, line: FigureLine, basis: SamplingBasis) -> str:
    """Return the sentence on the whole; `name` is what the index is called, `subject` whose it is."""
    if line.instead == NO_RESPONSES:
        return f"Trong đợt này không có phiếu nào về {subject}."
    if line.estimate is None:
        return f"Không công bố {name} chung của {subject} để bảo vệ người trả lời."
    figure = figure_in_words(line.estimate)
    return f"{name.capitalize()} chung của {subject} là {figure} của {OF_PEOPLE[basis]}."


def ends_sentence(named: Sequence[tuple[str, Estimate]]) -> str:
    """Return which part stands highest and which lowest; nothing with fewer than two.

    It says so when their ranges overlap, because then the order may be chance.
    """
    known = [(name, estimate) for name, estimate in named if estimate.value is not None]
    if len(known) < 2:
        return ""
    ordered = sorted(known, key=lambda pair: pair[1].value or 0.0)
    (last_name, last), (first_name, first) = ordered[0], ordered[-1]
    sentence = (
        f"Yếu tố được đánh giá cao nhất là “{first_name}”: {figure_in_words(first)};"
        f" thấp nhất là “{last_name}”: {figure_in_words(last)}."
    )
    return (
        f"{sentence} Hai khoảng này chồng lên nhau nên chưa kết luận được hơn kém."
        if _overlap(first, last)
        else sentence
    )


def difference_in_words(difference: Difference) -> str:
    """Return a difference between two rounds with its range and whether it is more than chance.

    >>> difference_in_words(Difference(Verdict.FELL, -2.5, 0.5, -3.5, -1.5))
    'giảm 2,50 điểm phần trăm (khoảng ước lượng 95% của chênh lệch: từ −3,50 đến −1,50), vượt quá dao động ngẫu nhiên'
    """
    if difference.value is None:
        return "không so sánh được với đợt trước"
    size = format_percent(abs(difference.value))
    direction = DIRECTIONS.get(difference.verdict) or _place(difference.value)
    if difference.low is None or difference.upp is None:
        return f"{direction} {size} điểm phần trăm, chưa đủ dữ liệu để kiểm định"
    ends = f"khoảng ước lượng 95% của chênh lệch: {_ends(difference.low, difference.upp)}"
    if difference.verdict is Verdict.FEW_DRAWS:
        return f"{direction} {size} điểm phần trăm ({ends}), chưa kết luận vì phiếu của dưới 4 ngày làm việc"
    chance = "vượt quá dao động ngẫu nhiên" if difference.beyond_chance else "chưa vượt quá dao động ngẫu nhiên"
    return f"{direction} {size} điểm phần trăm ({ends}), {chance}"


def rank_sentence(row: RankRow, ranked: int, block: str) -> str:
    """Return the place of an agency with the places it could as well have.

    `ranked` agencies of the block have one. Raises ValueError on an agency without a rank.
    """
    if row.rank is None:
        raise ValueError(f"agency {row.unit} has no rank")
    return (
        f"Theo giá trị chỉ số, cơ quan đứng thứ {row.rank}/{ranked} của khối {block}; xét mức dao động của số liệu thì"
        f" thứ hạng nằm trong khoảng {row.rank_low}–{row.rank_upp} với độ tin cậy 95%, vì vậy cần đọc thứ hạng kèm"
        " theo khoảng này."
    )


def block_sentence(rows: Sequence[RankRow], names: Mapping[str, str]) -> str:
    """Return how far apart a block's ends are and whether their ranks could be the same; `rows` are the ranked ones."""
    first, last = rows[0], rows[-1]
    ends = ", thấp nhất là ".join(
        f"{names[row.unit]}: {format_percent(row.estimate.value)}% (khoảng thứ hạng {row.rank_low}–{row.rank_upp};"
        f" tính trên {format_count(row.estimate.responses)} phiếu)"
        for row in (first, last)
    )
    overlap = (first.rank_upp or 0) >= (last.rank_low or 0)
    chance = " Hai khoảng thứ hạng chồng lên nhau nên chưa kết luận được hơn kém." if overlap else ""
    return f"Xếp hạng được {len(rows)} cơ quan; giá trị cao nhất là {ends}.{chance}"


def beside_rest_sentence(difference: Difference, label: str) -> str:
    """Return an agency's part beside the rest of its block."""
    if difference.value is None or difference.low is None or difference.upp is None:
        return f"{label}: chưa đủ dữ liệu để so với phần còn lại của khối."
    ends = f"khoảng ước lượng 95%: {_ends(difference.low, difference.upp)}"
    place, size = PLACES.get(difference.verdict) or _place(difference.value), format_percent(abs(difference.value))
    sentence = f"{label} {place} phần còn lại của khối {size} điểm phần trăm ({ends})"
    if difference.beyond_chance:
        return f"{sentence}, vượt quá dao động ngẫu nhiên."
    return f"{sentence}: chưa vượt quá dao động ngẫu nhiên, nên chưa đủ căn cứ kết luận là có khác biệt."


def falls_sentence(falls: int, beyond: int, tests: int, previous: str, *, own: bool = False) -> str:
    """Return how many figures fell since the round before, and how many of them beyond chance.

    `tests` is how many differences were tested together: of all agencies, or of one agency by itself (`own`).
    """
    family = (
        "của riêng cơ quan này, theo thứ bậc chỉ số chung – yếu tố – tiêu chí, mức 5%; kết luận không phụ thuộc vào số"
        " cơ quan khác được khảo sát"
        if own
        else "của tất cả cơ quan; giá trị p hiệu chỉnh theo Benjamini–Hochberg, mức 5%"
    )
    return (
        f"So với đợt “{previous}”, có {format_count(falls)} yếu tố, tiêu chí giảm, trong đó {format_count(beyond)} mức"
        " giảm vượt quá dao động ngẫu nhiên, tức là có ý nghĩa thống kê (kiểm định cùng lúc"
        f" {format_count(tests)} chênh lệch {family}). Mức giảm chưa vượt quá dao động ngẫu nhiên thì chưa đủ để kết"
        " luận là chất lượng phục vụ giảm."
    )


def _place(value: float) -> str:
    return "thấp hơn" if value < 0 else "cao hơn"


def _ends(low: float, upp: float) -> str:
    return f"từ {signed(low, 'vi')} đến {signed(upp, 'vi')}"


def _overlap(first: Estimate, last: Estimate) -> bool:
    if first.low is None or last.upp is None:
        return True
    return first.low <= last.upp
