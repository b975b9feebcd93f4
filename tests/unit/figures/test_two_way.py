"""The two-way variance from the sums of a run, against one worked out person by person in plain loops."""

import json
import math
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from survey.analysis.figures.domains import sum_by
from survey.analysis.figures.estimates import Caution, ClusterKind
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.pooling import NOTHING
from survey.analysis.figures.results import OVERALL, Domain
from survey.analysis.ranking.ranking import Unranked, rank_block
from survey.instrument import load_instrument
from survey.operations.results.runs import figures_of, read_sums, write_sums
from survey.responses import AnswerRecord
from survey.tallies import Counted, count_blocks, empty_clusters, layout_of

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
FIRST, LAST = date(2026, 3, 2), date(2026, 5, 31)  # a Monday and a Sunday
# Agency, counter, day and answers of everybody.
People = list[tuple[str, int, date, dict[str, str]]]


def counted(people: People) -> tuple[Counted, list[Domain]]:
    counters = sorted({(counter, agency) for agency, counter, _, _ in people})
    points = [Domain("Sở", agency, agency, str(counter)) for counter, agency in counters]
    owners = [sorted({agency for _, agency in counters}).index(agency) for _, agency in counters]
    lines = "".join(f"{counter:03}{day}{AnswerRecord.pack(SIPAS, given)}" for _, counter, day, given in people)
    ids = [counter for counter, _ in counters]
    days = FIRST, LAST
    found = count_blocks([lines.encode()], LAYOUT, service_points=ids, point_digits=3, days=days, owners=owners)
    return found, points


def estimates_of(people: People, by: tuple[str, ...] = ("agency",)) -> dict:
    found, points = counted(people)
    rows = compute_rows(sum_by(found, points, by=by), SIPAS, by=(*by, "dimension", "item"))
    return {(row.domain.agency_code, row.part): row.estimate for row in rows}


def province(seed: int, *, agencies: int = 6) -> People:
    """Make agencies of one to four counters with days and weeks that are alike; some have very few days."""
    random = Random(seed)
    people: People = []
    for number in range(agencies):
        for counter in range(random.randint(1, 4)):
            for _ in range(random.choice((2, 6, 15))):
                day = FIRST + timedelta(random.randrange(60))
                mood = (
                    random.gauss(0, 0.5)
                    + 0.4 * math.sin(day.toordinal() + number)
                    + 0.4 * math.cos(day.isocalendar()[1])
                )
                for _ in range(random.randint(1, 9)):
                    items = random.sample(("A1", "A2", "B1", "B2", "E1"), random.randint(1, 5))
                    given = {one: str(min(5, max(1, round(4 + mood + random.gauss(0, 0.8))))) for one in items}
                    people.append((f"S{number}", 10 * number + counter, day, given))
    return people


# ---- The independent computation: per cent of the highest points, L1 and pooled answers.


def totals(people: People, part: str) -> list[tuple[tuple, tuple, tuple, int, int]]:
    """Return agency-day, counter-day, counter-week, answers and points of everybody who answered a part."""
    prefix = {"access": "A", OVERALL: ""}.get(part, part)
    found = []
    for agency, counter, day, given in people:
        points = [int(value) for item, value in given.items() if item.startswith(prefix)]
        if points:
            week = day - timedelta(day.weekday())
            found.append(((agency, day), (counter, day), (counter, week), len(points), sum(points), agency))
    return found


def squares_of(rows, key: int, ratio: float) -> tuple[float, int]:
    """Return Σ z² over draws and the number of draws."""
    z = defaultdict(float)
    for place, row in enumerate(rows):
        z[row[key] if key < 3 else place] += row[4] - ratio * row[3]
    return sum(value**2 for value in z.values()), len(z)


def pairs_of(rows, key: int) -> float:
    """Return Σ n_c² - Σ n_i²: the pairs of answers that share a draw and not a person."""
    n = defaultdict(int)
    for row in rows:
        n[row[key]] += row[3]
    return sum(value**2 for value in n.values()) - sum(row[3] ** 2 for row in rows)


def correlation(everybody, key: int) -> float:
    common = most = 0.0
    for agency in {row[5] for row in everybody}:
        rows = [row for row in everybody if row[5] == agency]
        ratio = sum(row[4] for row in rows) / sum(row[3] for row in rows)
        between, draws = squares_of(rows, key, ratio)
        single, _ = squares_of(rows, 3, ratio)
        if len(rows) >= 10 and draws > 1:
            common += between * draws / (draws - 1) - single
            most += pairs_of(rows, key) * single / sum(row[3] ** 2 for row in rows)
    return round(min(max(common / most, 0), 1) / 0.005) * 0.005


