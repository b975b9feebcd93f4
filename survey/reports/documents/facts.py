"""What a report is made of: what may be shown of a published run, gathered from the store before anything is worded.

A figure that is withheld never comes this far: in its place stands the word that is printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from survey.analysis.comparing.blocks import AgencyMean
from survey.analysis.comparing.comparison import Break, Difference
from survey.analysis.comparing.falls import Fall
from survey.analysis.comparing.series import Series
from survey.analysis.facts import FactLine
from survey.analysis.figures.estimates import Estimate
from survey.analysis.figures.results import OVERALL, IndexRow, RoundResults
from survey.analysis.ranking.ranking import Ranking, RankRow
from survey.fieldwork import SamplingBasis, SurveyRound
from survey.instrument.model import Instrument
from survey.reports.charts.charts import Change, Distribution
from survey.reports.documents.model import CommentGroup, DocumentPicture, FeedbackFigures, PlanTable

# What stands in place of the figures of whom nobody answered about.
NO_RESPONSES = "không có phiếu"


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure with its name; without a `row`, the word `instead` is printed in its place."""

    label: str
    row: IndexRow | None
    instead: str = ""

    @property
    def estimate(self) -> Estimate | None:
        """The figure with its uncertainty, None where it is not shown."""
        return self.row.estimate if self.row else None


Lines: TypeAlias = Mapping[str, FigureLine]
Changes: TypeAlias = Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Run:
    """Which publication of which round a report is of. `results` is all that may be told of everybody, by part."""

    survey_round: SurveyRound
    instrument: Instrument
    results: RoundResults
    number: int
    published_on: date
    is_final: bool

    @property
    def basis(self) -> SamplingBasis:
        """How respondents came into the data."""
        return self.survey_round.basis

    @property
    def parts(self) -> tuple[str, ...]:
        """The codes of the dimensions and, last, of the whole."""
        return (*(dimension.code for dimension in self.instrument.dimensions), OVERALL)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared with the round before: how many tests, all falls, the most urgent first.

    `previous` is the title of that round, None when nothing of it is published; `gap` is why nothing is comparable.
    `compared` dimensions and items have a difference, `not_compared` have none, counted for each agency.
    `own` tells that the differences of one agency were tested by themselves.
    """

    previous: str | None = None
    gap: Break | None = None
    tests: int = 0
    falls: tuple[Fall, ...] = ()
    compared: int = 0
    not_compared: int = 0
    own: bool = False


@dataclass(frozen=True, slots=True)
class AgencyLines:
    """An agency: every part by code, and what changed of the parts that both rounds may show."""

    code: str
    name: str
    block: str
    lines: Lines
    changes: Changes


@dataclass(frozen=True, slots=True)
class Block:
    """A block in both readings. `mean` is None where it would give a withheld agency away; `agencies` have answers."""

    name: str
    line: FigureLine
    mean: AgencyMean | None
    agencies: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ranking of a block, the ranks of the round before by agency code, and the agencies without a figure."""

    ranking: Ranking
    before: Mapping[str, int | None]
    without_figure: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The questions outside the index: of everybody and of the blocks or of one agency, and of all agencies.

    They are not `counted` in a run published before they were.
    """

    counted: bool = False
    lines: tuple[FactLine, ...] = ()
    agencies: tuple[FactLine, ...] = ()


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Supplements:
    """What comes from elsewhere than the run, where somebody gave it."""

    comments: tuple[CommentGroup, ...] = ()
    cases: FeedbackFigures | None = None
    plan: PlanTable | None = None


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """A round: everybody's figures and changes, blocks, rankings, agencies (by block and name), charts by kind."""

    run: Run
    total: Lines
    changes: Changes
    blocks: tuple[Block, ...]
    rankings: tuple[Ranked, ...]
    units: tuple[AgencyLines, ...]
    compared: Compared
    pictures: Mapping[str, DocumentPicture]
    answers: Answers = NO_ANSWERS

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the agencies by code."""
        return {unit.code: unit.name for unit in self.units}


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """One agency: its figures beside its block's, its answers, its place, and its figures over the rounds.

    `rest` holds its differences from the rest of the block by part, `distributions` the items that may be shown,
    `rank` its row among the `ranked` of its block, None without one. `titles` are those of the rounds by code.
    """

    run: Run
    unit: AgencyLines
    block: Lines
    rest: Mapping[str, Difference]
    distributions: tuple[Distribution, ...]
    rank: RankRow | None
    ranked: int
    series: Series
    titles: Mapping[str, str]
    compared: Compared
    pictures: Mapping[str, DocumentPicture]
    answers: Answers = NO_ANSWERS
