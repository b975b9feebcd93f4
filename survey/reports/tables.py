"""The results of a round as a plain text table for the terminal and as JSON for programs."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from typing import TypeAlias

from survey.analysis.figures.estimates import LEAST_CLUSTERS, ClusterKind, Estimate
from survey.analysis.figures.results import IndexRow, RoundResults, Weighting
from survey.formatting import format_count, format_percent, to_nfc
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.sampling.designs import sampling_in_words
from survey.reports.words import CLUSTER_WORDS, CONFIDENCE_RANGE, MODEL_RANGE
from survey.wording import Language, mark, word

Row: TypeAlias = Sequence[str]

GAP = "  "


def domain_fields(by: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of `Domain` that are filled when results are broken down `by` these axes.

    An agency brings its block along, a service point both.

    >>> domain_fields(("agency", "dimension"))
    ('agency_code', 'agency', 'block')
    """
    if "service_point" in by:
        return ("agency_code", "agency", "block", "service_point_code", "service_point")
    if "agency" in by:
        return ("agency_code", "agency", "block")
    return ("block",) if "block" in by else ()


def simulation_notice(language: Language) -> str:
    """Return the notice that stands in every file made of simulated responses."""
    return word("DỮ LIỆU MÔ PHỎNG", language)


def method_box(results: RoundResults, language: Language) -> tuple[tuple[str, str], ...]:
    """Return, as (name, text), what must stand beside every figure: on what it rests and how it was made."""
    instrument = results.instrument_title.in_language(language)
    uncertainty = uncertainty_in_words(results.rows, language, drawn=results.sampling is not None)
    reference = word(
        "so với mẫu ngẫu nhiên đơn giản có hoàn lại gồm cùng số phiếu; giá trị của từng chỉ số "
        "có trong các tệp số liệu",
        language,
    )
    return (
        *_warnings(results, language),
        (word("Đợt khảo sát", language), results.round_title),
        (word("Mẫu phiếu", language), f"{instrument} ({results.instrument_code})"),
        (word("Cách tính chỉ số", language), formulas_in_words(results.formulas, language)),
        (word("Cách chọn người trả lời", language), basis_in_words(results.basis, language)),
        *uncertainty,
        *([(word("Hiệu ứng thiết kế (deff)", language), reference)] if uncertainty else []),
        *((word("Trọng số", language), text) for text in weighting_in_words(results.weighting, language)),
        *((word("Thiết kế mẫu", language), text) for text in sampling_in_words(results.sampling, language)),
        *((word("Chỉ tính phiếu có", language), f"{name} = {value}") for name, value in results.filters),
        (word("Số phiếu", language), format_count(results.responses, language=language)),
        (word("Mã kết quả", language), results.run),
    )


def weighting_in_words(weighting: Weighting | None, language: Language) -> tuple[str, ...]:
    """Say how responses were weighted and what that did; nothing where each counts once."""
    if weighting is None:
        return ()
    effect, effective = (
        format_percent(figure, language=language) for figure in (weighting.effect, weighting.effective)
    )
    share = format_percent(weighting.represented, language=language)
    text = word(
        "mỗi phiếu đại diện cho số lượt giao dịch của điểm phục vụ hoặc cơ quan chia cho số phiếu;"
        " hiệu ứng trọng số {effect}, tương đương {effective} phiếu; {share}% số lượt giao dịch có phiếu đại diện",
        language,
    )
    clauses = [text.format(effect=effect, effective=effective, share=share)]
    if weighting.uncounted:
        silent = word(
            "không có phiếu và chưa có đủ số lượt giao dịch (lượt giao dịch được ước tính): {codes}", language
        )
        clauses.append(silent.format(codes=", ".join(weighting.uncounted)))
    return ("; ".join(clauses),)


