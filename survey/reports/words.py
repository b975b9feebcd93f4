"""The words for what the analysis finds: its cautions, verdicts and reasons are codes, and these are their texts."""

from collections.abc import Mapping
from types import MappingProxyType

from survey.analysis.comparing.comparison import Verdict
from survey.analysis.drivers.driver_places import Driver, Quadrant
from survey.analysis.drivers.drivers import DriversCaution, DriversRefusal, NoDrivers
from survey.analysis.figures.estimates import Caution, ClusterKind
from survey.analysis.figures.reliability import NoOmega, NoReliability
from survey.analysis.ranking.climbing import ClimbAnswer
from survey.analysis.ranking.ranking import Ranking, Unranked
from survey.analysis.ranking.top_units import TOP, TopPlace, place_in_top
from survey.analysis.weights.weighting import StepKind, UnitCaution
from survey.formatting import format_count
from survey.wording import Language, mark, word

BREAK = mark(
    "Thay đổi phiếu hoặc cách tính: trước là {before}, sau là {after}; không so sánh số liệu trước và sau thay đổi này."
)

OWN_FAMILY = mark(
    "Kiểm định cùng lúc {tests} chênh lệch của riêng cơ quan này, theo thứ bậc: chỉ số chung, rồi từng yếu tố, rồi "
    "từng tiêu chí; kết luận không phụ thuộc vào số cơ quan khác được khảo sát."
)
BIG_FAMILY = mark(
    "Kiểm định cùng lúc {tests} chênh lệch của tất cả cơ quan (p hiệu chỉnh theo Benjamini–Hochberg và Holm); trang "
    "riêng của mỗi cơ quan chỉ kiểm định các chênh lệch của cơ quan đó."
)

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.FELL: mark("Giảm"),
        Verdict.ROSE: mark("Tăng"),
        Verdict.NOT_BEYOND_CHANCE: mark("Chưa vượt quá dao động ngẫu nhiên (chưa có ý nghĩa thống kê)"),
        Verdict.NOT_COMPARABLE: mark("Không so sánh được"),
        Verdict.TOO_FEW: mark("Chưa đủ dữ liệu để kiểm định"),
        Verdict.FEW_DRAWS: mark("Chưa kết luận: phiếu của dưới 4 ngày làm việc"),
    }
)

POOLED = mark("Tính gộp mọi câu trả lời trong khối")
MEAN_OF_AGENCIES = mark("Trung bình cộng của các cơ quan trong khối")

CLIMB_WORDS: Mapping[ClimbAnswer, str] = MappingProxyType(
    {
        ClimbAnswer.NEEDS: mark("Cần đạt {value}% (tăng thêm {gap} điểm phần trăm) để lên hạng {rank}"),
        ClimbAnswer.ALREADY_FIRST: mark("Đang ở hạng cao nhất của khối"),
        ClimbAnswer.OUT_OF_REACH: mark("Không thể vượt lên: đơn vị ở thứ hạng đó đã đạt 100,00"),
        ClimbAnswer.NOT_RANKED: mark("Chưa xếp hạng nên chưa tính được mức cần đạt"),
    }
)
WITHIN_RANGE = mark("Mức cần đạt vẫn nằm trong khoảng ước lượng hiện tại của đơn vị: có thể lên hạng chỉ do ngẫu nhiên")

TOP_TITLE = mark("Nhóm 5 đơn vị đầu")
TOP_WORDS: Mapping[TopPlace, str] = MappingProxyType(
    {
        TopPlace.CERTAIN: mark("Chắc chắn"),
        TopPlace.POSSIBLE: mark("Có thể"),
        TopPlace.EXCLUDED: mark("Không thuộc"),
    }
)
SURE_OF_SOME = mark("Chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối): {units}.")
SURE_OF_NONE = mark(
    "Chưa đơn vị nào chắc chắn trong nhóm 5 đơn vị đầu (độ tin cậy 95%, xét cùng lúc mọi đơn vị của khối)."
)
MAY_BE = mark("Số đơn vị có thể thuộc nhóm này: {count}.")
MAY_BE_TOO = mark("Ngoài ra, số đơn vị có thể thuộc nhóm này: {count}.")

NOT_RANKED = mark("Chưa xếp hạng")
UNRANKED_WORDS: Mapping[Unranked, str] = MappingProxyType(
    {
        Unranked.FEW_RESPONSES: mark("Dưới 30 phiếu trả lời nên chưa xếp hạng"),
        Unranked.NO_FIGURE: mark("Không có phiếu hoặc không có câu trả lời hợp lệ nên chưa xếp hạng"),
        Unranked.NO_RANGE: mark("Không tính được khoảng ước lượng nên chưa xếp hạng"),
        Unranked.FEW_DRAWS: mark("Phiếu của dưới 4 ngày làm việc nên chưa xếp hạng"),
    }
)
BELOW_OFFICIAL_SIZE = mark("Số phiếu ít hơn cỡ mẫu theo hướng dẫn của Bộ Nội vụ, n = N/(1 + N·e²)")
ORDER_WARNING = mark(
    "Thứ tự này chỉ theo giá trị chỉ số, chưa xét mức dao động của số liệu. "
    "Các đơn vị trong cùng một nhóm không phân biệt được hơn kém; "
    "không dùng riêng thứ tự này để bình xét, khen thưởng hay phê bình."
)
RANK_UP = mark("tăng {places} bậc")
RANK_DOWN = mark("giảm {places} bậc")
RANK_KEPT = mark("giữ nguyên thứ hạng")

