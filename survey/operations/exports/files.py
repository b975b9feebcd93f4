"""Files of results and of responses, as commands and pages hand them out."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from survey.analysis.comparing.comparison import Key
from survey.analysis.comparing.falls import Falls
from survey.analysis.figures.domains import in_order
from survey.analysis.figures.results import OVERALL, RoundResults
from survey.analysis.ranking.top_units import place_in_top
from survey.errors import RoundError, SurveyError
from survey.fieldwork import SurveyRound
from survey.formatting import month_code
from survey.operations.clock import today_in_vietnam
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.strays import Placing
from survey.operations.exports.steps import give_rows, still_given
from survey.operations.results.published import PublishedRun, shown_results
from survey.operations.results.runs import PUBLISHED_BY, compute_index
from survey.operations.results.standing import PublishedRuns
from survey.reports.codebook import index_variables, response_variables
from survey.reports.datasets import Dataset, indices_dataset, responses_dataset
from survey.reports.ddi import Study, write_ddi
from survey.reports.exports import (
    NO_STANDINGS,
    UNKNOWN,
    PublishedStanding,
    ResponseRow,
    Standings,
    protected_rows,
    write_indices_csv,
    write_indices_xlsx,
    write_responses_csv,
    write_responses_xlsx,
)
from survey.reports.fact_files import facts_sheet
from survey.reports.pack.contents import INDICES_FILES, RESPONSES_FILES
from survey.reports.sheets import SHEET_LAYOUTS, STYLES, CsvStyle, sheet_bytes
from survey.reports.statistics_files import write_dta, write_parquet, write_sav
from survey.reports.streams import binary_bytes, text_bytes
from survey.reports.tables import simulation_notice
from survey.store.collecting.blocks import iter_exported
from survey.store.engine import Store
from survey.store.registry.agencies import find_round, list_agencies
from survey.wording import Language

LAYOUTS = (*SHEET_LAYOUTS, "sav", "dta", "parquet", "ddi")


@dataclass(frozen=True, slots=True)
class IndicesFile:
    """A file of indices; `published` tells whether it holds a published run or today's count."""

    data: bytes
    published: bool


def indices_file(store: Store, round_code: str, *, layout: str, by: Collection[str] = PUBLISHED_BY) -> IndicesFile:
    """Return the indices of a round in one of `LAYOUTS`.

    They are those of the latest publication, without the rows that must be withheld. Only where nothing
    is published yet, or `by` asks for service points, they are today's count, without ranks and changes. Raises
    UnknownCodeError.
    """
    axes, standing = in_order(by), PublishedRuns(store).standing()
    published = None if "service_point" in axes else standing.find(round_code)
    if published is None:
        data = _written_indices(compute_index(store, round_code, by=axes), _round(store, round_code), layout=layout)
        return IndicesFile(data, published=False)
    standings = standings_of(published, standing.falls_of(published))
    results = shown_results(published, by=axes)
    return IndicesFile(
        _written_indices(results, published.survey_round, layout=layout, standings=standings), published=True
    )


def standings_of(published: PublishedRun, falls: Falls | None) -> Standings:
    """Return the ranks of agencies by their overall figure, and the changes since the round before as far as known."""
    changes = falls.comparison.differences if falls else {}
    standings = {key: PublishedStanding(change=difference.value) for key, difference in changes.items()}
    rows = ((row, len(ranking.ranked)) for ranking in published.extras.rankings for row in ranking.rows)
    for row, ranked in rows:
        key, top = Key(row.unit, OVERALL), place_in_top(row, ranked)
        known = standings.get(key, UNKNOWN)
        standings[key] = replace(known, rank=row.rank, rank_low=row.rank_low, rank_upp=row.rank_upp, top_five=top)
    return standings


def _written_indices(
    results: RoundResults, survey_round: SurveyRound, *, layout: str, standings: Standings = NO_STANDINGS
) -> bytes:
    def describe() -> bytes:
        study = Study(survey_round, load_round_instrument(survey_round), results.responses, results.run)
        return write_ddi(study, index_variables(results), INDICES_FILES)

    writers: dict[str, Callable[[], bytes]] = {
        **{sheet: partial(indices_table, results, "vi", layout=sheet, standings=standings) for sheet in SHEET_LAYOUTS},
        **_statistics(lambda: indices_dataset(results, standings=standings)),
        "ddi": describe,
    }
    return _chosen(writers, layout)()


