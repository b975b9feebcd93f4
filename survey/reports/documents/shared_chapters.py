"""The chapters that reports of a round and of an agency share: falls, what people said, points, what follows."""

from collections.abc import Iterator, Mapping

from survey.analysis.comparing.falls import Fall
from survey.analysis.par.par import MOST_POINTS, par_points, points_lost
from survey.formatting import format_date
from survey.reports.documents.facts import Compared, FigureLine, Run, Supplements
from survey.reports.documents.figures import (
    BEYOND_NOTE,
    base_note,
    count,
    difference_cell,
    is_self_selected,
    part_name,
    percent,
    span_cell,
)
from survey.reports.documents.model import (
    DocumentColumn,
    DocumentPicture,
    DocumentRow,
    DocumentTable,
    Element,
    FeedbackFigures,
    Heading,
    Paragraph,
)
from survey.reports.documents.sentences import falls_sentence

# More falls than these are in the annex, agency by agency.
MOST_FALLS = 20
FALLS = (
    DocumentColumn("STT", 11),
    DocumentColumn("Cơ quan", 30, number=False),
    DocumentColumn("Yếu tố, tiêu chí", 43, number=False),
    DocumentColumn("Trước (%)", 13),
    DocumentColumn("Nay (%)", 13),
    DocumentColumn("Chênh lệch (điểm %)", 17),
    DocumentColumn("Khoảng ước lượng 95% của chênh lệch", 18),
    DocumentColumn("Số phiếu trước / nay", 15),
)
POINTS = (
    DocumentColumn("Nội dung", 70, number=False),
    DocumentColumn("Điểm tối đa", 30),
    DocumentColumn("Điểm đạt", 30),
    DocumentColumn("Điểm mất", 30),
)
CASES = (
    DocumentColumn("Phản ánh, kiến nghị", 110, number=False),
    DocumentColumn("Số lượng", 25),
    DocumentColumn("Tỷ lệ (%)", 25),
)
REASONS = {"instrument": "mẫu phiếu", "formulas": "cách tính", "basis": "cách chọn người trả lời"}
NOTHING_BEFORE = "Chưa có đợt trước đã công bố để so sánh nên không nêu chỉ số bị giảm."
NONE_COMPARED = (
    "Không so sánh được nội dung nào với đợt “{previous}” vì không có số liệu được công bố ở cả hai đợt; không nêu chỉ"
    " số bị giảm."
)
NONE_FELL = "Không có yếu tố, tiêu chí nào giảm so với đợt “{previous}”, trong {compared} nội dung so sánh được."
NOT_COMPARED = " Có {count} nội dung không so sánh được vì không công bố hoặc thiếu số liệu ở một trong hai đợt."
NO_COMMENTS = "Báo cáo chưa trích dẫn ý kiến của người dân vì chưa có ý kiến nào được duyệt để công khai."


def falls_chapter(
    run: Run, compared: Compared, names: Mapping[str, str], picture: DocumentPicture | None, elsewhere: str
) -> Iterator[Element]:
    """Yield the chapter on what fell; `elsewhere` says where those are that the table leaves out."""
    yield Heading("IV. CÁC CHỈ SỐ THÀNH PHẦN BỊ GIẢM ĐIỂM", 1)
    if compared.gap or compared.previous is None:
        yield Paragraph(_not_compared(compared))
        return
    falls, left = compared.falls, compared.not_compared
    more = NOT_COMPARED.format(count=count(left)) if left else ""
    if not falls:
        yield Paragraph(_none_fell(compared, more))
        return
    beyond = sum(fall.difference.beyond_chance for fall in falls)
    yield Paragraph(falls_sentence(len(falls), beyond, compared.tests, compared.previous, own=compared.own) + more)
    yield _falls(run, falls, names, elsewhere)
    if picture:
        yield picture


def voices_chapter(supplements: Supplements) -> Iterator[Element]:
    """Yield the chapter on what people wrote, and on the cases they opened, as far as these are given."""
    yield Heading("V. Ý KIẾN CỦA NGƯỜI DÂN", 1)
    if not supplements.comments:
        yield Paragraph(NO_COMMENTS)
    else:
        yield Paragraph("Các ý kiến dưới đây đã được che thông tin cá nhân và duyệt để công khai.")
    for group in supplements.comments:
        yield Heading(group.agency, 2)
        yield from (Paragraph(text, item=True) for text in group.texts)
    if supplements.cases:
        yield _cases(supplements.cases)


def points_chapter(run: Run, line: FigureLine) -> Iterator[Element]:
    """Yield what the index is worth among the points of the administrative reform index."""
    yield Heading("VI. QUY ĐỔI SANG ĐIỂM CHỈ SỐ CẢI CÁCH HÀNH CHÍNH", 1)
    if line.row is None or line.row.index is None:
        yield Paragraph("Chỉ số chung không được công bố nên không quy đổi được sang điểm.")
        return
    yield Paragraph(_what_if(run))
    rule = f"Điểm đạt = chỉ số chung : 100 × {percent(MOST_POINTS)}; điểm mất = điểm tối đa − điểm đạt, đã làm tròn."
    base = f"Chỉ số chung {percent(line.row.index)}%, tính trên {count(line.row.responses)} phiếu. {base_note(run)}"
    row = DocumentRow(("Mức độ hài lòng của người dân, tổ chức", *points_cells(line.row.index)))
    yield DocumentTable("Quy đổi sang điểm chỉ số cải cách hành chính", POINTS, (row,), (rule, base))