def formulas_in_words(formulas: Sequence[str], language: Language, *, named: bool = False) -> str:
    """Return the meaning of each formula identifier of docs/methodology.md; raises KeyError on an unknown one.

    For programs and methodologists the identifier stands before its meaning (`named`).
    """
    meanings = {
        "H1": word("tỷ lệ câu trả lời hài lòng và rất hài lòng", language),
        "H2": word("tỷ lệ câu trả lời không hài lòng và rất không hài lòng", language),
        "L1": word("điểm trung bình của các câu trả lời chia cho điểm cao nhất của thang đo, nhân 100", language),
        "L2": word("điểm trung bình quy đổi, mức thấp nhất của thang đo là 0", language),
        "P1": word("gộp tất cả câu trả lời", language),
        "P2": word("trung bình của các tiêu chí", language),
        "P3": word("trung bình của các yếu tố", language),
    }
    return "; ".join(f"{formula} – {meanings[formula]}" if named else meanings[formula] for formula in formulas)


# Nothing in the answers tells what other officials would have been like (docs/method/uncertainty.md, design D).
THOSE_WHO_SERVE = mark(
    "số liệu và khoảng ước lượng nói về sự phục vụ với chính các công chức hiện nay; thay đổi công "
    "chức là thay đổi sự phục vụ, không phải dao động ngẫu nhiên"
)