def indices_table(
    results: RoundResults, language: Language, *, layout: str = "csv", standings: Standings = NO_STANDINGS
) -> bytes:
    """Return results as the table of indices in one of `SHEET_LAYOUTS`, a workbook with the method beside it."""
    if layout in STYLES:
        style = STYLES[layout]
        return text_bytes(partial(write_indices_csv, results, language=language, standings=standings, style=style))
    return binary_bytes(partial(write_indices_xlsx, results, language=language, standings=standings))


def facts_file(store: Store, round_code: str, *, layout: str = "csv") -> bytes:
    """Return the shares of the questions outside the index, of the latest publication, as one of `SHEET_LAYOUTS`.

    Raises UnknownCodeError, and RoundError where nothing is published or the publication is older than these shares.
    """
    facts = PublishedRuns(store).latest(round_code).facts
    if not facts.counted:
        raise RoundError(f"the latest publication of round {round_code} was made before these questions were counted")
    return sheet_bytes(facts_sheet(facts.lines), layout)


def responses_file(store: Store, round_code: str, *, layout: str) -> bytes:
    """Return the responses of a round in one of `LAYOUTS`: month, agency, mode and answers, in random order.

    Until the round is sealed these are the rows that `give_rows` gives. Profile answers stay only where at least 10
    responses of the agency share all of them.
    """
    given = give_rows(store, round_code, today=today_in_vietnam())
    # One reading: the rows that are written are those whose profiles were counted.
    with store.reading() as connection:
        _, survey_round = find_round(connection, round_code)
        until = None if given is None else still_given(connection, round_code, given)
        rows = protected_rows(StoredRows(connection, round_code, until), load_round_instrument(survey_round))
        return _written_responses(rows, survey_round, layout=layout)


def _written_responses(rows: Iterable[ResponseRow], survey_round: SurveyRound, *, layout: str) -> bytes:
    instrument = load_round_instrument(survey_round)
    notice = simulation_notice("vi") if survey_round.simulated else ""

    def as_csv(style: CsvStyle) -> bytes:
        return text_bytes(lambda stream: write_responses_csv(rows, instrument, stream, notice=notice, style=style))

    def describe() -> bytes:
        variables = response_variables(instrument, simulated=survey_round.simulated)
        return write_ddi(Study(survey_round, instrument, sum(1 for _ in rows)), variables, RESPONSES_FILES)

    writers: dict[str, Callable[[], bytes]] = {
        **{ending: partial(as_csv, style) for ending, style in STYLES.items()},
        "xlsx": lambda: binary_bytes(lambda stream: write_responses_xlsx(rows, instrument, stream, notice=notice)),
        **_statistics(lambda: responses_dataset(tuple(rows), instrument, title=survey_round.title, notice=notice)),
        "ddi": describe,
    }
    return _chosen(writers, layout)()


def _round(store: Store, round_code: str) -> SurveyRound:
    with store.reading() as connection:
        return find_round(connection, round_code)[1]


def _statistics(dataset: Callable[[], Dataset]) -> dict[str, Callable[[], bytes]]:
    return {
        "sav": lambda: write_sav(dataset()),
        "dta": lambda: write_dta(dataset()),
        "parquet": lambda: write_parquet(dataset()),
    }


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The responses that have a place in a round, as often as they are gone through, never all in memory.

    `until` holds the last day that is given of each agency (row number), and of no other one anything; None is all.
    """

    connection: Connection
    round_code: str
    until: Mapping[int, str] | None = None

    def __iter__(self) -> Iterator[ResponseRow]:
        return (row for _, row in self.dated())

    def dated(self) -> Iterator[tuple[str, ResponseRow]]:
        """Yield each response with its day, "2026-11-21", which must leave the house nowhere."""
        round_id, survey_round = find_round(self.connection, self.round_code)
        has_place = Placing(survey_round, load_round_instrument(survey_round))
        codes = {number: agency.code for number, agency in list_agencies(self.connection).items()}
        for day, agency_id, mode, record in iter_exported(self.connection, round_id):
            if has_place(day, mode, record) and (self.until is None or day <= self.until.get(agency_id, "")):
                yield day, (month_code(day[: len("2026-11")]), codes[agency_id], mode, record)


def _chosen(writers: dict[str, Callable[[], bytes]], layout: str) -> Callable[[], bytes]:
    if layout not in writers:
        raise SurveyError(f"no {layout} file is made; choose one of {', '.join(writers)}")
    return writers[layout]
