"""Weighed figures as a plain text table for the terminal and as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from survey.analysis.figures.indices import formulas_of
from survey.analysis.sampling.fitted import FittedRow, Weighed
from survey.analysis.weights.weighting import Step
from survey.formatting import format_count, format_percent
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.sampling.designs import EVERYBODY_ANSWERED
from survey.reports.tables import (
    Row,
    aligned,
    domain_fields,
    formulas_in_words,
    printable,
    range_text,
    simulation_notice,
    text_headings,
)
from survey.reports.words import CAUTION_WORDS, CLUSTER_WORDS, CONFIDENCE_RANGE, MODEL_RANGE, STEP_WORDS
from survey.wording import Language, mark, word

# What such a figure is not, wherever it is shown.
WORKING = mark("Số tính để làm việc, không phải kết quả đã công bố; không đưa ra ngoài khi chưa công bố")
NOT_DRAWN = mark("trọng số chỉ cân lại các nhóm đã biết, không làm cho người tự trả lời thành mẫu chọn ngẫu nhiên")
DESIGN_LESS = mark(
    "đợt chọn mẫu nhưng chưa có thiết kế mẫu: không có hiệu chỉnh tổng thể hữu hạn, không có khoảng tin cậy"
)


def weighed_box(weighed: Weighed, language: Language) -> tuple[tuple[str, str], ...]:
    """Return, as (name, text), what must stand beside weighed figures."""
    own, instrument = weighed.survey_round, weighed.instrument
    simulated = (simulation_notice(language),) if own.simulated else ()
    caveats = questionnaire_caveats(verified=instrument.verified, note=instrument.note, language=language)
    warned = (*simulated, word(WORKING, language), *caveats)
    cautions = dict.fromkeys(
        caution for fitted in weighed.rows if fitted.row.estimate for caution in fitted.row.estimate.cautions
    )
    return (
        *((word("Lưu ý", language), text) for text in warned),
        (word("Đợt khảo sát", language), f"{own.title} ({own.code})"),
        (word("Cách tính chỉ số", language), formulas_in_words(formulas_of(instrument.method), language)),
        (word("Cách chọn người trả lời", language), basis_in_words(own.basis, language)),
        *((word("Trọng số", language), text) for text in _weights_in_words(weighed, language)),
        *_ranges_in_words(weighed, language),
        *((word("Lưu ý về con số", language), word(CAUTION_WORDS[caution], language)) for caution in cautions),
        (word("Số phiếu", language), _counts_in_words(weighed, language)),
        (word("Tệp tổng theo tiêu thức", language), f"SHA-256 {weighed.file}"),
        *([(word("Tệp thiết kế mẫu", language), f"SHA-256 {weighed.design}")] if weighed.design else []),
    )


def _weights_in_words(weighed: Weighed, language: Language) -> Iterator[str]:
    yield word(NOT_DRAWN, language) if weighed.design is None else word(EVERYBODY_ANSWERED, language)
    if weighed.design is None and weighed.survey_round.basis == "probability":
        yield word(DESIGN_LESS, language)


def _ranges_in_words(weighed: Weighed, language: Language) -> Iterator[tuple[str, str]]:
    kind = CONFIDENCE_RANGE if weighed.design else MODEL_RANGE
    yield word("Khoảng ước lượng 95%", language), word(kind, language)
    kinds = dict.fromkeys(fitted.row.estimate.cluster_kind for fitted in weighed.rows if fitted.row.estimate)
    if kinds:
        draws = "; ".join(word(CLUSTER_WORDS[cluster], language) for cluster in kinds)
        yield word("Đơn vị mẫu", language), draws


def _counts_in_words(weighed: Weighed, language: Language) -> str:
    clauses = [
        word("{used} phiếu được tính trong {all} phiếu của đợt", language).format(
            used=format_count(weighed.used, language=language), all=format_count(weighed.responses, language=language)
        )
    ]
    without = word("bỏ ra vì không trả lời câu {question}: {count}", language)
    clauses += [
        without.format(
            question=weighed.titles[question].in_language(language).lower(),
            count=format_count(count, language=language),
        )
        for question, count in weighed.left_out.items()
    ]
    if weighed.withheld:
        clauses.append(word("{count} dòng không công bố vì quá ít phiếu", language).format(count=weighed.withheld))
    return "; ".join(clauses)


def step_lines(weighed: Weighed, language: Language) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return the name of each step and, as (name, text), what the weights were like afterwards."""
    return [(word(STEP_WORDS[one.kind], language), tuple(_step_facts(one, language))) for one in weighed.steps]


