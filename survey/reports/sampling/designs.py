"""A declared sampling design in words: how respondents were drawn, and what that leaves open."""

from survey.analysis.figures.results import Sampling
from survey.formatting import format_count, format_percent
from survey.wording import Language, mark, word

DRAWN_FROM = {
    "block": mark("khối"),
    "agency": mark("cơ quan"),
    "service_point": mark("điểm phục vụ"),
}
EVERYBODY_ANSWERED = mark(
    "khoảng tin cậy chỉ tính sai số do chọn mẫu, coi như mọi người được chọn đều trả lời; không tính người từ chối"
)


def sampling_in_words(sampling: Sampling | None, language: Language) -> tuple[str, ...]:
    """Say how respondents were drawn and what that leaves open; nothing where no design was used."""
    if sampling is None:
        return ()
    people = word("chọn người trong từng tầng; {strata} tầng theo {axis}, tổng thể {population}", language)
    days = word(
        "chọn ngày của điểm phục vụ trong từng tầng; {strata} tầng theo {axis}, tổng thể {population}", language
    )
    effect, share = (format_percent(figure, language=language) for figure in (sampling.effect, sampling.represented))
    clauses = [
        (days if sampling.by_days else people).format(
            strata=format_count(sampling.strata, language=language),
            axis=word(DRAWN_FROM[sampling.axis], language),
            population=format_count(sampling.population, language=language),
        ),
        word("hiệu ứng trọng số {effect}; {share}% tổng thể có phiếu", language).format(effect=effect, share=share),
        word(EVERYBODY_ANSWERED, language),
        word("tệp SHA-256 {file}", language).format(file=sampling.file),
    ]
    if sampling.without_responses:
        silent = word("tầng không có phiếu, không được tính: {codes}", language)
        clauses.append(silent.format(codes=", ".join(sampling.without_responses)))
    if sampling.lonely:
        lonely = word("tầng chỉ có một đơn vị mẫu, phương sai tính theo mức chung: {codes}", language)
        clauses.append(lonely.format(codes=", ".join(sampling.lonely)))
    if sampling.withheld:
        clauses.append(word("{count} dòng không công bố vì quá ít phiếu", language).format(count=sampling.withheld))
    return ("; ".join(clauses),)
