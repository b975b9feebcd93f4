"""Somebody reads what people wrote and decides what of it is shown, in the report and on the public pages.

All comments of a round are shown to the reader at once, when the round is sealed and the nightly work has moved the
last of them: what appeared one by one would tell with which late response it came.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from survey.analysis.figures.results import OVERALL
from survey.errors import ChangedMeanwhileError, RoundError, UnknownCodeError
from survey.fieldwork import RoundState, SurveyRound
from survey.formatting import fold, vietnamese_key
from survey.operations.results.published import PublishedRun
from survey.responses import KEY_BYTES
from survey.store.engine import Store
from survey.store.feedback.screening import (
    CommentCount,
    CommentDecision,
    HeldComment,
    count_comments,
    find_comments,
    has_unsettled,
    list_comments,
    list_shown,
    save_decisions,
)
from survey.store.refusals import tried_again
from survey.store.registry.agencies import find_round
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import SCREENING

MOST_AT_ONCE = 25
# A letter takes up to twelve bytes on its way, and a form may have 65,536.
MOST_LETTERS = 5_000
LOOKED_THROUGH = 2_000
LAST_KEY = b"\xff" * KEY_BYTES


@dataclass(frozen=True, slots=True)
class ShownComment:
    """The words of one comment that everybody may read."""

    agency_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Screening:
    """How far a round is: `opens` is the first day its comments can be read on.

    `counts` are those of the agencies that have comments, in the Vietnamese order of their names. While it is too
    early, or `unsettled` comments wait for the night, there are none: they would grow one by one.
    """

    survey_round: SurveyRound
    opens: date
    is_early: bool
    unsettled: bool
    counts: tuple[CommentCount, ...]

    @property
    def can_be_read(self) -> bool:
        """Tell whether the comments can be read."""
        return not (self.is_early or self.unsettled)

    def of(self, decision: CommentDecision | None) -> int:
        """Return of how many comments this was decided; None stands for all comments."""
        return sum(one.of(decision) for one in self.counts)

    def ordered(self, comments: Iterable[HeldComment]) -> list[HeldComment]:
        """Return comments agency by agency, and else in the order they come in."""
        places = {one.agency_code: place for place, one in enumerate(self.counts)}
        return sorted(comments, key=lambda one: places[one.agency_code])


@dataclass(frozen=True, slots=True)
class CommentQuery:
    """Which comments somebody wants to read; without `decision` and `agency_code` all.

    Each word of `search` must stand in them, marks and case aside. `after` is the place behind which to go on: an
    agency and a key.
    """

    decision: CommentDecision | None = None
    agency_code: str = ""
    search: str = ""
    after: tuple[str, bytes] | None = None


class CommentPage(NamedTuple):
    """Some comments in their order, and the place behind which to go on, None at the end of what was asked for."""

    comments: tuple[HeldComment, ...]
    after: tuple[str, bytes] | None


class DecidedCount(NamedTuple):
    """How many decisions were new or changed."""

    shown: int
    hidden: int


def find_screening(store: Store, round_code: str, *, today: date) -> Screening:
    """Return how far the screening of a round is; raises UnknownCodeError."""
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        found = _begin(connection, round_id, survey_round, today)
        counts = count_comments(connection, round_id) if found.can_be_read else ()
    return replace(found, counts=tuple(sorted(counts, key=lambda one: vietnamese_key(one.agency_name))))


def _begin(connection: Connection, round_id: int, survey_round: SurveyRound, today: date) -> Screening:
    return Screening(
        survey_round=survey_round,
        opens=survey_round.seals + timedelta(days=1),
        is_early=survey_round.state_on(today) is not RoundState.SEALED,
        unsettled=has_unsettled(connection, round_id),
        counts=(),
    )


def read_page(store: Store, screening: Screening, query: CommentQuery) -> CommentPage:
    """Return the first comments asked for, as many as one form can carry.

    With something to search for, about LOOKED_THROUGH comments are looked through; then there may be none, and more
    to look through.
    """
    words = fold(query.search).split()
    ahead = _ahead(screening.counts, query)
    looked = _looked_through(ahead, query, LOOKED_THROUGH if words else MOST_AT_ONCE + 1)
    with store.reading() as connection:
        round_id, _ = find_round(connection, screening.survey_round.code)
        held = list_comments(connection, round_id, [count.agency_id for count in looked], query.decision)
    behind = (comment for comment in screening.ordered(held) if query.after is None or _is_behind(comment, query.after))
    page = _first(comment for comment in behind if all(word in fold(comment.text) for word in words))
    if page.after or looked == ahead:
        return page
    return page._replace(after=(looked[-1].agency_code, LAST_KEY))


def _ahead(counts: Sequence[CommentCount], asked: CommentQuery) -> list[CommentCount]:
    """Return the agencies in which comments asked for stand, from the place to go on at."""
    codes = [one.agency_code for one in counts]
    start = codes.index(asked.after[0]) if asked.after and asked.after[0] in codes else 0
    return [one for one in counts[start:] if one.of(asked.decision) and asked.agency_code in ("", one.agency_code)]


def _looked_through(ahead: Sequence[CommentCount], query: CommentQuery, most: int) -> list[CommentCount]:
    """Return the first agencies that have so many comments together, beside one that is partly passed."""
    taken, comments = [], 0
    for count in ahead:
        if comments >= most:
            break
        taken.append(count)
        comments += 0 if query.after and count.agency_code == query.after[0] else count.of(query.decision)
    return taken


def _is_behind(comment: HeldComment, place: tuple[str, bytes]) -> bool:
    return comment.agency_code != place[0] or comment.key > place[1]


def _first(comments: Iterable[HeldComment]) -> CommentPage:
    taken: list[HeldComment] = []
    letters = 0
    for comment in comments:
        letters += len(comment.text)
        if len(taken) == MOST_AT_ONCE or (taken and letters > MOST_LETTERS):
            return CommentPage(tuple(taken), (taken[-1].agency_code, taken[-1].key))
        taken.append(comment)
    return CommentPage(tuple(taken), None)


def list_sent(store: Store, screening: Screening, keys: Collection[bytes]) -> tuple[HeldComment, ...]:
    """Return the comments with these keys in their order; raises UnknownCodeError when one is none of the round."""
    with store.reading() as connection:
        round_id, _ = find_round(connection, screening.survey_round.code)
        found = _found(connection, round_id, keys)
    return tuple(screening.ordered(found[key] for key in sorted(found)))


def _found(connection: Connection, round_id: int, keys: Collection[bytes]) -> dict[bytes, HeldComment]:
    found = find_comments(connection, round_id, keys)
    missing = set(keys) - set(found)
    if missing:
        raise UnknownCodeError("comment of the round", min(missing).hex())
    return found


def mark_of(comment: HeldComment) -> str:
    """Return a short mark of what is decided of a comment, nothing while it waits."""
    return "" if comment.shown is None else hashlib.sha256(comment.shown.encode()).hexdigest()[:16]


@tried_again
def decide(
    store: Store, round_code: str, shown: Mapping[bytes, str], *, seen: Mapping[bytes, str], today: date, by: str
) -> DecidedCount:
    """Store the words to be shown of each comment, none to hide it; all of them or nothing.

    `seen` has the marks of what was decided before as the reader saw it: ChangedMeanwhileError when somebody else
    decided otherwise since. Raises RoundError when the comments cannot be read yet, and UnknownCodeError.
    """
    with store.writing(SCREENING.of(round_code)) as connection:
        round_id, survey_round = find_round(connection, round_code)
        if not _begin(connection, round_id, survey_round, today).can_be_read:
            raise RoundError(f"the comments of round {round_code} cannot be read yet")
        held = find_comments(connection, round_id, shown.keys())
        if gone := len(shown) - len(held):
            raise ChangedMeanwhileError(f"{gone} of these comments are not there any more; nothing was stored")
        changed = [replace(comment, shown=shown[key]) for key, comment in held.items() if comment.shown != shown[key]]
        if any(mark_of(held[comment.key]) != seen.get(comment.key, "") for comment in changed):
            raise ChangedMeanwhileError("some of these comments were decided about meanwhile")
        done = _counted(changed)
        if changed:
            save_decisions(connection, changed, round_id=round_id, staff=by, day=today)
            about, facts = Kind.ROUND.named(round_code), {"shown": done.shown, "hidden": done.hidden}
            save_audit(connection, staff=by, act=Act.COMMENTS_SCREENED, about=about, after=facts)
    return done


def _counted(changed: Collection[HeldComment]) -> DecidedCount:
    shown = sum(bool(one.shown) for one in changed)
    return DecidedCount(shown, len(changed) - shown)


def shown_comments(store: Store, published: PublishedRun) -> tuple[ShownComment, ...]:
    """Return the comments of a published run's round that everybody may read, agency by agency.

    An agency's comments are shown only where its own overall figure is: of one whose figure is withheld or that is not
    in the run, none. Agencies come in the Vietnamese order of their names, comments in the order of their random keys.
    """
    rows = (row for row in published.analysis.results.rows if row.part == OVERALL and row.responses)
    names = {row.domain.agency_code: row.domain.agency for row in rows if not published.withheld(row)}
    with store.reading() as connection:
        round_id, _ = find_round(connection, published.survey_round.code)
        comments = [ShownComment(code, text) for code, text in list_shown(connection, round_id) if code in names]
    return tuple(
        sorted(comments, key=lambda comment: (vietnamese_key(names[comment.agency_code]), comment.agency_code))
    )