def moderated(everybody, agency: str) -> tuple[float, float]:
    """Return the standard error in per cent, and the degrees of freedom."""
    rows = [row for row in everybody if row[5] == agency]
    size = sum(row[3] for row in rows)
    ratio = sum(row[4] for row in rows) / size
    found = [squares_of(rows, key, ratio) for key in range(3)]
    v_day, v_pd, v_pw = (total * (draws / (draws - 1) if draws > 1 else 1) / size**2 for total, draws in found)
    own = max(v_pd, v_day + v_pw - v_pd)
    single, people = squares_of(rows, 3, ratio)
    rho_day, rho_pd, rho_pw = (correlation(everybody, key) for key in range(3))
    over = [pairs_of(rows, key) / sum(row[3] ** 2 for row in rows) for key in range(3)]  # n̄ - 1
    times = 1 + max(over[1] * rho_pd, over[0] * rho_day + over[2] * rho_pw - over[1] * rho_pd)
    prior = single * people / (people - 1) / size**2 * times
    degrees = min(found[0][1], found[2][1]) - 1
    elsewhere = sum(
        len({row[0] for row in everybody if row[5] == one}) - 1
        for one in {row[5] for row in everybody}
        if sum(row[5] == one for row in everybody) >= 10
    )
    weight = min(5, max(0, elsewhere - degrees))
    return 20 * math.sqrt((degrees * own + weight * prior) / (degrees + weight)), degrees + weight


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("part", [OVERALL, "access", "A1", "E1"])
def test_every_standard_error_of_a_province_is_the_one_of_plain_loops(seed, part):
    people = province(seed)
    found, everybody = estimates_of(people), totals(people, part)
    for agency in {row[5] for row in everybody}:
        se, degrees = moderated(everybody, agency)
        estimate = found[agency, part]
        assert (estimate.se, estimate.degrees) == (pytest.approx(se, rel=1e-9), degrees)
        assert estimate.cluster_kind is ClusterKind.DAY_AND_WEEK
        assert estimate.clusters == len({row[0] for row in everybody if row[5] == agency})


# ---- The case that was told: one counter, 9 days of 30 people, days alternately all 5 and all 3.


