"""Whoever reads all that is published cannot work out what is withheld: attacks by programme and by search."""

import csv
import io
from dataclasses import replace
from itertools import chain, pairwise

import numpy as np
import pytest

from survey.analysis.disclosure.breakdowns import BreakdownCell
from survey.analysis.figures.estimates import ClusterKind
from survey.analysis.figures.results import IndexRow
from survey.analysis.figures.two_way import PRIOR_DEGREES
from survey.analysis.figures.uncertainty import worth_of
from survey.analysis.pipeline import analyse_round
from survey.analysis.regrouping import Regrouping, hidden_now, rows_now
from survey.operations.exports.files import indices_table
from survey.operations.exports.pack import told_of, told_variance
from survey.operations.results.published import shown_results
from survey.operations.results.runs import PUBLISHED_BY
from survey.operations.results.withholding import read_reasons
from survey.reports.pack.tables import ranks_sheet
from survey.tallies import Moment
from survey.web.api.rows import PlainRun
from survey.web.api.shapes import DomainShape, RankShape
from tests.intruder import programme_of, read_all
from tests.intruder_solver import Solver, secrets_of
from tests.provinces import LEVELS, SHARES, UNTIL, Province, Release, publish, uneven_province

pytestmark = pytest.mark.slow
# 210 provinces in lots, so that several workers can share them.
LOTS = [range(start, start + 21) for start in range(0, 210, 21)]
WIDTH = 10
DAYS = ClusterKind.DAY_AND_WEEK.value
ITEMS = [item.code for item in SHARES.items]


def instrument_of(seed: int):
    return SHARES if seed % 2 else LEVELS


def releases_of(seed: int) -> tuple[Province, list[Release]]:
    """Return a province with its final publication, and every third one with a preliminary one before."""
    province = uneven_province(seed, instrument_of(seed))
    releases: list[Release] = []
    for until in UNTIL[1:] if seed % 3 == 0 else UNTIL[2:]:
        release = publish(province, until, releases, final=until == UNTIL[-1])
        releases += [release] if release else []
    return province, releases


def truth_of(release: Release) -> dict[tuple[str, str], IndexRow]:
    return {(row.domain.agency_code, row.part): row for row in release.published.analysis.results.rows}


def plain(release: Release) -> list[object]:
    """Return every row that the API sends, and what a pack tells of ranges and of ranks beside its responses."""
    run = PlainRun(release.published, None)
    rows = [run.index(row) for by in ("agency", "block", "total") for row in run.select(by=by, part="all")]
    answers = [run.answers(row) for row in run.select(by="agency", part="item")]
    told = told_variance(told_of(release.published), release.published.instrument)
    ranks = chain.from_iterable(ranks_sheet([one]).rows for one in release.published.extras.rankings if one.ranked)
    return [*rows, *answers, *(run.rank(one) for one in run.ranked(block="")), *told.items(), *ranks]


@pytest.mark.parametrize("lot", LOTS, ids=str)
def test_no_hidden_base_or_score_is_told_to_within_ten(lot):
    attacked = 0
    for seed in lot:
        _, releases = releases_of(seed)
        told = [read_all(one.published) for one in releases]
        secrets = secrets_of(told, [truth_of(one) for one in releases])
        found = Solver(programme_of(told), secrets).widths(WIDTH)
        attacked += len(found)
        assert [(one, told) for one, told in found if min(told.values()) < WIDTH - 1e-6] == [], seed
        for release in releases:
            assert_months_tell_nothing(release, releases[:-1])
            assert_files_say_no_more(release)
            assert_packs_say_no_more(release)
            assert_mergers_say_no_more(release)
            assert_errors_tell_no_more(release)
            assert_rankings_tell_no_reason(release)
    assert attacked > 20 * len(lot)


def assert_months_tell_nothing(release: Release, earlier: list[Release]) -> None:
    """No earlier publication less the months up to some month leaves 1 to 9 responses, nor does a hidden month."""
    months, reasons = release.decided.breakdowns.get("month"), read_reasons(release.stored.withheld)
    if months is None:
        return
    # Who answered nothing at all is in no base.
    bases = months.tally.moments[:, -1, Moment.RESPONSES].tolist()
    for agency in {group.agency_code for group in months.groups}:
        own = sorted(
            (group, count) for group, count in zip(months.groups, bases, strict=True) if group.agency_code == agency
        )
        shown = [0 if BreakdownCell(group, "overall") in reasons else count for group, count in own]
        for before in earlier:
            row = next(row for row in before.published.analysis.rows_of(agency) if row.part == "overall")
            if row.responses and not before.published.withheld(row):
                apart = row.responses - np.cumsum([0, *shown])
                assert not ((apart != 0) & (abs(apart) < WIDTH)).any(), (agency, own, row.responses)


