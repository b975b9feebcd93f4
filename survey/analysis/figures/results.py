"""What the analysis hands on: the results of one round, ready for a page, a file or a report."""

from dataclasses import dataclass

from survey.analysis.figures.estimates import Estimate
from survey.fieldwork import SamplingBasis
from survey.instrument.model import IndexMethod, LocalText

OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Domain:
    """What a row is about: an agency, a block, a service point; all empty means everything together."""

    block: str = ""
    agency_code: str = ""
    agency: str = ""
    service_point_code: str = ""
    service_point: str = ""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One figure with all that is needed to judge it.

    `part` is `overall`, a dimension code or an item code. `index`, `percent_satisfied`, `level` and
    `percent_dissatisfied` are per cent, unrounded, None without a valid answer. `responses` gave at
    least one valid answer to the part, `answers` counts the valid answers; `missing` and `not_applicable` left the
    base, None where that is not told. `estimate` is the index with its uncertainty, None for an index that is
    a mean of several ratios.
    """

    domain: Domain
    part: str
    label: LocalText
    index: float | None
    percent_satisfied: float | None
    level: float | None
    responses: int
    answers: int
    missing: int | None
    not_applicable: int | None
    percent_dissatisfied: float | None = None
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Weighting:
    """What weights by visits did: Kish's weighting effect, the effective number of responses, both without unit.

    `represented` is the share of all counted visits, in per cent, that fell to units with responses; None
    where no visit was counted of anybody. `without_responses` names the units that have visits only,
    `uncounted` the service points that have neither responses nor a full count; `represented` takes these as if each
    had had as many visits as the others, or what the count of the whole agency leaves.
    """

    effect: float
    effective: float
    represented: float | None
    without_responses: tuple[str, ...]
    uncounted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """The declared design a probability sample was estimated by.

    `file` is the SHA-256 of the design file. Each of `strata` units of `axis` was drawn from for itself; a draw is a
    person, or a day of a service point where `by_days`. `population` counts the people (or visits) of all strata;
    `represented` is the share of them, in per cent, in strata with responses. `without_responses` names the others,
    `lonely` those with a single draw. `effect` and `effective` are Kish's, of the weights. `withheld` counts the rows
    that are left out because too few answered.
    """

    file: str
    axis: str
    strata: int
    by_days: bool
    population: int
    represented: float
    without_responses: tuple[str, ...]
    lonely: tuple[str, ...]
    effect: float
    effective: float
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class RoundResults:
    """The rows of one computation and what they rest on; `run` is its SHA-256 identity.

    `note` says what is not certain of the questionnaire and its formula. `filters` tells, as (name, value), what the
    responses were limited to; empty means none were left out.
    """

    run: str
    round_code: str
    round_title: str
    instrument_code: str
    instrument_title: LocalText
    method: IndexMethod
    formulas: tuple[str, ...]
    basis: SamplingBasis
    simulated: bool
    verified: bool
    responses: int
    by: tuple[str, ...]
    rows: tuple[IndexRow, ...]
    filters: tuple[tuple[str, str], ...] = ()
    weighting: Weighting | None = None
    sampling: Sampling | None = None
    note: LocalText | None = None
