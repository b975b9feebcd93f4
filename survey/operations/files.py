"""Files of results and of responses, as commands and pages hand them out."""

import io
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from survey.analysis.results import RoundResults
from survey.errors import SurveyError
from survey.operations.responses import load_round_instrument
from survey.operations.runs import PUBLISHED_BY, PublishedResults, compute_index, find_published
from survey.reports.exports import (
    ResponseRow,
    protected_rows,
    write_indices_csv,
    write_indices_xlsx,
    write_responses_csv,
    write_responses_xlsx,
)
from survey.reports.tables import simulation_notice
from survey.store.engine import Store
from survey.store.fieldwork import find_round, list_agencies
from survey.store.responses import iter_exported
from survey.wording import Language


@dataclass(frozen=True, slots=True)
class IndicesFile:
    """A file of indices; `published` tells whether it holds a published run or today's count."""

    data: bytes
    published: bool


def indices_file(store: Store, round_code: str, *, layout: str, by: Collection[str] = PUBLISHED_BY) -> IndicesFile:
    """Return the indices of a round as `csv` or `xlsx`.

    They are those of the latest publication, without the rows that must be withheld. Only where nothing
    is published yet, or `by` asks for an axis no publication has, they are today's count.
    """
    published = find_published(store, round_code) if tuple(by) == PUBLISHED_BY else None
    results = shown_results(published) if published else compute_index(store, round_code, by=by)
    return IndicesFile(_written_indices(results, layout), published is not None)


def shown_results(published: PublishedResults) -> RoundResults:
    """Return the published results without the rows that must be withheld."""
    return replace(published.results, rows=tuple(row for row in published.results.rows if not published.withheld(row)))


def _written_indices(results: RoundResults, layout: str) -> bytes:
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: indices_csv(results, "vi"),
        "xlsx": lambda: _binary_bytes(lambda stream: write_indices_xlsx(results, stream)),
    }
    return _chosen(writers, layout)()


def indices_csv(results: RoundResults, language: Language) -> bytes:
    """Return results as the CSV file of indices."""
    return _text_bytes(lambda stream: write_indices_csv(results, stream, language=language))


def responses_file(store: Store, round_code: str, *, layout: str) -> bytes:
    """Return the responses of a round as `csv` or `xlsx`: month, agency, mode and answers, in random order.

    Profile answers stay only where at least 10 responses of the agency share all of them.
    """
    with store.reading() as connection:
        _, survey_round = find_round(connection, round_code)
    instrument = load_round_instrument(survey_round)
    rows = protected_rows(StoredRows(store, round_code), instrument)
    notice = simulation_notice("vi") if survey_round.simulated else ""
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: _text_bytes(lambda stream: write_responses_csv(rows, instrument, stream, notice=notice)),
        "xlsx": lambda: _binary_bytes(lambda stream: write_responses_xlsx(rows, instrument, stream, notice=notice)),
    }
    return _chosen(writers, layout)()


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The responses of a round as often as they are gone through, never all in memory."""

    store: Store
    round_code: str

    def __iter__(self) -> Iterator[ResponseRow]:
        with self.store.reading() as connection:
            round_id, _ = find_round(connection, self.round_code)
            codes = {number: agency.code for number, agency in list_agencies(connection).items()}
            for month, agency_id, mode, record in iter_exported(connection, round_id):
                yield month, codes[agency_id], mode, record


def _chosen(writers: dict[str, Callable[[], bytes]], layout: str) -> Callable[[], bytes]:
    if layout not in writers:
        raise SurveyError(f"no {layout} file is made yet; choose one of {', '.join(writers)}")
    return writers[layout]


def _text_bytes(write: Callable[[io.TextIOWrapper], None]) -> bytes:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="utf-8", newline="")
    write(stream)
    stream.flush()
    return buffer.getvalue()


def _binary_bytes(write: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()
