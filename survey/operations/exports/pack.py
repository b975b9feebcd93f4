"""The analyst's pack of a round, with figures that its own responses give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from survey.analysis.comparing.comparison import Key
from survey.analysis.disclosure.decide import withheld_rows
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import compute_results
from survey.analysis.figures.pooling import withheld_by_part
from survey.analysis.figures.results import OVERALL, RoundResults
from survey.analysis.pipeline import told_by_shown
from survey.analysis.variance_parts import VarianceParts, variance_parts
from survey.errors import RoundError
from survey.instrument.model import Instrument, LocalText
from survey.operations.counting.counting import CountedRound, count_round
from survey.operations.exports.files import StoredRows, standings_of
from survey.operations.exports.pack_weights import Dated, weigh
from survey.operations.results.published import PublishedRun
from survey.operations.results.runs import PUBLISHED_BY, arrays_of
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.visits import visits_of
from survey.reports.exports import protected_rows
from survey.reports.pack.pack import Pack, write_pack
from survey.store.engine import Store
from survey.wording import Phrase, mark

UNPUBLISHED = mark("Lưu ý: đợt này chưa được công bố; các chỉ số là số tính từ các phiếu trong bộ tệp này.")
OF_A_PUBLICATION = mark("Các chỉ số là của lần công bố thứ {number} của đợt, ngày {day}.")
AFTER_A_PUBLICATION = mark(
    "Lưu ý: có phiếu đến sau lần công bố thứ {number} của đợt, ngày {day} (mã kết quả {run}); các chỉ số là số tính "
    "lại từ các phiếu trong bộ tệp này, không phải số đã công bố."
)


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack; `published` tells whether its indices are those of the latest publication."""

    data: bytes
    published: bool


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The figures of a pack without what must be withheld, and the sums that their ranges are made of."""

    results: RoundResults
    sums: DomainSums


def pack_file(store: Store, round_code: str) -> PackFile:
    """Return the analyst's pack of a round as a zip.

    Responses and indices are of the same moment, so that one gives the other. Where no response came since
    the latest publication, the indices are that publication; else they are a count of the moment, with the
    same rules on what is withheld, and the pack says so. Raises UnknownCodeError, and RoundError when there
    are no responses.
    """
    with store.reading() as connection:
        counted_round = count_round(connection, round_code)
        dated = tuple(StoredRows(connection, round_code).dated())
        visits = visits_of(connection, counted_round.survey_round).agencies
    if not dated:
        raise RoundError(f"round {round_code} has no responses yet: there is nothing to pack")
    standing, sums = (
        PublishedRuns(store).standing(),
        sum_by(counted_round.counted, counted_round.points, by=PUBLISHED_BY),
    )
    latest = standing.find(round_code)
    current = latest if latest and _counted(latest.sums, sums) == _counted(sums, latest.sums) else None
    figures = told_of(current) if current else _of_the_moment(counted_round, sums)
    pack = replace(_pack(counted_round, dated, figures, visits), origin=_origin(latest, is_current=current is not None))
    if latest:
        pack = replace(pack, facts=latest.facts.lines)
    if current:
        shown = tuple(ranking for ranking in current.extras.rankings if ranking.ranked)
        pack = replace(pack, rankings=shown, standings=standings_of(current, standing.falls_of(current)))
    return PackFile(write_pack(pack), published=current is not None)


def _pack(counted_round: CountedRound, dated: Sequence[Dated], figures: Told, visits: Mapping[str, int]) -> Pack:
    instrument, rows = counted_round.instrument, figures.results.rows
    errors = {row.domain.agency_code: row.estimate.se for row in rows if row.part == OVERALL and row.estimate}
    weighing = weigh(
        dated,
        instrument,
        block_of={domain.agency_code: domain.block for domain in figures.sums.domains},
        errors={code: error for code, error in errors.items() if error is not None},
        visits=visits,
    )
    return Pack(
        survey_round=counted_round.survey_round,
        instrument=instrument,
        results=figures.results,
        rows=tuple(protected_rows([row for _, row in dated], instrument)),
        weighing=weighing,
        variance=told_variance(figures, instrument),
    )


def told_variance(told: Told, instrument: Instrument) -> dict[Key, VarianceParts]:
    """Return what the ranges of the figures that are shown rest on."""
    rows = (row for row in told.results.rows if row.estimate and row.estimate.value is not None)
    shown = {Key(row.domain.agency_code, row.part) for row in rows}
    parts = variance_parts(told.sums, instrument, by=PUBLISHED_BY)
    return {key: one for key, one in parts.items() if key in shown}


def _counted(sums: DomainSums, other: DomainSums) -> dict[str, list[bytes]]:
    """Return all that is counted of each agency with responses, by the older rule of both."""
    rule = min(either.strata.sums.clusters.rule for either in (sums, other))
    arrays = arrays_of(sums, rule)
    return {
        domain.agency_code: [array[place].tobytes() for array in arrays]
        for place, domain in enumerate(sums.domains)
        if sums.tally.responses[place]
    }


def told_of(current: PublishedRun) -> Told:
    """Return the figures of a publication as a pack has them."""
    results, parts = current.analysis.results, {OVERALL, *(one.code for one in current.instrument.dimensions)}
    rows = tuple(row for row in results.rows if row.part in parts and not current.withheld(row))
    return Told(replace(results, run=current.head.id, by=PUBLISHED_BY, rows=rows), current.sums)


def _of_the_moment(counted_round: CountedRound, sums: DomainSums) -> Told:
    """Return a count of now; how alike answers are is told by the agencies of which nothing is withheld."""
    first = compute_results(sums, counted_round.instrument, counted_round.survey_round, by=PUBLISHED_BY)
    hidden = {Key(row.domain.agency_code, row.part) for row in withheld_rows(first.rows, ())}
    counted = {Key(row.domain.agency_code, row.part) for row in first.rows if row.responses}
    shown_sums = told_by_shown(sums, withheld_by_part(hidden & counted))
    results = compute_results(shown_sums, counted_round.instrument, counted_round.survey_round, by=PUBLISHED_BY)
    rows = tuple(row for row in results.rows if Key(row.domain.agency_code, row.part) not in hidden)
    return Told(replace(results, rows=rows), shown_sums)


def _origin(published: PublishedRun | None, *, is_current: bool) -> LocalText:
    """Say which figures these are, beside the latest publication."""
    if published is None:
        return _both(Phrase(UNPUBLISHED))
    head = published.head
    values = {"number": head.of_round, "day": head.published_on, "run": head.id}
    return _both(Phrase(OF_A_PUBLICATION if is_current else AFTER_A_PUBLICATION, values))


def _both(told: Phrase) -> LocalText:
    return LocalText(told.in_language("vi"), told.in_language("en"))