NO_RELIABILITY_WORDS: Mapping[NoReliability, str] = MappingProxyType(
    {
        NoReliability.FEW_ITEMS: mark("Cần ít nhất hai tiêu chí để tính độ tin cậy thang đo"),
        NoReliability.FEW_CASES: mark("Có ít hơn 30 phiếu trả lời đủ mọi tiêu chí nên không tính độ tin cậy thang đo"),
        NoReliability.NO_VARIANCE: mark("Mọi phiếu có cùng tổng điểm nên không tính được độ tin cậy thang đo"),
    }
)
NO_OMEGA_WORDS: Mapping[NoOmega, str] = MappingProxyType(
    {
        NoOmega.FEW_ITEMS: mark("Cần ít nhất ba tiêu chí để tính hệ số omega"),
        NoOmega.FEW_CASES: mark("Quá ít phiếu trả lời đủ so với số tiêu chí nên không tính hệ số omega"),
        NoOmega.CONSTANT_ITEM: mark("Có tiêu chí mọi phiếu trả lời như nhau nên không tính hệ số omega"),
        NoOmega.IMPROPER: mark(
            "Mô hình một nhân tố không cho nghiệm hợp lệ (có tiêu chí không còn phần phương sai riêng) "
            "nên không tính hệ số omega"
        ),
    }
)

CAUTION_WORDS: Mapping[Caution, str] = MappingProxyType(
    {
        Caution.FEW_RESPONSES: mark("Dưới 30 phiếu: kết quả chưa ổn định"),
        Caution.FEW_CLUSTERS: mark("Dưới 10 đơn vị mẫu độc lập: khoảng ước lượng chỉ để tham khảo"),
        Caution.LONELY_STRATUM: mark("Có tầng chỉ có một đơn vị mẫu: phương sai được tính theo mức chung"),
        Caution.ALL_EQUAL: mark(
            "Mọi đơn vị mẫu cho cùng một kết quả: khoảng ước lượng đã tính đến khả năng có ý kiến khác"
        ),
        Caution.NO_VARIANCE: mark("Chưa đủ dữ liệu để ước lượng độ dao động"),
        Caution.FEW_DRAWS: mark("Dưới 4 đơn vị mẫu độc lập: chưa xếp hạng, chưa kết luận tăng hay giảm"),
    }
)
CLUSTER_WORDS: Mapping[ClusterKind, str] = MappingProxyType(
    {
        ClusterKind.DAY_AND_WEEK: mark("ngày làm việc của cơ quan, có tính cả tuần của từng điểm phục vụ"),
        ClusterKind.POINT_DAY: mark("điểm phục vụ trong một ngày"),
        ClusterKind.RESPONDENT: mark("người trả lời"),
    }
)
# What is published rests on days and weeks, whoever answered: a model. An error of sampling is known only where the
# draws are those of a declared design (docs/method/weighting.md, section 7).
MODEL_RANGE = mark("khoảng dao động 95%")
CONFIDENCE_RANGE = mark("khoảng tin cậy 95% (sai số chọn mẫu)")

UNIT_CAUTION_WORDS: Mapping[UnitCaution, str] = MappingProxyType(
    {
        UnitCaution.NO_VISITS: mark("Chưa có số lượt giao dịch nên không tính được trọng số và tỷ lệ trả lời"),
        UnitCaution.NO_RESPONSES: mark("Có lượt giao dịch nhưng không có phiếu: chưa có đại diện trong kết quả"),
        UnitCaution.MORE_RESPONSES_THAN_VISITS: mark("Số phiếu nhiều hơn số lượt giao dịch: cần kiểm tra lại số lượt"),
    }
)
STEP_WORDS: Mapping[StepKind, str] = MappingProxyType(
    {
        StepKind.BASE: mark("Trọng số gốc"),
        StepKind.POST_STRATIFIED: mark("Hiệu chỉnh theo nhóm (hậu phân tầng)"),
        StepKind.RAKED: mark("Hiệu chỉnh theo nhiều tiêu thức (raking)"),
        StepKind.TRIMMED: mark("Giới hạn trọng số quá lớn hoặc quá nhỏ"),
    }
)