def alternating(days: int, each: int = 30) -> People:
    working = [FIRST + timedelta(7 * (day // 5) + day % 5) for day in range(days)]
    return [("S", 1, day, {"A1": "53"[place % 2]}) for place, day in enumerate(working) for _ in range(each)]


def test_nine_days_are_nine_draws_and_not_270():
    estimate = estimates_of(alternating(9))["S", "A1"]
    # Days of 150 and 90 points around 100·(5·5 + 4·3)/9/5: V_pd = 9/8 Σ z² / 270².
    ratio = 37 / 9
    z = [30 * (points - ratio) for points in (5, 3, 5, 3, 5, 3, 5, 3, 5)]
    v_pd = 9 / 8 * sum(one**2 for one in z) / 270**2
    assert estimate.value == pytest.approx(20 * ratio)
    # All of a day agree, so that ρ is 1 at the most: the province, itself, leads one to expect a little less, 5 : 1.
    inflation = 1 + 29 * 1.0
    expected = 270 / 269 * sum(one**2 / 30 for one in z) / 270**2 * inflation
    assert estimate.se == pytest.approx(20 * math.sqrt((v_pd + 5 * expected) / 6), rel=1e-9)
    assert estimate.se > 6.6
    assert (estimate.clusters, Caution.FEW_CLUSTERS in estimate.cautions) == (9, True)


def test_a_tenth_day_changes_little():
    nine, ten = (estimates_of(alternating(days))["S", "A1"] for days in (9, 10))
    assert ten.se == pytest.approx(nine.se, rel=0.1)
    assert ten.upp - ten.low < nine.upp - nine.low


@pytest.mark.parametrize(("days", "why"), [(1, Unranked.FEW_DRAWS), (3, Unranked.FEW_DRAWS), (4, None), (9, None)])
def test_below_four_days_an_agency_is_not_ranked_and_it_is_said_why(days, why):
    others = [("T", 2, day, given) for _, _, day, given in alternating(20)]
    found = estimates_of(alternating(days, 40) + others)
    ranking = rank_block("Sở", {code: found[code, "A1"] for code in ("S", "T")})
    assert ranking.row_of("S").unranked is why
    assert (Caution.FEW_DRAWS in found["S", "A1"].cautions) is (why is not None)


def test_many_counters_on_one_day_are_one_draw():
    people = [("S", counter, FIRST, {"A1": "45"[counter % 2]}) for counter in range(30) for _ in range(5)]
    estimate = estimates_of(people)["S", "A1"]
    # Nobody has a second day, so nothing is known of how much a day moves all counters at once.
    assert (estimate.se, estimate.low, estimate.upp) == (None, 20, 100)
    assert {Caution.NO_VARIANCE, Caution.FEW_DRAWS} <= set(estimate.cautions)


def test_where_nobody_knows_the_days_the_respondent_is_the_draw():
    found, points = counted(alternating(9))
    undated = Counted(found.tally, empty_clusters(LAYOUT, len(points)))
    row = next(one for one in compute_rows(sum_by(undated, points, by=("agency",)), SIPAS, by=("agency", "item")))
    assert (row.estimate.cluster_kind, row.estimate.clusters) == (ClusterKind.RESPONDENT, 270)


def test_a_run_published_by_the_earlier_rule_keeps_its_figures_byte_for_byte():
    # Written by the version before agency-days and weeks were counted: B has six days, so its draws were people.
    kept = json.loads((Path(__file__).parents[2] / "golden" / "run-of-the-first-rule.json").read_text("utf-8"))
    sums = read_sums(kept["sums"])
    assert figures_of(sums, SIPAS, NOTHING) == kept["figures"]
    assert write_sums(sums) == kept["sums"]
    rows = compute_rows(sums, SIPAS, by=("agency",))
    assert [row.estimate.cluster_kind for row in rows] == [ClusterKind.POINT_DAY, ClusterKind.RESPONDENT]


def test_sums_of_an_earlier_rule_give_the_figures_they_gave():
    people = province(8)
    found, points = counted(people)
    earlier = Counted(found.tally, found.clusters.by_rule(1))
    sums = sum_by(earlier, points, by=("agency",))
    again = sum_by(Counted.from_bytes(sums.strata.sums.to_bytes()), sums.domains, by=("agency",))
    rows = [compute_rows(one, SIPAS, by=("agency", "dimension")) for one in (sums, again)]
    assert rows[0] == rows[1]
    for row in rows[0]:
        own = [one for one in totals(people, row.part) if one[5] == row.domain.agency_code]
        if row.part not in (OVERALL, "access") or not own:
            continue
        ratio = sum(one[4] for one in own) / sum(one[3] for one in own)
        (by_day, days), (by_person, persons) = squares_of(own, 1, ratio), squares_of(own, 3, ratio)
        total, draws, kind = (
            (by_day, days, ClusterKind.POINT_DAY) if days >= 10 else (by_person, persons, ClusterKind.RESPONDENT)
        )
        se = 20 * math.sqrt(total * draws / (draws - 1)) / sum(one[3] for one in own)
        assert (row.estimate.cluster_kind, row.estimate.clusters) == (kind, draws)
        assert row.estimate.se == pytest.approx(se, rel=1e-9)


def test_a_service_point_by_itself_has_its_own_days_only():
    people = province(9)
    found, points = counted(people)
    rows = compute_rows(sum_by(found, points, by=("service_point",)), SIPAS, by=("service_point", "dimension"))
    apart = [(f"P{counter}", counter, day, given) for _, counter, day, given in people]
    alone = estimates_of(apart)
    for row in rows:
        expected = alone[f"P{row.domain.service_point_code}", row.part]
        assert (row.estimate.se, row.estimate.degrees) == (expected.se, expected.degrees)


def test_a_block_and_everybody_have_their_agencies_as_strata():
    people = province(10)
    everybody = totals(people, OVERALL)
    (estimate,) = (one for (_, part), one in estimates_of(people, ()).items() if part == OVERALL)
    strata = {row[5] for row in everybody}
    days, weeks = len({row[0] for row in everybody}), len({row[2] for row in everybody})
    elsewhere = days - len(strata)
    degrees = min(days, weeks) - len(strata)
    assert estimate.degrees == degrees + min(5, max(0, elsewhere - degrees))
    assert np.isfinite(estimate.se)
