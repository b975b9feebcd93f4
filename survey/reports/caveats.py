"""What must be said beside every figure, in every report, file and page: the one source of these sentences."""

from survey.fieldwork import SamplingBasis
from survey.instrument.model import LocalText
from survey.wording import Language, mark, word

UNVERIFIED = mark("Nội dung câu hỏi chưa được đối chiếu với văn bản chính thức")
INFERRED = mark("Công thức tính chỉ số được suy ra từ tài liệu đã công bố, chưa đối chiếu với văn bản quy định")
# How respondents came into the data and, when they chose to, what their figure must not be called.
BASIS_SENTENCES = {
    SamplingBasis.PROBABILITY: mark("Người trả lời được chọn mẫu ngẫu nhiên (mẫu xác suất)"),
    SamplingBasis.SELF_SELECTED: mark(
        "Người trả lời tự nguyện tham gia, không do chọn mẫu ngẫu nhiên; không đại diện cho toàn bộ "
        "người dân, tổ chức đã sử dụng dịch vụ. Đây là kết quả khảo sát thường xuyên theo bộ tiêu chí "
        "SIPAS (đo lường sự hài lòng về sự phục vụ hành chính), không phải Chỉ số SIPAS do Bộ Nội vụ "
        "công bố"
    ),
}
# The same for whoever reads no tables; the whole sentence stands behind it.
BRIEF_SENTENCES = {
    SamplingBasis.PROBABILITY: mark("Số liệu của những người được chọn ngẫu nhiên để hỏi."),
    SamplingBasis.SELF_SELECTED: mark("Số liệu do người dân tự nguyện trả lời tại quầy."),
}


def questionnaire_caveats(*, verified: bool, note: LocalText | None, language: Language) -> tuple[str, ...]:
    """Return what is not certain of the wording and of the formula, sentences without their last full stop."""
    unverified = () if verified else (word(UNVERIFIED, language), word(INFERRED, language))
    return (*unverified, *((note.in_language(language).removesuffix("."),) if note else ()))


def basis_in_brief(basis: SamplingBasis, language: Language) -> str:
    """Say in a short sentence how respondents came into the data."""
    return word(BRIEF_SENTENCES[basis], language)


def basis_in_words(basis: SamplingBasis, language: Language) -> str:
    """Say how respondents came into the data and, when they chose to, whom they do not stand for."""
    return word(BASIS_SENTENCES[basis], language)
