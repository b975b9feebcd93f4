"""What the public may know of one agency, at one address for good: its newest result, who came before and after it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from survey.analysis.figures.results import OVERALL
from survey.errors import UnknownCodeError, UnreadableRunError
from survey.fieldwork import Agency
from survey.operations.registry.acting import read_agencies
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import PublishedRuns
from survey.store.engine import Store
from survey.store.results.heads import latest_heads
from survey.watching.process import Fallback, passed_by

# A year of quarterly rounds: whoever asks for an agency that nobody ever answered for must not make us read them all.
MOST_ROUNDS_BACK = 4


@dataclass(frozen=True, slots=True, eq=False)
class PublicAgency:
    """An agency, the publication of the newest round somebody answered in for it, its successor and predecessors.

    A takeover planned for later makes nobody a successor yet. `works` tells whether complaints can be sent to it.
    """

    agency: Agency
    published: PublishedRun | None
    successor: Agency | None
    predecessors: tuple[Agency, ...]
    works: bool


def find_public_agency(store: Store, runs: PublishedRuns, code: str, *, today: date) -> PublicAgency:
    """Return an agency by its code, capital or small, as it is today; raises UnknownCodeError."""
    with store.reading() as connection:
        registry = read_agencies(connection, today)
        rounds = [head.round_code for head in latest_heads(connection)]
    agency = _by_code(registry.by_code.values(), code)
    over = [other for other in registry.by_code.values() if registry.is_over(other)]
    readable = _readable(runs, islice(rounds, MOST_ROUNDS_BACK))
    return PublicAgency(
        agency=agency,
        published=next(_with_answers(readable, agency.code), None),
        successor=registry.by_code.get(agency.successor_code or "") if agency in over else None,
        predecessors=tuple(other for other in over if other.successor_code == agency.code),
        works=registry.works(agency),
    )


def _by_code(agencies: Iterable[Agency], code: str) -> Agency:
    """Return the agency with exactly this code, else the only one whose code differs in case: paper is typed from."""
    alike = [one for one in agencies if one.code.casefold() == code.casefold()]
    exact = [one for one in alike if one.code == code]
    if len(exact or alike) != 1:
        raise UnknownCodeError("agency", code)
    return (exact or alike)[0]


def _readable(runs: PublishedRuns, rounds: Iterable[str]) -> Iterator[PublishedRun]:
    """Yield the publications that this version can read."""
    for one in rounds:
        with passed_by(Fallback.UNREADABLE_RUN, UnreadableRunError):
            yield runs.latest(one)


def _with_answers(published: Iterable[PublishedRun], code: str) -> Iterator[PublishedRun]:
    for one in published:
        if any(row.part == OVERALL and row.responses for row in one.analysis.rows_of(code)):
            yield one
