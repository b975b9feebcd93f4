"""Gather what a report is made of: from a published run, only what may be shown of it."""

from collections.abc import Iterable, Iterator, Mapping

from survey.analysis.comparing.blocks import AgencyMean, mean_of_agencies
from survey.analysis.comparing.comparison import Key, compare_rounds
from survey.analysis.comparing.falls import Falls
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.results import OVERALL, IndexRow
from survey.formatting import vietnamese_key
from survey.instrument.model import Instrument
from survey.operations.report.pictures import agency_pictures, round_pictures
from survey.operations.results.charts import RunCharts
from survey.operations.results.distributions import distributions_of
from survey.operations.results.drawing import ChartSubject
from survey.operations.results.published import PublishedRun, shown_results
from survey.operations.results.standing import Standing
from survey.reports.charts.charts import Change
from survey.reports.charts.drawing import WITHHELD
from survey.reports.documents.facts import (
    NO_RESPONSES,
    AgencyFacts,
    AgencyLines,
    Answers,
    Block,
    Compared,
    FigureLine,
    Lines,
    Ranked,
    RoundFacts,
    Run,
)
from survey.store.results.heads import RunKind


def gather_round(standing: Standing, shown: PublishedRun, charts: RunCharts) -> RoundFacts:
    """Return what may be told of a round: everybody, the blocks, the rankings, and every agency."""
    changes = dict(_total_changes(standing, shown))
    return RoundFacts(
        run=_run(shown),
        total={part: _line(shown, row) for part, row in shown.total.items()},
        changes=changes,
        blocks=tuple(_blocks(shown)),
        rankings=tuple(_rankings(standing, shown)),
        units=tuple(sorted(_units(standing, shown, shown.agencies, standing.falls_of(shown)), key=_place)),
        compared=_compared(standing, shown),
        pictures=round_pictures(charts, ChartSubject(standing, shown, "vi")),
        answers=_answers(shown),
    )


def gather_agency(standing: Standing, shown: PublishedRun, charts: RunCharts, agency_code: str) -> AgencyFacts:
    """Return what may be told of one agency; raises UnknownCodeError."""
    agency = shown.agency(agency_code)
    (unit,) = _units(standing, shown, [agency_code], standing.falls_of(shown, agency_code))
    ranking = next((candidate for candidate in shown.rankings if candidate.block == agency.block), None)
    rest = standing.runs.beside_rest(shown, agency_code).differences
    return AgencyFacts(
        run=_run(shown),
        unit=unit,
        block={key.part: _line(shown, row) for key, row in shown.blocks.items() if key.unit == agency.block},
        rest={
            key.part: difference for key, difference in rest.items() if shown.shows_beside_rest(agency_code, key.part)
        },
        distributions=distributions_of(shown, agency_code),
        rank=next((row for row in ranking.rows if row.unit == agency_code), None) if ranking else None,
        ranked=len(ranking.ranked) if ranking else 0,
        series=standing.series_of(shown, agency_code),
        titles={code: survey_round.title for code, survey_round in standing.rounds.items()},
        compared=_compared(standing, shown, agency_code),
        pictures=agency_pictures(charts, ChartSubject(standing, shown, "vi"), agency_code),
        answers=Answers(shown.facts.counted, shown.facts.of(agency_code=agency_code)),
    )


def _answers(shown: PublishedRun) -> Answers:
    """Return the questions outside the index, of the agencies in the order of the report."""
    facts = shown.facts
    agencies = [one for one in facts.lines if one.domain.agency_code]
    agencies.sort(key=lambda one: (vietnamese_key(one.domain.block), vietnamese_key(one.domain.agency)))
    return Answers(facts.counted, facts.above_agencies, tuple(agencies))


def _run(shown: PublishedRun) -> Run:
    published = shown
    run = published.head
    return Run(
        survey_round=published.survey_round,
        instrument=published.instrument,
        results=shown_results(published),
        number=run.of_round,
        published_on=run.published_on,
        is_final=run.kind is RunKind.FINAL,
    )


def _line(shown: PublishedRun, row: IndexRow) -> FigureLine:
    reason = shown.reason_of(row)
    if reason is WithheldReason.NO_RESPONSES or (reason is None and not row.responses):
        return FigureLine(row.label.vi, None, NO_RESPONSES)
    return FigureLine(row.label.vi, row) if reason is None else FigureLine(row.label.vi, None, WITHHELD)