def _step_facts(step: Step, language: Language) -> Iterator[tuple[str, str]]:
    diagnostics = step.diagnostics

    def number(value: float, decimals: int = 2) -> str:
        return format_percent(value, decimals, language=language)

    yield word("Hiệu ứng trọng số (1 + cv²)", language), number(diagnostics.effect, 3)
    yield word("Tương đương số phiếu", language), number(diagnostics.effective, 1)
    sizes = " / ".join(number(weight, 3) for weight in (diagnostics.smallest, diagnostics.median, diagnostics.largest))
    yield word("Nhỏ nhất / trung vị / lớn nhất", language), sizes
    yield word("Lớn nhất so với nhỏ nhất", language), number(diagnostics.ratio)
    if step.kind == "trimmed":
        yield word("Số trọng số bị giới hạn", language), format_count(diagnostics.trimmed, language=language)
    if step.kind != "base":
        yield word("Số vòng lặp", language), format_count(diagnostics.iterations, language=language)
        met = word("có", language) if diagnostics.converged else word("không", language)
        yield word("Khớp mọi tổng", language), met


def shift_headings(language: Language) -> Row:
    """Return the headings of `shift_rows`."""
    return (
        word("Tiêu thức", language),
        word("Nhóm", language),
        word("Trước (%)", language),
        word("Sau (%)", language),
        word("Thay đổi (điểm %)", language),
    )


def shift_rows(weighed: Weighed, language: Language) -> list[Row]:
    """Return every category with its share, in per cent, before any step and after the last, and the change."""
    if len(weighed.steps) < 2:
        return []
    first, last = weighed.steps[1].diagnostics.moved, weighed.steps[-1].diagnostics.moved
    return [
        (
            weighed.titles[start.margin].in_language(language),
            weighed.words[start.margin, start.category].in_language(language),
            *(format_percent(value, language=language) for value in (start.before, now.after)),
            format_percent(now.after - start.before, language=language).replace("-", "−"),
        )
        for start, now in zip(first, last, strict=True)
    ]


def weighed_rows(weighed: Weighed, language: Language) -> list[Row]:
    """Return, for each row, what it is about, its part, the index without and with weights, its range and its base."""
    decimals, fields = weighed.instrument.method.decimals, domain_fields(weighed.by)
    return [
        (
            *(getattr(fitted.row.domain, field) for field in fields),
            fitted.row.label.in_language(language),
            format_percent(fitted.unweighted, decimals, language=language),
            format_percent(fitted.row.index, decimals, language=language),
            range_text(fitted.row.estimate, decimals, language),
            format_count(fitted.row.responses, language=language),
        )
        for fitted in weighed.rows
    ]


def weighed_headings(language: Language) -> Row:
    """Return the headings of the figures of `weighed_rows`."""
    return (
        word("Chưa có trọng số (%)", language),
        word("Có trọng số (%)", language),
        word("Khoảng ước lượng 95%", language),
        word("Số phiếu", language),
    )


def weighed_text(weighed: Weighed, language: Language) -> str:
    """Return weighed figures as lines of text: what they rest on, the figures, the weights, the categories."""
    lines = [f"{printable(name)}: {printable(text)}" for name, text in weighed_box(weighed, language)]
    names = text_headings(weighed.by, language)
    table = aligned([(*names, *weighed_headings(language)), *weighed_rows(weighed, language)], str.ljust)
    lines += ["", *(line.rstrip() for line in table), ""]
    for title, facts in step_lines(weighed, language):
        lines += [f"{title}: " + "; ".join(f"{name} {text}" for name, text in facts)]
    head = shift_headings(language)
    return "\n".join(
        [*lines, "", *(line.rstrip() for line in aligned([head, *shift_rows(weighed, language)], str.ljust)), ""]
    )


def weighed_json(weighed: Weighed) -> str:
    """Return weighed figures as JSON, unrounded, in per cent; null without a valid answer."""
    own = weighed.survey_round
    content = {
        "round": own.code,
        "instrument": weighed.instrument.code,
        "method": asdict(weighed.instrument.method),
        "formulas": formulas_of(weighed.instrument.method),
        "basis": own.basis,
        "simulated": own.simulated,
        "margins_file": weighed.file,
        "design_file": weighed.design,
        "range": "confidence_interval" if weighed.design else "model_based",
        "responses": weighed.responses,
        "used": weighed.used,
        "left_out": dict(weighed.left_out),
        "withheld": weighed.withheld,
        "rows": [_json_row(fitted, weighed.by) for fitted in weighed.rows],
        "steps": [_json_step(step) for step in weighed.steps],
    }
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _json_row(fitted: FittedRow, by: tuple[str, ...]) -> dict[str, Any]:
    row, estimate = fitted.row, fitted.row.estimate
    names = ("se", "low", "upp", "clusters", "cluster_kind", "degrees", "design_effect")
    return {
        **{field: getattr(row.domain, field) for field in domain_fields(by)},
        "part": row.part,
        "label": row.label.vi,
        "unweighted": fitted.unweighted,
        "index": row.index,
        **{name: getattr(estimate, name) for name in names},
        "responses": row.responses,
        "answers": row.answers,
        "cautions": [*(estimate.cautions if estimate else ())],
    }


def _json_step(step: Step) -> dict[str, Any]:
    found = step.diagnostics
    return {"kind": step.kind, **asdict(found), "ratio": found.ratio, "converged": found.converged}
