"""How the figures of a run were made, for programs: formulas, base, uncertainty, ranking, disclosure."""

from typing import Literal

from survey.analysis.disclosure.decide import THRESHOLD, WithheldReason
from survey.analysis.figures.estimates import FEW, LEAST_CLUSTERS
from survey.operations.results.published import PublishedRun
from survey.reports.caveats import basis_in_words
from survey.reports.tables import formulas_in_words
from survey.reports.words import CAUTION_WORDS, CLUSTER_WORDS, MODEL_RANGE, ORDER_WARNING, UNRANKED_WORDS
from survey.web.api.method_shape import IndexMethodShape, MethodShape, SamplingShape, UncertaintyMethodShape
from survey.web.api.rows import PlainRun
from survey.web.api.shapes import InstrumentShape
from survey.web.api.words import in_both, plain_text
from survey.wording import Language, mark

LEVEL: Literal[95] = 95
REASON_WORDS = {
    WithheldReason.FEW.told: mark(
        "Không công bố để bảo vệ người trả lời: có dưới 10 phiếu, hoặc nếu công bố thì suy ra được số "
        "liệu khác hay câu trả lời của từng người"
    ),
    WithheldReason.NO_RESPONSES.told: mark("Không có phiếu trả lời"),
}
REFERENCE = mark("so với mẫu ngẫu nhiên đơn giản có hoàn lại gồm cùng số phiếu")


def plain_method(run: PlainRun, published: PublishedRun) -> MethodShape:
    """Return all that a reader must know to judge the figures of a run."""
    return {
        "instrument": _instrument(published),
        "parts": [run.part(row) for row in published.analysis.total],
        "index": _index(published),
        "sampling": _sampling(published),
        "uncertainty": _uncertainty(published),
        "ranking": {
            "least_responses": FEW,
            "warning": in_both(ORDER_WARNING),
            "unranked": {why.value: in_both(text) for why, text in UNRANKED_WORDS.items()},
        },
        "disclosure": {
            "least_responses": THRESHOLD,
            "reasons": {reason: in_both(text) for reason, text in REASON_WORDS.items()},
        },
    }


def _instrument(published: PublishedRun) -> InstrumentShape:
    instrument = published.instrument
    return {
        "code": instrument.code,
        "title": plain_text(instrument.title),
        "legal_basis": plain_text(instrument.legal_basis),
        "digest": instrument.digest,
        "verified": instrument.verified,
        "note": plain_text(instrument.note),
        "satisfied_from": instrument.scale.satisfied_from,
        "scale": [
            {"symbol": option.symbol, "points": option.points or 0, "label": plain_text(option.label)}
            for option in instrument.scale.options
        ],
    }


def _index(published: PublishedRun) -> IndexMethodShape:
    results = published.analysis.results
    method = results.method
    return {
        "definition": method.definition,
        "aggregation": method.aggregation,
        "missing": method.missing,
        "decimals": method.decimals,
        "formulas": [
            {"id": formula, "text": {"vi": _named(formula, "vi"), "en": _named(formula, "en")}}
            for formula in results.formulas
        ],
        "filters": dict(results.filters),
    }


def _named(formula: str, language: Language) -> str:
    return formulas_in_words((formula,), language, named=True)


def _sampling(published: PublishedRun) -> SamplingShape:
    basis = published.survey_round.basis
    return {"basis": basis, "text": {"vi": basis_in_words(basis, "vi"), "en": basis_in_words(basis, "en")}}


def _uncertainty(published: PublishedRun) -> UncertaintyMethodShape:
    return {
        "level": LEVEL,
        "range": in_both(MODEL_RANGE),
        "least_clusters": LEAST_CLUSTERS,
        "cluster_kinds": {kind.value: in_both(text) for kind, text in CLUSTER_WORDS.items()},
        "design_effect": in_both(REFERENCE),
        "cautions": {caution.value: in_both(text) for caution, text in CAUTION_WORDS.items()},
    }
