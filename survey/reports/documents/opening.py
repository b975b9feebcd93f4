"""The first two chapters: what a report rests on and what it is for, and how its figures came to be."""

from dataclasses import replace

from survey.analysis.disclosure.decide import THRESHOLD
from survey.formatting import format_date
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.documents.facts import Run
from survey.reports.documents.figures import is_self_selected
from survey.reports.documents.model import DocumentColumn, DocumentRow, DocumentTable, Element, Heading, Paragraph
from survey.reports.tables import method_box

BOX = (DocumentColumn("Nội dung", 42, number=False), DocumentColumn("Giải thích", 118, number=False))
PROTECTION = (
    f"ô ghi “không công bố” có dưới {THRESHOLD} phiếu, hoặc nếu công bố thì suy ra được số liệu của ô khác hay câu trả"
    " lời của từng người"
)
ROUNDING = "tính từ số đếm, làm tròn một lần khi in, hai chữ số thập phân; chênh lệch tính từ số chưa làm tròn"
# In the report of an agency the number of responses would be taken for that agency's.
BOX_NAMES = {"Số phiếu": "Số phiếu của cả đợt"}
# Of the identity of a run.
SHOWN_DIGITS = 8
# No design effect is printed in a report.
LEFT_OUT = frozenset({"Hiệu ứng thiết kế (deff)"})
NOT_ANSWERED = "câu không trả lời và câu không áp dụng không tính vào mẫu số"
NOT_HANDED_OUT = "không có số phiếu phát ra vì người trả lời tự nguyện tham gia, không do chọn mẫu"


def opening(run: Run, subject: str) -> tuple[Element, ...]:
    """Return the chapters on grounds, purpose and method; `subject` is whose service people judged."""
    return (
        Heading("I. CĂN CỨ, MỤC ĐÍCH", 1),
        Heading("1. Căn cứ", 2),
        Paragraph(f"Mẫu phiếu: {run.instrument.title.vi}. Căn cứ: {_sentence(run.instrument.legal_basis.vi)}"),
        Paragraph(_publication(run)),
        Heading("2. Mục đích", 2),
        Paragraph(
            f"Báo cáo nêu mức độ hài lòng của người dân, tổ chức đối với sự phục vụ của {subject}; chỉ ra những nội"
            " dung được đánh giá thấp hoặc giảm so với đợt trước, làm cơ sở để khắc phục, nâng cao chất lượng phục vụ."
        ),
        *_limits(run),
        Heading("II. PHƯƠNG PHÁP", 1),
        DocumentTable("Thông tin về phương pháp", BOX, _box(run)),
    )


def _publication(run: Run) -> str:
    own, kind = run.survey_round, "chính thức" if run.is_final else "sơ bộ"
    text = (
        f"Số liệu: lần công bố thứ {run.number} ({kind}, ngày {format_date(run.published_on)}) của đợt khảo sát"
        f" “{own.title}”, nhận phiếu từ ngày {format_date(own.opens)} đến ngày {format_date(own.closes)}."
    )
    unfinished = " Đợt chưa khóa sổ nên số liệu còn có thể thay đổi ở lần công bố sau."
    return text if run.is_final else text + unfinished


def _limits(run: Run) -> tuple[Paragraph, ...]:
    """Say what is not certain of the questionnaire, and whom people who chose to answer do not stand for."""
    own = run.instrument
    told = [_sentence(text) for text in questionnaire_caveats(verified=own.verified, note=own.note, language="vi")]
    if is_self_selected(run):
        told.append(f"{basis_in_words(run.basis, 'vi')}; không so sánh trực tiếp với chỉ số đó.")
    return tuple(map(Paragraph, told))


def _box(run: Run) -> tuple[DocumentRow, ...]:
    own = run.survey_round
    period = f"từ ngày {format_date(own.opens)} đến ngày {format_date(own.closes)}"
    # Who reads a paper compares the first digits of the identity; all of them stand in the files.
    identity = f"{run.results.run[:SHOWN_DIGITS]}…"
    method = method_box(replace(run.results, run=identity), "vi")
    more = (
        ("Thời gian nhận phiếu", period),
        *([("Số phiếu phát ra", NOT_HANDED_OUT)] if is_self_selected(run) else []),
        ("Câu không trả lời", NOT_ANSWERED),
        ("Làm tròn", ROUNDING),
        ("Bảo vệ người trả lời", PROTECTION),
    )
    # A paper that is signed has titles, without the codes of files and addresses.
    texts = {"Đợt khảo sát": own.title, "Mẫu phiếu": run.instrument.title.vi}
    return tuple(
        DocumentRow((BOX_NAMES.get(name, name), texts.get(name, text)))
        for name, text in (*method, *more)
        if name not in LEFT_OUT
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
