"""Indices of service points, agencies, blocks and the whole, what they rest on, and their identity."""

from dataclasses import replace
from datetime import date

import pytest

from survey.analysis.figures.domains import point_domains, sum_by
from survey.analysis.figures.indices import compute_results, compute_rows, parts_of, run_id
from survey.analysis.figures.results import OVERALL
from survey.errors import UnknownCodeError
from survey.fieldwork import Agency, SamplingBasis, ServicePoint, SurveyRound
from survey.tallies import ClusterSums, Counted
from tests.unit.figures.test_indices import SIPAS, by_method, counted, tally_of

AGENCIES = {
    "SXD": Agency("SXD", "Sở Xây dựng", "SXD", "Sở"),
    "STC": Agency("STC", "Sở Tài chính", "STC", "Sở"),
    "PTT": Agency("PTT", "Phường Tùng Thiện", "PTT", "Xã, phường"),
}
POINTS = point_domains(
    [
        ServicePoint("AAA1111", "SXD", "Quầy 1"),
        ServicePoint("BBB2222", "PTT", "Bộ phận Một cửa"),
        ServicePoint("CCC3333", "SXD", "Quầy 2"),
        ServicePoint("DDD4444", "STC", "Quầy 1"),
    ],
    AGENCIES,
)


SPRING = SurveyRound(
    "2025-Q2", "Quý II/2025", SIPAS.code, SIPAS.digest, date(2025, 4, 1), date(2025, 6, 30), date(2025, 7, 7)
)


FOUR_POINTS = counted(tally_of([{"A1": "5"}, {"A1": "4"}, {"A1": "3"}, {"A1": "1"}, {}], [0, 1, 2, 3, 3], size=4))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((), {("", "", ""): 65.0}),  # 5 + 4 + 3 + 1 = 13 of 20 points
        (("block",), {("Sở", "", ""): 60.0, ("Xã, phường", "", ""): 80.0}),  # (5 + 3 + 1) of 15; 4 of 5
        (("agency",), {("Sở", "SXD", ""): 80.0, ("Xã, phường", "PTT", ""): 80.0, ("Sở", "STC", ""): 20.0}),
        (
            ("agency", "service_point"),
            {
                ("Sở", "SXD", "AAA1111"): 100.0,
                ("Xã, phường", "PTT", "BBB2222"): 80.0,
                ("Sở", "SXD", "CCC3333"): 60.0,
                ("Sở", "STC", "DDD4444"): 20.0,
            },
        ),
    ],
)
def test_service_points_add_up_to_agencies_blocks_and_the_whole(by, expected):
    results = compute_results(sum_by(FOUR_POINTS, POINTS, by=by), SIPAS, SPRING, by=by)
    domains = {row.domain: row.level for row in results.rows}
    found = {(one.block, one.agency_code, one.service_point_code): level for one, level in domains.items()}
    assert found == pytest.approx(expected)
    assert list(found) == list(expected)
    assert {row.part for row in results.rows} == {OVERALL}
    assert results.responses == 5


@pytest.mark.parametrize(
    ("by", "parts"),
    [
        ((), "overall"),
        (("dimension",), "access procedures officials outcome feedback overall"),
        (("item",), "A1 A2 A3 B1 B2 B3 B4 C1 C2 C3 D1 D2 D3 E1 E2 E3"),
        (
            ("item", "dimension"),
            "access A1 A2 A3 procedures B1 B2 B3 B4 officials C1 C2 C3 outcome D1 D2 D3 feedback E1 E2 E3 overall",
        ),
    ],
)
def test_the_rows_of_a_domain_follow_the_questionnaire(by, parts):
    assert " ".join(part.code for part in parts_of(SIPAS, by=by)) == parts


def test_rows_come_domain_by_domain():
    rows = compute_rows(sum_by(FOUR_POINTS, POINTS, by=("agency",)), SIPAS, by=("agency", "dimension"))
    assert [row.domain.agency_code for row in rows] == ["SXD"] * 6 + ["PTT"] * 6 + ["STC"] * 6
    assert rows[0].domain.agency == "Sở Xây dựng"


def test_results_say_what_they_rest_on():
    simulated = replace(SPRING, simulated=True, basis=SamplingBasis.PROBABILITY)
    sums = sum_by(FOUR_POINTS, POINTS, by=("agency",))
    filters = {"mode": "qr", "from": "2025-04-01"}
    results = compute_results(sums, SIPAS, simulated, by=("item", "agency"), filters=filters)
    assert (results.simulated, results.basis, results.formulas) == (True, SamplingBasis.PROBABILITY, ("L1", "P1"))
    assert results.by == ("agency", "item")
    assert results.filters == (("from", "2025-04-01"), ("mode", "qr"))


def test_an_unknown_breakdown_is_refused_with_those_there_are():
    with pytest.raises(UnknownCodeError, match="'province'; known: block, agency, service_point, dimension, item"):
        sum_by(FOUR_POINTS, POINTS, by=("province",))


def test_the_same_computation_has_the_same_identity_however_it_was_asked_for():
    sums = sum_by(FOUR_POINTS, POINTS, by=("agency",))
    kept = sum_by(Counted.from_bytes(sums.strata.sums.to_bytes()), sums.domains, by=("agency",))
    asked = run_id(sums, SIPAS, SPRING, by=("agency", "item"), filters={})
    assert run_id(kept, SIPAS, SPRING, by=("item", "agency"), filters={}) == asked


def test_every_thing_the_figures_follow_from_is_in_the_identity():
    sums = sum_by(FOUR_POINTS, POINTS, by=("agency",))
    others = sum_by(counted(sums.tally + sums.tally), sums.domains, by=("agency",))
    elsewhere = sum_by(counted(sums.tally), sums.domains[::-1], by=("agency",))
    clusters = ClusterSums(sums.strata.sums.clusters.moments + 1)
    other_days = sum_by(Counted(sums.tally, clusters), sums.domains, by=("agency",))
    asked = [
        (sums, SIPAS, SPRING, ("agency",), {}),
        (others, SIPAS, SPRING, ("agency",), {}),
        (elsewhere, SIPAS, SPRING, ("agency",), {}),
        (other_days, SIPAS, SPRING, ("agency",), {}),
        (sums, replace(SIPAS, digest="0" * 64), SPRING, ("agency",), {}),
        (sums, by_method("mean_rescaled", "pooled_answers"), SPRING, ("agency",), {}),
        (sums, SIPAS, replace(SPRING, code="2025-Q3"), ("agency",), {}),
        (sums, SIPAS, SPRING, ("agency", "item"), {}),
        (sums, SIPAS, SPRING, ("agency",), {"mode": "qr"}),
    ]
    identities = [run_id(*values, by=by, filters=filters) for *values, by, filters in asked]
    identities.append(run_id(sums, SIPAS, SPRING, by=("agency",), filters={}, final=True))
    assert len(set(identities)) == len(identities)
    assert all(len(identity) == 64 for identity in identities)