def assert_files_say_no_more(release: Release) -> None:
    """A file of indices has the figures of the API and no others."""
    told = read_all(release.published)
    for by, key in ((("agency", "dimension", "item"), "agency_code"), (("block", "dimension", "item"), "block")):
        file = io.StringIO(indices_table(shown_results(release.published, by=by), "vi").decode("utf-8-sig"))
        for line in csv.DictReader(file):
            row = told.units[line[key]][line["item"]]
            assert row["withheld"] is None
            for name in ("index", "responses", "answers"):
                assert float(line[name]) == pytest.approx(row[name], abs=0.006)


def assert_packs_say_no_more(release: Release) -> None:
    """A pack tells what ranges rest on of the figures of the API only, and of few people what the range tells."""
    published, told = release.published, read_all(release.published)
    for key, parts in told_variance(told_of(published), published.instrument).items():
        row = told.units[key.unit][key.part]
        assert row["withheld"] is None
        if row["responses"] < 30:
            assert (parts.inflation, parts.prior_degrees, parts.degrees) == (1, 0, row["degrees"])
            assert 100 / most_of(published) * parts.own**0.5 == pytest.approx(row["se"] or 0, abs=1e-9)


def most_of(published) -> int:
    worths = worth_of(published.instrument.method.definition, published.instrument.scale)
    return worths.most


def assert_mergers_say_no_more(release: Release) -> None:
    """An agency of today is told only where all it is made of is told, so that its figures are sums of shown ones."""
    published = release.published
    domains = [one for one in published.sums.domains if one.block == published.sums.domains[0].block]
    rows = published.analysis.results.rows
    for first, second in pairwise(domains):
        made = replace(first, agency_code="N", agency="N")
        regrouping = Regrouping({one.agency_code: made for one in (first, second)}, {"N": (first, second)})
        now = rows_now(rows, published.sums, regrouping, published.instrument, by=PUBLISHED_BY)
        hidden = hidden_now(now, rows, published.hidden, regrouping)
        for row in (row for row in now if row.domain.agency_code == "N" and row not in hidden):
            parts = [one for one in rows if one.domain in (first, second) and one.part == row.part]
            assert not any(published.withheld(one) and one.responses for one in parts)


def assert_errors_tell_no_more(release: Release) -> None:
    """Draws and degrees of freedom above agencies are those of the shown agencies, whatever the hidden ones have."""
    told = read_all(release.published)
    for unit in set(told.members):
        for part, row in told.units.get(unit, {}).items():
            members = [told.units[agency][part] for agency in told.members[unit]]
            if row["withheld"] is None and any(one["withheld"] == "withheld" for one in members):
                drawn = [one["clusters"] for one in members if one["clusters"] and one["cluster_kind"] == DAYS]
                if row["cluster_kind"] == DAYS and len(drawn) == len([m for m in members if m["clusters"]]):
                    assert row["clusters"] == sum(drawn)
                    assert row["degrees"] <= sum(drawn) - len(drawn) + PRIOR_DEGREES


def assert_rankings_tell_no_reason(release: Release) -> None:
    """Whatever withholds an agency, it comes after the others of its block, with nothing but its name."""
    run, told = PlainRun(release.published, None), read_all(release.published)
    rows = [run.rank(one) for one in run.ranked(block="")]
    hidden = {one for one in told.agencies if told.units[one]["overall"]["withheld"] == "withheld"}
    assert {row["agency_code"] for row in rows if row["withheld"] == "withheld"} == hidden
    for block in set(told.members) - {""}:
        own = [row["withheld"] == "withheld" for row in rows if row["block"] == block]
        assert own == sorted(own)
    told_of_it = RankShape.__annotations__.keys() - DomainShape.__annotations__.keys() - {"withheld", "ranked_units"}
    assert {"index", "rank", "rank_low", "unranked"} <= told_of_it
    assert {row[name] for row in rows if row["withheld"] for name in told_of_it} <= {None}


