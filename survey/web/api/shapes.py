"""What programs are answered, field by field: the types of the rows, of which the OpenAPI document is made.

A field's note is what the document says of it. `survey.web.api.rows` builds these very types, so that neither a field
nor its type can be in one and not in the other.
"""

from typing import Annotated, Literal, TypeAlias, TypedDict

from survey.analysis.figures.estimates import Caution, ClusterKind
from survey.analysis.ranking.ranking import Unranked
from survey.analysis.ranking.top_units import TopPlace
from survey.fieldwork import SamplingBasis
from survey.store.results.heads import RunKind
from survey.web.api.schemas import note

BY, PARTS = ("agency", "block", "total"), ("dimension", "item", "all")
WithheldWord: TypeAlias = Literal["withheld", "no_responses"]
PartKindWord: TypeAlias = Literal["overall", "dimension", "item"]
Day: TypeAlias = Annotated[str, note(format="date")]
Digest: TypeAlias = Annotated[str, note(pattern="^[0-9a-f]{64}$")]
Percent: TypeAlias = Annotated[float | None, note(minimum=0, maximum=100)]
Positive: TypeAlias = Annotated[float | None, note(minimum=0)]
Count: TypeAlias = Annotated[int | None, note(minimum=0)]
Place: TypeAlias = Annotated[int | None, note(minimum=1)]
Number: TypeAlias = Annotated[int, note(minimum=1)]


class TextShape(TypedDict):
    """A text in Vietnamese and in English."""

    vi: str
    en: str


class RunShape(TypedDict):
    """Which publication it is."""

    id: Annotated[Digest, note("SHA-256 of all that the figures follow from.")]
    number: Annotated[Number, note("Running number of the publication in the whole system.")]
    number_in_round: Annotated[Number, note("Publications of this round, counted from 1.")]
    kind: RunKind
    published_on: Day


class RoundShape(TypedDict):
    """A round with its latest run."""

    code: str
    title: str
    instrument: str
    opens: Day
    closes: Day
    seals: Annotated[Day, note("Last day on which answers queued on phones are taken.")]
    basis: SamplingBasis
    simulated: Annotated[bool, note("The responses are made up, for trying the system.")]
    previous_round: str | None
    run: RunShape


class RoundsShape(TypedDict):
    """All rounds that have a published run."""

    rounds: list[RoundShape]


class HeadShape(TypedDict):
    """What stands above all figures of a run."""

    round: str
    run: RunShape
    basis: SamplingBasis
    simulated: bool


class DomainShape(TypedDict):
    """Whom a row is about."""

    block: Annotated[str | None, note("Block; null for everybody.")]
    agency_code: Annotated[str | None, note("Code of the agency; null for a block and for everybody.")]
    agency: Annotated[str | None, note("Name of the agency, in Vietnamese.")]


class PartShape(TypedDict):
    """Which part of the questionnaire a row is about."""

    part: Annotated[str, note("`overall`, the code of a dimension or the code of an item.")]
    part_kind: PartKindWord
    dimension: Annotated[str | None, note("The dimension an item belongs to.")]
    label: TextShape


class FiguresShape(TypedDict):
    """The figures of a row."""

    index: Annotated[Percent, note("The index of the round's method, per cent, unrounded.")]
    percent_satisfied: Annotated[Percent, note("H1: satisfied answers, per cent.")]
    level: Annotated[Percent, note("L1: mean points over the most points, per cent.")]
    percent_dissatisfied: Annotated[Percent, note("H2: dissatisfied answers, per cent.")]


