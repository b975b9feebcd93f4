"""The analyst's pack of a round, with figures that its own responses give."""

from dataclasses import dataclass, replace

from survey.analysis.disclosure import withheld_rows
from survey.errors import RoundError
from survey.formatting import format_date
from survey.instrument.model import LocalText
from survey.operations.counting import count_round
from survey.operations.files import StoredRows
from survey.operations.published import PublishedAnalyses
from survey.operations.responses import load_round_instrument
from survey.operations.runs import PUBLISHED_BY, PublishedResults, find_published, index_of
from survey.reports.exports import protected_rows
from survey.reports.pack import Pack, write_pack
from survey.store.engine import Store
from survey.store.fieldwork import find_round

UNPUBLISHED = LocalText(
    "Lưu ý: đợt này chưa được công bố; các chỉ số là số tính từ các phiếu trong bộ tệp này.",
    "Note: this round is not published yet; the indices are a count of the responses in this pack.",
)


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack; `published` tells whether its indices are those of the latest publication."""

    data: bytes
    published: bool


def pack_file(store: Store, round_code: str) -> PackFile:
    """Return the analyst's pack of a round as a zip.

    Responses and indices are of the same moment, so that one gives the other. Where no response came since
    the latest publication, the indices are that publication; else they are a count of the moment, with the
    same rules on what is withheld, and the pack says so. Raises UnknownCodeError, and RoundError when there
    are no responses.
    """
    with store.reading() as connection:
        _, survey_round = find_round(connection, round_code)
        instrument = load_round_instrument(survey_round)
        rows = tuple(protected_rows(tuple(StoredRows(connection, round_code)), instrument))
        results = index_of(count_round(connection, round_code), by=PUBLISHED_BY)
    if not rows:
        raise RoundError(f"round {round_code} has no responses yet: there is nothing to pack")
    published = find_published(store, round_code)
    current = published if published and published.results.rows == results.rows else None
    hidden = current.hidden if current else withheld_rows(results.rows, ())
    shown = replace(
        results,
        run=current.run.id if current else results.run,
        rows=tuple(row for row in results.rows if row not in hidden),
    )
    of_run = PublishedAnalyses(store).find(round_code)
    facts = of_run.facts.lines if of_run else ()
    pack = Pack(survey_round, instrument, shown, rows, _origin(published, is_current=current is not None), facts)
    return PackFile(write_pack(pack), published=current is not None)


def _origin(published: PublishedResults | None, *, is_current: bool) -> LocalText:
    """Say which figures these are, beside the latest publication."""
    if published is None:
        return UNPUBLISHED
    day, number = format_date(published.run.published_on), published.run.of_round
    if is_current:
        return LocalText(
            f"Các chỉ số là của lần công bố thứ {number} của đợt, ngày {day}.",
            f"The indices are those of publication {number} of the round, of {day}.",
        )
    return LocalText(
        f"Lưu ý: có phiếu đến sau lần công bố thứ {number} của đợt, ngày {day} (mã lần tính"
        f" {published.run.id}); các chỉ số là số tính lại từ các phiếu trong bộ tệp này, không phải số đã công bố.",
        f"Note: responses came after publication {number} of the round, of {day} (run {published.run.id}); the indices"
        " are a new count of the responses in this pack, not the published ones.",
    )
