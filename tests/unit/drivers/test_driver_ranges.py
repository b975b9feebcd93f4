"""The ranges of key drivers: what is resampled, and what resampling promises."""

import numpy as np
import pytest

from survey.analysis.drivers.drivers import DriversCaution, NoDrivers
from survey.analysis.drivers.relative_weights import relative_weights, weigh
from survey.analysis.figures.estimates import ClusterKind
from tests.unit.drivers.simulated_rounds import found_in, simulated

# Resampling.


def test_the_same_seed_gives_the_same_ranges_and_another_seed_others():
    items, overall = simulated(300)
    assert found_in(items, overall) == found_in(items, overall)
    assert found_in(items, overall) != found_in(items, overall, seed=7)
    assert found_in(items, overall).replicates == 500


@pytest.mark.parametrize("clustered", [False, True])
def test_neither_the_order_of_responses_nor_the_numbers_of_clusters_matter(clustered):
    items, overall = simulated(300)
    clusters = np.arange(300) % 25
    order = np.random.default_rng(2).permutation(300)
    renamed = np.random.default_rng(3).permutation(25)[clusters] * 10 + 3
    before, after = (clusters, renamed[order]) if clustered else (None, None)
    shuffled = found_in(items[order], overall[order], clusters=after)
    assert shuffled == found_in(items, overall, clusters=before)


def test_days_are_resampled_however_few_and_below_four_nothing_is_said():
    items, overall = simulated(300)
    by_day = found_in(items, overall, clusters=np.arange(300) % 10)
    assert (by_day.cluster_kind, by_day.clusters) == (ClusterKind.POINT_DAY, 10)
    assert by_day.cautions == (DriversCaution.FEW_CLUSTERS,)
    few = found_in(items, overall, clusters=np.arange(300) % 4)
    assert (few.cluster_kind, few.clusters) == (ClusterKind.POINT_DAY, 4)
    none = found_in(items, overall, clusters=np.arange(300) % 3)
    assert none.reason is NoDrivers.FEW_DRAWS
    # Where nobody knows the days, the respondent is the draw.
    by_person = found_in(items, overall)
    assert (by_person.cluster_kind, by_person.clusters) == (ClusterKind.RESPONDENT, 300)


def test_clusters_and_records_must_be_as_many():
    with pytest.raises(ValueError, match="one cluster number for each record"):
        found_in(*simulated(300), clusters=np.arange(299))


def test_random_groups_of_many_respondents_give_the_range_respondents_give(monkeypatch):
    items, overall = simulated(4000)
    values = np.column_stack([items, overall]).astype(float)
    one_by_one = weigh(values, seed=1, replicates=2000)
    monkeypatch.setattr("survey.analysis.drivers.relative_weights.MOST_DRAWS", 1000)
    grouped = weigh(values, seed=1, replicates=2000)
    assert (grouped.importance, grouped.clusters) == (pytest.approx(one_by_one.importance, rel=1e-9), 4000)
    # Both ends move by a twentieth of the width at one standard error: drawing lots, and 1,000 groups instead of 4,000.
    width = one_by_one.upp - one_by_one.low
    assert (np.abs(grouped.upp - grouped.low - width) < 0.2 * width).all()
    assert (np.abs(grouped.low - one_by_one.low) < 0.2 * width).all()


LEVELS, SLOPES = np.array([0.9, 0.8, 1.0, 0.7, 0.6]), np.array([0.1, 0.2, 0.5, 0.3, 0.05])


@pytest.mark.slow
@pytest.mark.parametrize(("count", "clusters", "least"), [(100, 0, 91), (300, 0, 91), (300, 30, 89), (1000, 100, 91)])
def test_ranges_cover_the_importance_in_the_population(count, clusters, least):
    # Normal values of known correlations; in clusters, 0.2 of every variance is common to a cluster. The mean over
    # five predictors of 200 rounds has a standard error of about 1 point; docs/method/drivers.md has the table.
    between = 0.6 * np.outer(LEVELS, LEVELS) + 0.5 * np.eye(5)
    covariances = np.block(
        [[between, (between @ SLOPES)[:, None]], [SLOPES @ between, SLOPES @ between @ SLOPES + 0.6]]
    )
    spreads = np.sqrt(np.diag(covariances))
    raw = relative_weights(covariances / np.outer(spreads, spreads))
    covered = []
    for seed in range(200):
        random = np.random.default_rng([count, clusters, seed])
        normal, numbers = random.normal(size=(count, 6)), None
        if clusters:
            numbers = np.arange(count) % clusters
            normal = np.sqrt(0.8) * normal + np.sqrt(0.2) * random.normal(size=(clusters, 6))[numbers]
        found = weigh(normal @ np.linalg.cholesky(covariances).T, clusters=numbers, seed=seed, replicates=500)
        covered.append((found.low <= 100 * raw / raw.sum()) & (100 * raw / raw.sum() <= found.upp))
    assert least <= 100 * np.mean(covered) <= 98