class UncertaintyShape(TypedDict):
    """What is known of how near a figure is."""

    se: Annotated[Positive, note("Standard error of the index, percentage points.")]
    low: Annotated[Percent, note("Lower end of the 95% range of the index.")]
    upp: Annotated[Percent, note("Upper end of the 95% range of the index.")]
    degrees: Annotated[Positive, note("Degrees of freedom.")]
    clusters: Annotated[Count, note("Independent draws the standard error rests on.")]
    cluster_kind: Annotated[
        ClusterKind | None,
        note(
            "What a draw is: a day of the agency, with what is shared in the weeks of its service points; a respondent"
            " where nobody knows the days. Runs published by the earlier rule have a service point on one day where"
            " there are `least_clusters` of them, else a respondent."
        ),
    ]
    design_effect: Annotated[
        Positive, note("Variance against a simple random sample, with replacement, of as many responses.")
    ]
    effective: Annotated[Positive, note("Size of the simple random sample that would be as precise.")]
    cautions: Annotated[list[Caution], note(uniqueItems=True)]


class BaseShape(TypedDict):
    """What a row rests on."""

    responses: Annotated[Count, note("Responses with at least one valid answer to the part.")]
    answers: Annotated[Count, note("Valid answers.")]
    missing: Annotated[Count, note("Answers not given. Null too where `overall` of the same unit is withheld.")]
    not_applicable: Annotated[
        Count, note("Answers that said not applicable. Null too where `overall` of the same unit is withheld.")
    ]


class WithheldShape(TypedDict):
    """Why figures are missing."""

    withheld: Annotated[WithheldWord | None, note("Why the figures are null; null when they are not.")]


class IndexShape(DomainShape, PartShape, FiguresShape, UncertaintyShape, BaseShape, WithheldShape):
    """One row of indices."""


class RankShape(DomainShape, WithheldShape):
    """One row of rankings."""

    index: Percent
    rank: Annotated[
        Place, note("Rank in the block by the overall index; figures equal at two decimals share it (1-2-2-4).")
    ]
    tied: bool | None
    rank_low: Annotated[Place, note("Best rank: the true one lies from here to `rank_upp` with 95% confidence.")]
    rank_upp: Place
    joint_low: Annotated[Place, note("As `rank_low`, for all units of the block at once.")]
    joint_upp: Place
    below_official: Annotated[bool | None, note("Fewer responses than the official sample size.")]
    groups: Annotated[
        list[Number] | None,
        note("Numbers of the groups of the block in which no two units differ beyond chance; they may overlap."),
    ]
    top_five: Annotated[
        TopPlace | None,
        note(
            "Among the five best of the block, by `joint_low` and `joint_upp`: surely, possibly or surely not; null in"
            " a block of five or fewer ranked units."
        ),
    ]
    unranked: Annotated[Unranked | None, note("Why the unit has no rank.")]
    ranked_units: Annotated[int, note("Units of the block that have a rank.", minimum=0)]


class AnswersShape(DomainShape, PartShape, BaseShape, WithheldShape):
    """One row of distributions."""

    counts: Annotated[
        dict[str, Annotated[int, note(minimum=0)]] | None,
        note(
            "How many chose each option, by its symbol in `scale` of `method`.",
            propertyNames={"pattern": "^[1-9a-z]$"},
        ),
    ]


class ShareShape(TypedDict):
    """How many gave one answer to a question outside the index."""

    symbol: str
    label: TextShape
    share: Annotated[Percent, note("Who chose it, per cent of those who answered the question.")]
    low: Annotated[float | None, note("Lower end of the 95% range, with two decimals.")]
    upp: Annotated[float | None, note("Upper end of the 95% range, with two decimals.")]


class FactShape(DomainShape, WithheldShape):
    """One question outside the index."""

    question: Annotated[str, note("The code of the question, which is no part of any index.")]
    label: TextShape
    responses: Annotated[Count, note("People who answered the question.")]
    answers: list[ShareShape]


class OptionShape(TypedDict):
    """An option of the scale."""

    symbol: str
    points: int
    label: TextShape


class InstrumentShape(TypedDict):
    """The questionnaire of a run."""

    code: str
    title: TextShape
    legal_basis: TextShape
    digest: Annotated[Digest, note("SHA-256 of the questionnaire file.")]
    verified: Annotated[bool, note("The wording was compared with the official text.")]
    note: Annotated[TextShape, note("What is not certain of the wording and of the formula.")]
    satisfied_from: Annotated[int, note("Fewest points of a satisfied answer.")]
    scale: list[OptionShape]
