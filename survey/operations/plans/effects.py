"""What the next round says of a plan: each criterion's figure since, and how far the place aimed at is.

Both come from published runs only. That a figure moved says nothing about why it did, and no sentence here claims it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from survey.analysis.comparing.comparison import Key
from survey.analysis.comparing.falls import Falls
from survey.analysis.figures.results import IndexRow
from survey.analysis.ranking.climbing import Climb, ClimbAnswer, DimensionShare, needed_to_climb
from survey.errors import RoundError, UnknownCodeError
from survey.formatting import ToldCount, ToldPercent
from survey.operations.plans.findings import break_in_words, falls_for
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import Standing
from survey.reports.told import ToldChange, Worded
from survey.reports.words import CLIMB_WORDS, VERDICTS, WITHIN_RANGE
from survey.store.plans.plans import Plan
from survey.wording import Phrase, mark, phrase

NO_CAUSE = mark(
    "Chỉ nêu số liệu của tiêu chí ở đợt của kế hoạch và ở đợt sau. Chênh lệch không chứng tỏ nhiệm vụ là nguyên nhân: "
    "người trả lời, thời điểm và nhiều yếu tố khác cũng đã thay đổi."
)
NO_LATER = mark("Chưa có đợt sau nào được công bố.")
WITHHELD = mark("không công bố")
NO_ANSWER = mark("không có số liệu")
ONLY_AN_AGENCY = mark("Chỉ tính được mức cần đạt cho kế hoạch của một cơ quan, bắt đầu từ kết quả một đợt.")
NOT_RANKED_HERE = mark("Cơ quan không có thứ hạng được công bố trong đợt này nên chưa tính được mức cần đạt.")


@dataclass(frozen=True, slots=True)
class Since:
    """A criterion in the plan's round and in the later one, as printed: per cent, points, the verdict of the test.

    `responses` are those of both rounds. Where a figure is withheld or missing it says so, and there is no difference.
    """

    before: Worded
    after: Worded
    change: Worded | None = None
    verdict: Worded | None = None
    responses: Worded | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What became of the parts of a plan since: by part, in the later round of this title; or why nothing is told."""

    told: Phrase | None
    round_title: str = ""
    parts: Mapping[str, Since] | None = None

    def of(self, part: str) -> Since | None:
        """Return what became of a part, None where nothing is told of any."""
        return self.parts.get(part) if self.parts else None


@dataclass(frozen=True, slots=True)
class Needed:
    """A dimension as it is, as it would be if all rose alike, and the points between, as printed."""

    label: Worded
    now: Worded
    needed: Worded
    gap: Worded


@dataclass(frozen=True, slots=True)
class Target:
    """What it takes to climb the places a plan aims at, in words, and dimension by dimension where that can be told."""

    places: int
    words: tuple[Phrase, ...]
    dimensions: tuple[Needed, ...] = ()


def effects_of(standing: Standing, plan: Plan, parts: frozenset[str]) -> Effects:
    """Return what became of these parts since the round of a plan, in the newest published round that follows it."""
    later = _later_round(standing, plan.round_code)
    if later is None:
        return Effects(Phrase(NO_LATER))
    shown = standing.latest(later)
    falls, before = falls_for(standing, shown, plan), standing.previous_of(shown)
    if falls is None or before is None:
        return Effects(Phrase(NO_LATER))
    if falls.comparison.gap:
        titles = {code: survey_round.title for code, survey_round in standing.rounds.items()}
        return Effects(break_in_words(falls.comparison.gap, titles), shown.survey_round.title)
    by_part = {part: _since(falls, (before, shown), Key(plan.agency_code or "", part)) for part in parts}
    return Effects(None, shown.survey_round.title, by_part)


def target_of(standing: Standing, plan: Plan) -> Target | None:
    """Return what the target of a plan takes; None when it has none. Only an agency can climb."""
    if not plan.places:
        return None
    if not plan.agency_code or not plan.round_code:
        return Target(plan.places, (Phrase(ONLY_AN_AGENCY),))
    try:
        shown = standing.latest(plan.round_code)
        ranking = shown.ranking_of(shown.agency(plan.agency_code).block)
        shares = shown.dimension_shares(plan.agency_code)
        climb = needed_to_climb(ranking, plan.agency_code, plan.places, dimensions=shares)
    except (RoundError, UnknownCodeError):
        return Target(plan.places, (Phrase(NOT_RANKED_HERE),))
    return Target(plan.places, tuple(_climb_in_words(climb, len(ranking.ranked))), _needed(climb, shares or {}, shown))


def _later_round(standing: Standing, round_code: str | None) -> str | None:
    """Return the published round that opened last of those compared with this one."""
    if round_code is None or round_code not in standing.heads:
        return None
    following = [standing.rounds[code] for code in standing.heads if standing.rounds[code].previous_code == round_code]
    newest = max(following, key=lambda one: (one.opens, one.code), default=None)
    return newest.code if newest else None


def _since(falls: Falls, runs: tuple[PublishedRun, PublishedRun], key: Key) -> Since:
    difference = falls.comparison.differences.get(key)
    before, after = (_figure(shown, key) for shown in runs)
    if difference is None:
        return Since(before, after)
    first, second = (row.responses if row else 0 for row in (_row(shown, key) for shown in runs))
    counts = phrase("{before} và {after} phiếu", before=ToldCount(first), after=ToldCount(second))
    return Since(before, after, ToldChange(difference.value), Phrase(VERDICTS[difference.verdict]), counts)


def _figure(shown: PublishedRun, key: Key) -> Worded:
    """Return a figure as it is printed, or why there is none."""
    row = _row(shown, key)
    if row is None or (shown.shows(row) and row.index is None):
        return Phrase(NO_ANSWER)
    return ToldPercent(row.index) if shown.shows(row) else Phrase(WITHHELD)


def _row(shown: PublishedRun, key: Key) -> IndexRow | None:
    return shown.rows.get(key) if key.unit else shown.total.get(key.part)


def _climb_in_words(climb: Climb, ranked: int) -> Iterator[Phrase]:
    values = {"value": ToldPercent(climb.value), "gap": ToldPercent(climb.gap), "rank": climb.rank}
    sentence = Phrase(CLIMB_WORDS[climb.answer], values)
    if climb.answer is ClimbAnswer.NEEDS:
        yield phrase(
            "{told} trong {ranked} đơn vị được xếp hạng, nếu các đơn vị khác giữ nguyên.", told=sentence, ranked=ranked
        )
    else:
        yield phrase("{told}.", told=sentence)
    if climb.within_range:
        yield phrase("{told}.", told=Phrase(WITHIN_RANGE))


def _needed(climb: Climb, shares: Mapping[str, DimensionShare], shown: PublishedRun) -> tuple[Needed, ...]:
    rows = {part: shown.rows[Key(climb.unit, part)] for part in climb.dimensions or {}}
    return tuple(
        Needed(
            rows[part].label,
            ToldPercent(shares[part].value),
            ToldPercent(value),
            ToldChange(value - shares[part].value),
        )
        for part, value in (climb.dimensions or {}).items()
    )
