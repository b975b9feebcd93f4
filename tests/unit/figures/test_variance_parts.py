"""What a range rests on, told beside the responses, gives the published standard error again."""

from collections import Counter

import pytest

from survey.analysis.figures.domains import DomainSums, Strata
from survey.analysis.figures.indices import compute_rows, parts_of
from survey.analysis.figures.uncertainty import part_sums, worth_of
from survey.analysis.variance_parts import variance_parts
from survey.tallies import Counted
from tests.provinces import LEVELS, SHARES, UNTIL, publish, uneven_province

pytestmark = pytest.mark.slow

BY = ("agency", "dimension", "item")


def by_hand(parts, people, most):
    """Return the standard error of a figure from its parts and (n, y) of each respondent's sums."""
    ratio = people.y / people.n
    squares = people.yy - 2 * ratio * people.yn + ratio**2 * people.nn
    among = people.draws / (people.draws - 1) * squares / people.n**2 if people.draws > 1 else 0.0
    told = parts.degrees + parts.prior_degrees
    variance = (parts.degrees * parts.own + parts.prior_degrees * parts.inflation * among) / told if told else parts.own
    return 100 / most * variance**0.5 if told >= 1 else None


@pytest.mark.parametrize("instrument", [SHARES, LEVELS], ids=["shares", "levels"])
def test_the_parts_give_every_standard_error_again(instrument):
    kinds = Counter()
    for seed in range(8):
        published = publish(uneven_province(seed, instrument), UNTIL[-1]).published
        assert_parts_give_errors(published.sums, instrument, kinds)
    assert kinds["few"] > 50
    assert kinds["many"] > 50


@pytest.mark.parametrize("instrument", [SHARES, LEVELS], ids=["shares", "levels"])
def test_so_they_do_for_runs_of_the_first_rule(instrument):
    kinds = Counter()
    for seed in range(4):
        sums = publish(uneven_province(seed, instrument), UNTIL[-1]).published.sums
        old = Counted(sums.strata.sums.tally, sums.strata.sums.clusters.by_rule(1))
        assert_parts_give_errors(
            DomainSums(sums.domains, sums.tally, Strata(sums.strata.group, old)), instrument, kinds
        )
    assert kinds["many"] + kinds["few"] > 50


def assert_parts_give_errors(sums, instrument, kinds):
    parts = variance_parts(sums, instrument, by=BY)
    worths = worth_of(instrument.method.definition, instrument.scale)
    people = {
        part.code: part_sums(sums.strata, part.place, worths, instrument.scale).respondents
        for part in parts_of(instrument, by=BY)
    }
    place = {domain.agency_code: number for number, domain in enumerate(sums.domains)}
    for row in compute_rows(sums, instrument, by=BY):
        if row.responses:
            own = place[row.domain.agency_code]
            found = by_hand(parts[row.domain.agency_code, row.part], Own(people[row.part], own), worths.most)
            expected = row.estimate.se
            assert (found is None) == (expected is None)
            assert found is None or found == pytest.approx(expected, rel=1e-9, abs=1e-9)
            kinds["few" if row.responses < 30 else "many"] += 1


class Own:
    """The sums of one agency."""

    def __init__(self, sums, place):
        for name in ("draws", "n", "y", "nn", "yy", "yn"):
            setattr(self, name, float(getattr(sums, name)[place]))