def _parts(instrument: Instrument) -> tuple[str, ...]:
    """Return the codes of the whole and of every dimension, each before its items."""
    dimensions = instrument.dimensions
    return (OVERALL, *(code for one in dimensions for code in (one.code, *(item.code for item in one.items))))


def _units(standing: Standing, shown: PublishedRun, codes: Iterable[str], falls: Falls | None) -> Iterator[AgencyLines]:
    parts, before = _parts(shown.instrument), standing.previous_of(shown)
    differences = falls.comparison.differences if falls and falls.comparison.gap is None else {}
    for code in codes:
        domain = shown.agency(code)
        lines: Lines = {part: _line(shown, shown.rows[Key(code, part)]) for part in parts}
        changes: dict[str, Change] = {}
        for part in parts:
            difference, row = differences.get(Key(code, part)), shown.rows[Key(code, part)]
            first = before.rows[Key(code, part)].estimate if before and difference else None
            if difference and first and row.estimate:
                changes[part] = Change(row.label, first, row.estimate, difference)
        yield AgencyLines(code, domain.agency, domain.block, lines, changes)


def _place(unit: AgencyLines) -> tuple[object, ...]:
    return vietnamese_key(unit.block), vietnamese_key(unit.name), unit.code


def _total_changes(standing: Standing, shown: PublishedRun) -> Iterator[tuple[str, Change]]:
    """Yield how everybody's dimensions and whole changed, where both rounds show them and can be compared."""
    before = standing.previous_of(shown)
    if before is None:
        return
    parts = {OVERALL, *(dimension.code for dimension in shown.instrument.dimensions)}
    first, second = before.total_figures(parts), shown.total_figures(parts)
    comparison = compare_rounds(first, second)
    if comparison.gap:
        return
    for part in (*(dimension.code for dimension in shown.instrument.dimensions), OVERALL):
        key = Key("", part)
        if key in comparison.differences:
            change = first.estimates[key], second.estimates[key], comparison.differences[key]
            yield part, Change(shown.total[part].label, *change)


def _blocks(shown: PublishedRun) -> Iterator[Block]:
    overall = [row for key, row in shown.blocks.items() if key.part == OVERALL]
    for row in sorted(overall, key=lambda one: vietnamese_key(one.domain.block)):
        members = [one for one in shown.members(row.domain.block) if one.responses]
        yield Block(row.domain.block, _line(shown, row), _mean(shown, members), len(members))


def _mean(shown: PublishedRun, members: list[IndexRow]) -> AgencyMean | None:
    """Return the mean of the agencies, None where one of them is withheld and could be worked out from it."""
    if not all(shown.shows(row) for row in members):
        return None
    return mean_of_agencies(row.estimate for row in members if row.estimate)


def _rankings(standing: Standing, shown: PublishedRun) -> Iterator[Ranked]:
    previous, falls = standing.previous_of(shown), standing.falls_of(shown)
    comparable = previous.rankings if previous and falls and falls.comparison.gap is None else ()
    before: Mapping[str, Mapping[str, int | None]] = {
        earlier.block: {row.unit: row.rank for row in earlier.rows} for earlier in comparable
    }
    for ranking in shown.rankings:
        known = {row.unit for row in ranking.rows}
        others = (row for row in shown.members(ranking.block) if row.domain.agency_code not in known)
        lines = tuple(FigureLine(row.domain.agency, None, _line(shown, row).instead or NO_RESPONSES) for row in others)
        yield Ranked(ranking, before.get(ranking.block, {}), lines)


def _compared(standing: Standing, shown: PublishedRun, agency_code: str | None = None) -> Compared:
    """Return what was compared with the round before; of one agency only its own, tested by themselves."""
    falls, previous = standing.falls_of(shown, agency_code), standing.previous_of(shown)
    if falls is None or previous is None:
        return Compared()
    title, comparison = previous.survey_round.title, falls.comparison
    if comparison.gap:
        return Compared(title, comparison.gap)
    units = shown.agencies if agency_code is None else [agency_code]
    keys = [Key(unit, part) for unit in units for part in _parts(shown.instrument) if part != OVERALL]
    differences = (comparison.differences.get(key) for key in keys)
    pairs = sum(difference is not None and difference.value is not None for difference in differences)
    return Compared(title, None, comparison.tests, falls.rows, pairs, len(keys) - pairs, agency_code is not None)
