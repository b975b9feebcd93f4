"""What the README of a pack and the codebook of its data say of each file."""

from collections.abc import Iterable, Mapping

from survey.analysis.weights.replicates import LEAST_DAYS, LEAST_RESPONSES, REPLICATES, SCALE
from survey.instrument.model import LocalText

TITLE = LocalText("BỘ TỆP PHÂN TÍCH", "THE ANALYST'S PACK")

INDICES_FILES = {
    "indices.csv": LocalText(
        "chỉ số theo cơ quan và yếu tố, không làm tròn; trừ các ô không công bố để bảo vệ người trả lời",
        "indices by agency and dimension, unrounded; without the cells withheld to protect respondents",
    ),
    "indices.xlsx": LocalText(
        "các chỉ số trên cho bảng tính, kèm phương pháp", "the same for spreadsheets, with the method"
    ),
}
RESPONSES_FILES = {
    "responses.csv": LocalText(
        "N: không áp dụng; ô trống: không trả lời; dấu ' đứng trước nội dung mà bảng tính có thể hiểu là công thức",
        "N: not applicable; empty: no answer; an apostrophe stands before what a spreadsheet would run as a formula",
    ),
    "responses.sav": LocalText(
        "SPSS; không có câu trả lời là giá trị khuyết của hệ thống; cột MÃ_not_applicable bằng 1 khi không áp dụng",
        "SPSS; what is no answer is system-missing; a column CODE_not_applicable is 1 where not applicable",
    ),
    "responses.dta": LocalText(
        "Stata 14 trở lên; .a: không áp dụng, .b: không trả lời",
        "Stata 14 and later; .a: not applicable, .b: no answer",
    ),
    "responses.parquet": LocalText(
        "Parquet; null: không có câu trả lời; cột MÃ_not_applicable cho biết trường hợp không áp dụng",
        "Parquet; null: no answer; a column CODE_not_applicable tells what was not applicable",
    ),
}
REPLICATES_HOW = LocalText(
    f"{REPLICATES} trọng số lặp (rep_01 …) của từng lớp phiếu, nối với phiếu bằng cột replicate_class. Phương sai ="
    f" {SCALE:g} × tổng bình phương chênh lệch so với kết quả tính bằng weight. R:"
    f' svrepdesign(weights = ~weight, repweights = "rep_[0-9]+", type = "other", scale = {SCALE:g},'
    " rscales = rep(1, 80), combined.weights = TRUE, mse = TRUE). Một lớp ghép nhiều ngày và không cho biết ngày nào:"
    f" trong mỗi tháng và mỗi hình thức trả lời, lớp có ít nhất {LEAST_RESPONSES} phiếu của ít nhất {LEAST_DAYS} ngày,"
    " hoặc toàn bộ số phiếu. Cơ quan chỉ có 1 lớp thì không tính được sai số riêng bằng cách này",
    f"{REPLICATES} replicate weights (rep_01 …) of each class of responses, joined by the column replicate_class."
    f" Variance = {SCALE:g} × the sum of squared differences from the estimate with weight. R:"
    f' svrepdesign(weights = ~weight, repweights = "rep_[0-9]+", type = "other", scale = {SCALE:g},'
    " rscales = rep(1, 80), combined.weights = TRUE, mse = TRUE). A class joins days and does not tell which: of every"
    f" month and mode it holds at least {LEAST_RESPONSES} responses of at least {LEAST_DAYS} days, or all of them. An"
    " agency with one class has no standard error of its own this way",
)
OTHER_FILES = {
    "facts.csv": LocalText(
        "tỷ lệ các câu trả lời của những câu hỏi ngoài chỉ số trong lần công bố mới nhất; trừ các ô không công bố",
        "shares of the answers to the questions outside the index in the latest publication; without withheld cells",
    ),
    "replicate_weights.csv": REPLICATES_HOW,
    "replicate_weights.sav": LocalText(
        "bảng trên cho SPSS, Stata và Parquet", "the same for SPSS, Stata and as Parquet"
    ),
    "variance.csv": LocalText(
        "những con số của từng chỉ số mà sai số chuẩn (se) và khoảng ước lượng (low, upp) cần đến, ngoài các phiếu; của"
        " cơ quan dưới 30 phiếu là phương sai như đã công bố",
        "what the standard error (se) and the interval (low, upp) of each index need beside the responses; of an agency"
        " below 30 responses the variance as published",
    ),
    "ranks.csv": LocalText(
        "thứ hạng, khoảng thứ hạng và giá trị tới hạn của lần công bố", "ranks, rank sets and their critical values"
    ),
    "codebook.csv": LocalText(
        "mỗi giá trị của mỗi biến một dòng, nhãn đầy đủ; worth: số điểm tính vào chỉ số",
        "a line for each value of each variable, labels in full; worth: what it counts for in the index",
    ),
    "codebook.xml": LocalText("bảng mã theo DDI-Codebook 2.5", "the codebook as DDI-Codebook 2.5"),
    "reproduce.R": LocalText(
        "tính lại chỉ số, sai số chuẩn, khoảng ước lượng và thứ hạng bằng R: Rscript reproduce.R",
        "makes indices, standard errors, intervals and ranks again with R: Rscript reproduce.R",
    ),
    "reproduce.py": LocalText(
        "như trên, bằng Python (pandas, pyarrow, scipy): python reproduce.py",
        "the same with Python (pandas, pyarrow, scipy): python reproduce.py",
    ),
}
SHEETS = LocalText(
    "tệp .vi.csv: như tệp .csv cùng tên, dành cho Excel dùng tiếng Việt (dấu chấm phẩy, dấu phẩy thập phân);"
    " tệp .xlsx: cùng bảng đó cho bảng tính",
    "a .vi.csv is the .csv of that name for Excel in Vietnamese (semicolons, decimal commas); an .xlsx the same table"
    " as a workbook",
)


def contents_of(files: Iterable[str]) -> Mapping[str, LocalText]:
    """Return what to say of the files of a pack, those that are told together under the names of all of them."""
    told = {**INDICES_FILES, **RESPONSES_FILES, **OTHER_FILES}
    held = sorted(files)
    lines = {name: text for name, text in told.items() if name in held}
    return {**lines, "*.vi.csv, *.xlsx": SHEETS}