def points_cells(index: float) -> tuple[str, str, str]:
    """Return the most, the scored and the lost points of an index in per cent.

    >>> points_cells(91.17)
    ('10,00', '9,12', '0,88')
    """
    scored = par_points(index, most=MOST_POINTS)
    return percent(MOST_POINTS), percent(scored), percent(points_lost(MOST_POINTS, scored))


def proposals_chapter(compared: Compared, *, whom: str, annex: str, issuer: str) -> Iterator[Element]:
    """Yield what `whom` should do, and the closing line of who issues the report.

    `annex` names the plan that comes with the report, if one does.
    """
    yield Heading("VII. KIẾN NGHỊ", 1)
    beyond = sum(fall.difference.beyond_chance for fall in compared.falls)
    if beyond:
        yield Paragraph(
            f"Đề nghị {whom} xác định nguyên nhân và nhiệm vụ khắc phục các chỉ số nêu ở mục IV, trước hết là"
            f" {count(beyond)} mức giảm vượt quá dao động ngẫu nhiên (ghi dấu * trong bảng)."
        )
    else:
        yield Paragraph(
            f"Đề nghị {whom} căn cứ kết quả theo từng nội dung, tiêu chí để xác định nhiệm vụ nâng cao chất lượng phục"
            " vụ, ưu tiên những tiêu chí được đánh giá thấp."
        )
    if annex:
        yield Paragraph(f"Nhiệm vụ, cơ quan chủ trì, thời hạn và sản phẩm: {annex} kèm theo.")
    closing = f"{issuer} trân trọng báo cáo" if issuer else "trân trọng báo cáo"
    yield Paragraph(f"Trên đây là báo cáo kết quả khảo sát; {closing}./.")


def _none_fell(compared: Compared, more: str) -> str:
    """Say of how many figures it is known that they did not fall, or that nothing could be compared."""
    if not compared.compared:
        return NONE_COMPARED.format(previous=compared.previous)
    return NONE_FELL.format(previous=compared.previous, compared=count(compared.compared)) + more


def _not_compared(compared: Compared) -> str:
    if compared.gap is None:
        return NOTHING_BEFORE
    reasons = " và ".join(REASONS[one] for one in compared.gap.reasons)
    return f"Không so sánh được với đợt “{compared.previous}” vì {reasons} đã thay đổi; không nêu chỉ số bị giảm."


def _falls(run: Run, falls: tuple[Fall, ...], names: Mapping[str, str], elsewhere: str) -> DocumentTable:
    rows = tuple(_fall(run, place, fall, names) for place, fall in enumerate(falls[:MOST_FALLS], start=1))
    left = len(falls) - len(rows)
    more = f"Bảng nêu {count(len(rows))} mức giảm đầu tiên; {count(left)} mức giảm còn lại {elsewhere}."
    order = "Thứ tự: mức giảm vượt quá dao động ngẫu nhiên trước, sau đó theo độ lớn."
    notes = (order, *([more] if left else []), BEYOND_NOTE, base_note(run))
    return DocumentTable("Các yếu tố, tiêu chí bị giảm", FALLS, rows, notes)


def _fall(run: Run, place: int, fall: Fall, names: Mapping[str, str]) -> DocumentRow:
    difference = fall.difference
    return DocumentRow(
        (
            count(place),
            names[fall.key.unit],
            part_name(run, fall.key.part, fall.label.vi),
            percent(fall.before.value),
            percent(fall.after.value),
            difference_cell(difference),
            span_cell(difference.low, difference.upp),
            f"{count(fall.before.responses)} / {count(fall.after.responses)}",
        )
    )


def _cases(cases: FeedbackFigures) -> DocumentTable:
    judged = cases.satisfied + cases.unsatisfied
    rows = (
        _case("Đã tiếp nhận", cases.received, 0),
        _case("Đã trả lời (tỷ lệ trên số đã tiếp nhận)", cases.answered, cases.received),
        _case("Trả lời đúng hạn (tỷ lệ trên số đã trả lời và số quá hạn chưa trả lời)", cases.on_time, cases.due),
        _case("Hài lòng với kết quả trả lời (tỷ lệ trên số người đã cho ý kiến)", cases.satisfied, judged),
    )
    note = (
        f"Tính trên {count(cases.received)} phản ánh, kiến nghị; {count(judged)} người đã cho ý kiến về kết quả trả"
        " lời."
    )
    period = (
        f"Phản ánh, kiến nghị được tiếp nhận trong thời gian của đợt ({format_date(cases.first)} –"
        f" {format_date(cases.last)}) về các cơ quan có trong kết quả được công bố; số liệu tính đến ngày"
        f" {format_date(cases.as_of)}."
    )
    return DocumentTable("Tiếp nhận, xử lý phản ánh, kiến nghị", CASES, rows, (note, period))


def _case(label: str, number: int, base: int) -> DocumentRow:
    return DocumentRow((label, count(number), percent(100 * number / base if base else None)))


def _what_if(run: Run) -> str:
    most = f"{MOST_POINTS:g}"
    if not is_self_selected(run):
        return f"Tiêu chí về mức độ hài lòng có tối đa {most} điểm; điểm đạt tính theo tỷ lệ thuận với chỉ số."
    return (
        f"Nếu chỉ số này được dùng để chấm tiêu chí về mức độ hài lòng (tối đa {most} điểm) thì điểm quy đổi như bảng"
        " dưới đây. Vì người trả lời tự nguyện tham gia, không do chọn mẫu ngẫu nhiên, nên đây chỉ là tính thử, không"
        " phải điểm đã được chấm."
    )