def scatter(count: int, satisfied: int, ratio: float) -> float:
    """Return the same of people who answered one question, each of them a draw."""
    squares = satisfied * (1 - ratio) ** 2 + (count - satisfied) * ratio**2
    centred = squares - (satisfied - ratio * count) ** 2 / count if count > 1 else squares
    return centred * count / (count - 1) if count > 1 else squares


def found_by_search(release: Release, row: IndexRow, shown: list[IndexRow]) -> set[int]:
    """Return the bases that one of two hidden agencies can have, by the standard error of the row of their block.

    The intruder knows the shown agencies in full, and takes every answer and every agency for a draw and a stratum.
    """
    ratio = row.index / 100
    known = [(one.answers, round((one.index or 0) * one.answers / 100)) for one in shown if one.answers]
    count = row.answers - sum(answers for answers, _ in known)
    satisfied = round(row.index * row.answers / 100) - sum(good for _, good in known)
    left = (row.estimate.se / 100 * row.answers) ** 2 - sum(scatter(*one, ratio) for one in known)
    return {
        own
        for own in range(1, count)
        for good in range(max(0, satisfied - (count - own)), min(own, satisfied) + 1)
        if abs(scatter(own, good, ratio) + scatter(count - own, satisfied - good, ratio) - left) < 1e-9 * row.answers
    }


def single_days(seed: int) -> Province:
    """Return a province in which nobody shares a service point and a day, so that answers are draws.

    Its sums are those of runs that knew days of service points only; agencies' days leave nothing to search by.
    """
    province = uneven_province(seed, SHARES)
    size = len(province.point)
    points = tuple(
        replace(province.points[point], service_point_code=f"P{number}") for number, point in enumerate(province.point)
    )
    return replace(province, points=points, point=np.arange(size), rule=1)


def test_a_search_through_small_counts_finds_hidden_bases_unless_these_are_one_stratum():
    # With a stratum for each hidden agency the standard error of their block gives them away, as the search must show.
    asked, once, now = 0, 0, 0
    for seed in range(12):
        release = publish(single_days(seed), UNTIL[-1])
        published, truth, told = release.published, truth_of(release), read_all(release.published)
        each = analyse_round(published.sums, published.instrument, published.survey_round).blocks
        for apart, row in zip(each, published.analysis.blocks, strict=True):
            members, part = told.members[row.domain.block], row.part
            hidden = [one for one in members if told.units[one][part]["withheld"] == "withheld"]
            # In a pool of eleven the one base is within ten of any other without a search.
            wide = sum(truth[one, part].answers for one in hidden) > WIDTH + 1
            if wide and len(hidden) == 2 and not published.withheld(row) and part in ITEMS and row.estimate.se:
                shown = [truth[one, part] for one in members if one not in hidden]
                base, asked = truth[hidden[0], part].answers, asked + 1
                once += is_told(base, found_by_search(release, apart, shown))
                now += is_told(base, found_by_search(release, row, shown))
    assert asked >= 10
    assert once >= asked / 4
    assert now == 0


def is_told(base: int, candidates: set[int]) -> bool:
    return base in candidates and max(candidates) - min(candidates) < WIDTH


def test_what_is_told_does_not_change_when_hidden_agencies_change_their_people_and_days():
    compared = 0
    for seed in range(20):
        province = uneven_province(seed, instrument_of(seed))
        release = publish(province, UNTIL[-1])
        told = read_all(release.published)
        for block in ("Sở", "Xã"):
            rows = {one: told.units[one].values() for one in told.members[block]}
            hidden = [one for one, own in rows.items() if all(row["withheld"] == "withheld" for row in own)]
            if len(hidden) > 1:
                other = publish(exchanged(province, hidden, seed), UNTIL[-1], decided=release.decided)
                assert plain(other) == plain(release)
                compared += 1
    assert compared >= 5


def exchanged(province: Province, agencies: list[str], seed: int) -> Province:
    """Return a province in which the people of some agencies are dealt out among these anew, on other days."""
    chance = np.random.default_rng(seed)
    places = np.flatnonzero(np.isin(province.agency, agencies))
    point, day = province.point.copy(), province.day.copy()
    own = [place for place, one in enumerate(province.points) if one.agency_code in agencies]
    point[places], day[places] = chance.choice(own, len(places)), chance.integers(0, 91, len(places))
    return replace(province, point=point, day=day)
