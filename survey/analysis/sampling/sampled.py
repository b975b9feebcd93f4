"""The index of a probability sample, by the design its file declares. Formulas: docs/method/weighting.md, section 7."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from survey import wording
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.indices import parts_of
from survey.analysis.figures.results import Domain, RoundResults, Sampling
from survey.analysis.figures.uncertainty import worth_of
from survey.analysis.sampling.design import SampleDesign
from survey.analysis.sampling.respondents import Respondents
from survey.analysis.weights.weighted import SHOWN, refigured
from survey.analysis.weights.weighting import diagnose
from survey.errors import DesignError
from survey.fieldwork import SamplingBasis
from survey.instrument.model import Definition
from survey.wording import Phrase


@dataclass(frozen=True, slots=True)
class Stratum:
    """A block, agency or service point that was drawn from for itself.

    `population` counts the people or visits it was drawn from. `point_days`, where not people but days of service
    points were drawn, counts the days of all its service points. `line` is where the file says so.
    """

    code: str
    population: int
    point_days: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """What a design file declares; `axis` says whose codes the strata have, `file` is its SHA-256."""

    axis: str
    strata: tuple[Stratum, ...]
    file: str

    @property
    def by_days(self) -> bool:
        """Whether days of service points were drawn, with all who answered on them."""
        return any(one.point_days is not None for one in self.strata)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of a stratum: its responses, and the service-point days they came on."""

    responses: int
    point_days: int


def count_drawn(respondents: Respondents, axis: str) -> dict[str, Drawn]:
    """Return what came of every unit of an axis with responses, by code."""
    units = respondents.units(axis)
    names, counts = np.unique(units, return_counts=True)
    first = np.unique(respondents.point_days, return_index=True)[1]
    days = dict(zip(*np.unique(units[first], return_counts=True), strict=True))
    return {str(name): Drawn(int(count), int(days[name])) for name, count in zip(names, counts, strict=True)}


def frame_faults(frame: Frame, drawn: Mapping[str, Drawn]) -> Iterator[tuple[str, Phrase]]:
    """Yield, by stratum, what a frame cannot be true of: responses outside of it, or more draws than there were."""
    declared = {line.code: line for line in frame.strata}
    for code, sample in drawn.items():
        values = {"code": code, "responses": sample.responses, "days": sample.point_days}
        stratum = declared.get(code)
        if stratum is None:
            yield code, Phrase(wording.NO_LINE, values)
        elif sample.responses > stratum.population:
            yield code, Phrase(wording.FEWER_PEOPLE, values | {"population": stratum.population})
        elif stratum.point_days is not None and sample.point_days > stratum.point_days:
            yield code, Phrase(wording.FEWER_DAYS, values | {"declared": stratum.point_days})


def design_of(respondents: Respondents, frame: Frame) -> SampleDesign:
    """Return the design of a sample: a response weighs population over responses of its stratum.

    Raises DesignError with all that the frame cannot be true of, and where there is no response.
    """
    drawn = count_drawn(respondents, frame.axis)
    faults = [fault for _, fault in frame_faults(frame, drawn)]
    if faults:
        raise DesignError(*faults)
    if not drawn:
        raise DesignError(Phrase(wording.NO_RESPONSE_YET))
    strata = respondents.units(frame.axis)
    weight = {unit.code: unit.population / drawn[unit.code].responses for unit in frame.strata if unit.code in drawn}
    size: dict[Hashable, float] = {unit.code: float(unit.point_days or unit.population) for unit in frame.strata}
    names, place = np.unique(strata, return_inverse=True)
    return SampleDesign(
        strata,
        respondents.point_days if frame.by_days else np.arange(len(respondents)),
        np.array([weight[name] for name in names.tolist()])[place],
        size,
        SamplingBasis.PROBABILITY,
        ClusterKind.POINT_DAY if frame.by_days else ClusterKind.RESPONDENT,
    )


def by_design(results: RoundResults, respondents: Respondents, frame: Frame) -> RoundResults:
    """Return results with the figures, errors and ranges that a declared design gives them.

    Each range is a confidence interval with finite-population correction. Raises DesignError as `design_of` does, and
    where the index is a mean of several ratios.
    """
    instrument = respondents.instrument
    if instrument.method.aggregation != "pooled_answers":
        raise DesignError(Phrase(wording.NO_DESIGN_ERROR))
    design = design_of(respondents, frame)
    domains, place = respondents.domains(results.by)
    estimates: dict[Definition, dict[tuple[Domain, str], Estimate]] = {}
    for definition in {*SHOWN, instrument.method.definition}:
        worth = worth_of(definition, instrument.scale)
        estimates[definition] = {
            (domains[int(str(name))], part.code): estimate
            for part in parts_of(instrument, by=results.by)
            for name, estimate in design.ratio(
                *respondents.sums(part, worth), most=worth.most, least=worth.least, form=worth.form, by=place
            ).items()
        }
    rows = tuple(refigured(row, estimates, instrument) for row in results.rows)
    return replace(results, rows=rows, sampling=_told(design, respondents, frame))


def _told(design: SampleDesign, respondents: Respondents, frame: Frame) -> Sampling:
    drawn, kish = count_drawn(respondents, frame.axis), diagnose(design.weights)
    total = sum(stratum.population for stratum in frame.strata)
    silent = tuple(stratum.code for stratum in frame.strata if stratum.code not in drawn)
    met = sum(stratum.population for stratum in frame.strata if stratum.code in drawn)
    draws = {code: sample.point_days if frame.by_days else sample.responses for code, sample in drawn.items()}
    return Sampling(
        file=frame.file,
        axis=frame.axis,
        strata=len(frame.strata),
        by_days=frame.by_days,
        population=total,
        represented=100 * met / total,
        without_responses=silent,
        lonely=tuple(sorted(code for code, number in draws.items() if number == 1)),
        effect=kish.effect,
        effective=kish.effective,
    )
