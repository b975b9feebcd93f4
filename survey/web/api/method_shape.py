"""What programs are told of how figures were made, field by field; the types `survey.web.api.method` builds."""

from typing import Annotated, Literal, TypedDict, get_args

from survey.analysis.figures.indices import AGGREGATIONS, Formula
from survey.fieldwork import SamplingBasis
from survey.instrument.model import Aggregation, Definition
from survey.web.api.schemas import note
from survey.web.api.shapes import InstrumentShape, PartShape, TextShape


class FormulaShape(TypedDict):
    """A formula by its identifier and in words."""

    id: Annotated[str, note(enum=[*get_args(Formula), *AGGREGATIONS.values()])]
    text: TextShape


class IndexMethodShape(TypedDict):
    """How the index is made."""

    definition: Definition
    aggregation: Aggregation
    missing: Literal["exclude"]
    decimals: Annotated[int, note("Decimals when shown; figures here are not rounded.")]
    formulas: list[FormulaShape]
    filters: Annotated[dict[str, str], note("What the responses were limited to; empty means none were left out.")]


class SamplingShape(TypedDict):
    """How respondents came into the data."""

    basis: SamplingBasis
    text: TextShape


class UncertaintyMethodShape(TypedDict):
    """What the ranges mean."""

    level: Literal[95]
    range: Annotated[TextShape, note("What the range must be called.")]
    least_clusters: Annotated[
        int,
        note(
            "With fewer draws than this a figure has the caution few_clusters; runs published by the earlier rule then"
            " drew respondents."
        ),
    ]
    cluster_kinds: dict[str, TextShape]
    design_effect: TextShape
    cautions: dict[str, TextShape]


class RankingMethodShape(TypedDict):
    """What ranks mean."""

    least_responses: int
    warning: TextShape
    unranked: dict[str, TextShape]


class DisclosureShape(TypedDict):
    """What is withheld."""

    least_responses: int
    reasons: dict[str, TextShape]


class MethodShape(TypedDict):
    """All that a reader must know to judge the figures of a run."""

    instrument: InstrumentShape
    parts: list[PartShape]
    index: IndexMethodShape
    sampling: SamplingShape
    uncertainty: UncertaintyMethodShape
    ranking: RankingMethodShape
    disclosure: DisclosureShape