def uncertainty_in_words(
    rows: Iterable[IndexRow], language: Language, *, drawn: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return, as (name, text), what the ranges beside figures are and rest on; nothing where no row has a range.

    Only where the draws were `drawn` by a declared design is a range called an error of sampling.
    """
    kinds = {row.estimate.cluster_kind for row in rows if row.estimate and row.estimate.low is not None}
    if not kinds:
        return ()
    return (
        (word("Khoảng ước lượng 95%", language), word(CONFIDENCE_RANGE if drawn else MODEL_RANGE, language)),
        (word("Đơn vị mẫu", language), _clusters_in_words(kinds, language)),
        (word("Phạm vi", language), word(THOSE_WHO_SERVE, language)),
    )


def _clusters_in_words(kinds: Collection[ClusterKind], language: Language) -> str:
    in_words = [word(CLUSTER_WORDS[kind], language) for kind in ClusterKind if kind in kinds]
    if len(in_words) == 1:
        return in_words[0]
    if ClusterKind.DAY_AND_WEEK in kinds:
        return word("{first}; nơi không biết ngày trả lời: {second}", language).format(
            first=in_words[0], second=in_words[-1]
        )
    # Runs published by the earlier rule keep it.
    rule = word("{first}; nơi có dưới {least} đơn vị như vậy: {second}", language)
    return rule.format(first=in_words[0], second=in_words[-1], least=LEAST_CLUSTERS)


def range_text(estimate: Estimate | None, decimals: int, language: Language) -> str:
    """Return the 95% range as text, a dash where there is none."""
    low, upp = (estimate.low, estimate.upp) if estimate else (None, None)
    return span_text(low, upp, decimals, language)


def span_text(low: float | None, upp: float | None, decimals: int, language: Language) -> str:
    """Return a range as text, a dash where there is none."""
    if low is None or upp is None:
        return "–"
    return "–".join(format_percent(end, decimals, language=language) for end in (low, upp))


def results_table(results: RoundResults, language: Language) -> str:
    """Return the results as lines of text: the method box, then one line per row with its columns aligned.

    Figures are in per cent, rounded here. A column is as wide as its longest text, counted in composed
    (NFC) characters; a character that would move the cursor becomes a space.
    """
    box = [f"{printable(name)}: {printable(text)}" for name, text in method_box(results, language)]
    texts = aligned([text_headings(results.by, language), *_texts(results, language)], str.ljust)
    figures = aligned([_figure_headings(language), *_figures(results, language)], str.rjust)
    head, *lines = [text + GAP + figure for text, figure in zip(texts, figures, strict=True)]
    return "\n".join([*box, "", head, "-" * len(head), *lines, ""])


def results_json(results: RoundResults) -> str:
    """Return the results as JSON, figures unrounded in per cent and null without a valid answer.

    A row holds the keys of the axes in use only; when items are among its parts, all parts stand under
    `item`. Labels are Vietnamese. Raises ValueError on a figure that is not finite.
    """
    content = {
        "run": results.run,
        "round": results.round_code,
        "instrument": results.instrument_code,
        "method": asdict(results.method),
        "formulas": results.formulas,
        "basis": results.basis,
        "simulated": results.simulated,
        "filters": dict(results.filters),
        "weighting": asdict(results.weighting) if results.weighting else None,
        "sampling": asdict(results.sampling) if results.sampling else None,
        "responses": results.responses,
        "rows": [_json_row(row, results.by) for row in results.rows],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _json_row(row: IndexRow, by: Sequence[str]) -> dict[str, str | float | None]:
    part = "item" if "item" in by else "dimension"
    return {
        **{field: getattr(row.domain, field) for field in domain_fields(by)},
        **({part: row.part} if part in by else {}),
        "label": row.label.vi,
        "index": row.index,
        **_json_estimate(row.estimate),
        "percent_satisfied": row.percent_satisfied,
        "level": row.level,
        "responses": row.responses,
        "answers": row.answers,
        "missing": row.missing,
        "not_applicable": row.not_applicable,
    }


def _json_estimate(estimate: Estimate | None) -> dict[str, str | float | None]:
    if estimate is None:
        return dict.fromkeys(("se", "low", "upp", "design_effect", "clusters", "cluster_kind"))
    return {
        "se": estimate.se,
        "low": estimate.low,
        "upp": estimate.upp,
        "design_effect": estimate.design_effect,
        "clusters": estimate.clusters,
        "cluster_kind": estimate.cluster_kind.value,
    }


def _warnings(results: RoundResults, language: Language) -> list[tuple[str, str]]:
    simulated = (simulation_notice(language),) if results.simulated else ()
    texts = (*simulated, *questionnaire_caveats(verified=results.verified, note=results.note, language=language))
    return [(word("Lưu ý", language), text) for text in texts]


def text_headings(by: Sequence[str], language: Language) -> Row:
    """Return the headings of what a row of results is about."""
    headings = {
        "agency_code": word("Mã cơ quan", language),
        "agency": word("Cơ quan", language),
        "block": word("Khối", language),
        "service_point_code": word("Mã điểm phục vụ", language),
        "service_point": word("Điểm phục vụ", language),
    }
    return [*(headings[field] for field in domain_fields(by)), word("Nội dung đánh giá", language)]


def _texts(results: RoundResults, language: Language) -> list[Row]:
    fields = domain_fields(results.by)
    return [
        [*(getattr(row.domain, field) for field in fields), row.label.in_language(language)] for row in results.rows
    ]


def _figure_headings(language: Language) -> Row:
    return (
        word("Chỉ số (%)", language),
        word("Khoảng ước lượng 95%", language),
        word("Tỷ lệ hài lòng (%)", language),
        word("Mức độ hài lòng (%)", language),
        word("Số phiếu", language),
        word("Số câu trả lời", language),
        word("Không trả lời", language),
        word("Không áp dụng", language),
    )


def _figures(results: RoundResults, language: Language) -> list[Row]:
    decimals = results.method.decimals
    return [
        [
            format_percent(row.index, decimals, language=language),
            range_text(row.estimate, decimals, language),
            *(format_percent(value, decimals, language=language) for value in (row.percent_satisfied, row.level)),
            *(
                "–" if count is None else format_count(count, language=language)
                for count in (row.responses, row.answers, row.missing, row.not_applicable)
            ),
        ]
        for row in results.rows
    ]


def aligned(rows: Sequence[Row], align: Callable[[str, int], str]) -> list[str]:
    """Return each row as one text, every column of `rows` padded to its widest cell."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [GAP.join(map(align, row, widths)) for row in cells]


def printable(text: str) -> str:
    """Return text as a terminal may show it."""
    # Names come from files: a line break would tear the table, an escape sequence could rewrite the screen.
    return "".join(character if character.isprintable() else " " for character in to_nfc(text))
