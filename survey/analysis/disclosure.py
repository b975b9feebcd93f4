"""Which published figures must be withheld so that nobody's answers show.

The first rules, for one table of agencies by dimensions with a total: a figure that rests on fewer
than 10 responses is withheld, and so is a second one wherever a single withheld figure could be
worked out from the ones beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from survey.analysis.results import OVERALL, IndexRow

THRESHOLD = 10


def withheld_rows(rows: Sequence[IndexRow], total: Sequence[IndexRow]) -> frozenset[IndexRow]:
    """Return the rows of an agency × dimension table, and of its total, that must not be shown.

    An agency whose overall rests on fewer than 10 responses is withheld whole. Within an agency, one
    withheld dimension takes the smallest other one with it. A total is shown only when what is
    withheld under it is nothing, or at least two agencies with 10 responses together.
    """
    hidden: set[IndexRow] = set()
    for agency_rows in _by_agency(rows):
        hidden |= _withheld_in_agency(agency_rows)
    return frozenset(hidden | {row for row in total if _total_reveals(row, rows, hidden)})


def _by_agency(rows: Iterable[IndexRow]) -> Iterable[list[IndexRow]]:
    found: defaultdict[str, list[IndexRow]] = defaultdict(list)
    for row in rows:
        found[row.domain.agency_code].append(row)
    return found.values()


def _withheld_in_agency(rows: list[IndexRow]) -> set[IndexRow]:
    small = {row for row in rows if row.responses < THRESHOLD}
    if any(row.part == OVERALL for row in small):
        return set(rows)
    others = sorted((row for row in rows if row.part != OVERALL and row not in small), key=lambda row: row.responses)
    if len(small) == 1 and others:
        small.add(others[0])
    return small


def _total_reveals(total: IndexRow, rows: Iterable[IndexRow], hidden: set[IndexRow]) -> bool:
    under = [row for row in rows if row.part == total.part and row in hidden and row.responses]
    enough = len(under) >= 2 and sum(row.responses for row in under) >= THRESHOLD
    return total.responses < THRESHOLD or bool(under and not enough)