ASSOCIATION = mark("Mức độ liên quan với câu trả lời hài lòng chung; không nói lên quan hệ nhân quả")
IMPORTANCE = mark("Tỷ trọng liên quan với hài lòng chung (%)")
PERFORMANCE = mark("Mức độ hài lòng (%)")
NO_DRIVERS_WORDS: Mapping[NoDrivers, str] = MappingProxyType(
    {
        NoDrivers.NOT_ASKED: mark(
            "Đợt khảo sát không hỏi riêng mức hài lòng chung; không thể lấy chỉ số để giải thích chính chỉ số đó"
        ),
        NoDrivers.FEW_CASES: mark("Cần ít nhất {needed} phiếu trả lời đủ các yếu tố được xét, hiện có khoảng {cases}"),
        NoDrivers.FEW_PREDICTORS: mark("Có ít hơn hai yếu tố mà câu trả lời khác nhau nên không có gì để so sánh"),
        NoDrivers.TOO_ALIKE: mark("Hầu hết câu trả lời về hài lòng chung giống nhau nên không phân tích được"),
        NoDrivers.NO_ASSOCIATION: mark("Mối liên quan với hài lòng chung chưa vượt quá dao động ngẫu nhiên"),
        NoDrivers.WITHHELD: mark("Có yếu tố không công bố mức hài lòng của tất cả cơ quan nên không phân tích"),
        NoDrivers.FEW_DRAWS: mark("Phiếu thuộc dưới 4 đơn vị mẫu (điểm phục vụ × ngày) nên chưa phân tích được"),
    }
)
DRIVERS_CAUTION_WORDS: Mapping[DriversCaution, str] = MappingProxyType(
    {
        DriversCaution.MANY_INCOMPLETE: mark("Hơn một nửa số phiếu không đủ các yếu tố được xét nên không được tính"),
        DriversCaution.COLLINEAR: mark(
            "Một số yếu tố gần như trùng nhau: không tách bạch được tỷ trọng của các yếu tố đó"
        ),
        DriversCaution.FEW_CLUSTERS: mark(
            "Có dưới 30 đơn vị mẫu (điểm phục vụ × ngày): khoảng ước lượng có thể hẹp hơn thực tế"
        ),
    }
)

QUADRANT_WORDS: Mapping[Quadrant, str] = MappingProxyType(
    {
        Quadrant.STRONG_LOW: mark("Liên quan trên trung bình, mức hài lòng dưới trung bình"),
        Quadrant.STRONG_HIGH: mark("Liên quan trên trung bình, mức hài lòng từ trung bình trở lên"),
        Quadrant.WEAK_LOW: mark("Liên quan dưới trung bình, mức hài lòng dưới trung bình"),
        Quadrant.WEAK_HIGH: mark("Liên quan dưới trung bình, mức hài lòng từ trung bình trở lên"),
    }
)
# What follows from a place that is not chance.
ADVICE_WORDS: Mapping[Quadrant, str] = MappingProxyType(
    {Quadrant.STRONG_LOW: mark("nên xem xét trước"), Quadrant.STRONG_HIGH: mark("nên giữ vững")}
)
MAYBE = mark("vị trí có thể do ngẫu nhiên")

FACTS_TITLE = mark("Các câu hỏi ngoài chỉ số (%)")
FACTS_NOTE = mark(
    "Tỷ lệ từng câu trả lời trong số người có trả lời câu hỏi; các câu hỏi này không được tính vào chỉ số."
)
NOT_COUNTED_WORDS = mark(
    "Lần công bố này có trước khi các câu hỏi ngoài chỉ số được tổng hợp, nên không có số liệu của các câu hỏi đó."
)


def top_sentence(ranking: Ranking, names: Mapping[str, str], language: Language) -> str:
    """Return who is surely among the five best and how many others may be; nothing for a block of five or fewer."""
    ranked = ranking.ranked
    if len(ranked) <= TOP:
        return ""
    places = {row.unit: place_in_top(row, len(ranked)) for row in ranked}
    sure = "; ".join(names.get(unit, unit) for unit, place in places.items() if place is TopPlace.CERTAIN)
    others = sum(place is TopPlace.POSSIBLE for place in places.values())
    sentence = word(SURE_OF_SOME, language).format(units=sure) if sure else word(SURE_OF_NONE, language)
    may_be = word(MAY_BE_TOO if sure else MAY_BE, language).format(count=format_count(others, language=language))
    return f"{sentence} {may_be}" if others else sentence


def word_rank_change(change: int, language: Language) -> str:
    """Return the words for a change of rank, positive for a rise.

    >>> word_rank_change(10, "vi"), word_rank_change(-11, "vi")
    ('tăng 10 bậc', 'giảm 11 bậc')
    """
    message = RANK_UP if change > 0 else RANK_DOWN if change < 0 else RANK_KEPT
    return word(message, language).format(places=abs(change))


def refusal_words(refusal: DriversRefusal, language: Language) -> str:
    """Return why there are no drivers."""
    return word(NO_DRIVERS_WORDS[refusal.reason], language).format(cases=refusal.cases, needed=refusal.needed)


def driver_words(driver: Driver, language: Language) -> str:
    """Say where a part lies on the chart, and what follows from it or that it may be chance."""
    place = word(QUADRANT_WORDS[driver.quadrant], language)
    if not driver.placed:
        return f"{place} ({word(MAYBE, language)})"
    advice = ADVICE_WORDS.get(driver.quadrant)
    return f"{place}: {word(advice, language)}" if advice else place
