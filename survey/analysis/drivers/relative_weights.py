"""Share out what predictors tell of an outcome among them, by Johnson's relative weights, with bootstrap ranges.

Formulas and the numbers they were checked against: docs/method/drivers.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from survey.analysis.figures.estimates import ClusterKind
from survey.tallies import Integers, Numbers

# Above this many respondents random groups of them are resampled in their place: the same range, in bounded time.
MOST_DRAWS = 10_000
# Resampled at a time: bounds the memory.
CHUNK = 50
# Below this an eigenvalue or a variance, of standardised values, is what rounding leaves of zero.
ZERO = 1e-9
RANGE = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class RelativeWeights:
    """The shares of predictors (p,), per cent of what they tell together, with their 95% ranges.

    `r_squared` (0-1) is what they tell of the outcome's variance, `condition` their condition index (infinite
    when one follows from the others). The ranges rest on `clusters` independent draws; `replicates` counts the
    samples that gave shares.
    """

    importance: Numbers
    low: Numbers
    upp: Numbers
    r_squared: float
    condition: float
    clusters: int
    cluster_kind: ClusterKind
    replicates: int


def relative_weights(correlations: Numbers) -> Numbers:
    """Return the raw weights (…, p) of correlations (…, p + 1, p + 1) whose last row and column are the outcome's.

    They are not negative and sum to R². With Λ the symmetric square root of the predictors' correlations and
    β = Λ⁻¹r, the weight of j is Σ_k λ_jk² β_k². Where predictors follow from one another the pseudo-inverse is
    taken: twins get equal weights. Source: Johnson (2000), Multivariate Behavioral Research 35(1), 1-19.

    >>> twins = np.array([[1.0, 1.0, 0.6], [1.0, 1.0, 0.6], [0.6, 0.6, 1.0]])  # R² = 0.6²
    >>> relative_weights(twins).round(12).tolist()
    [0.18, 0.18]
    """
    values, vectors = np.linalg.eigh(correlations[..., :-1, :-1])
    roots = np.sqrt(np.where(values > ZERO, values, 0.0))
    inverse = np.divide(1.0, roots, out=np.zeros_like(roots), where=roots > 0)
    turned = np.swapaxes(vectors, -1, -2)
    loadings = (vectors * roots[..., None, :]) @ turned
    slopes = (vectors * inverse[..., None, :]) @ (turned @ correlations[..., :-1, -1:])
    weights: Numbers = (loadings**2 @ slopes**2)[..., 0]
    return weights


def weigh(values: Numbers, *, clusters: Integers | None = None, seed: int, replicates: int) -> RelativeWeights:
    """Return the shares of the predictors, the columns of `values` (n, p + 1) but for the last, the outcome.

    No value may be missing, every column must vary, and some predictor must go with the outcome. `clusters` (n,)
    numbers the independent draw of each row; without them rows are drawn. Ranges are
    percentiles of samples drawn with replacement (Efron, 1979, Annals of Statistics 7(1), 1-26); one in which the
    outcome does not vary gives no shares and is left out. The order of the rows and the numbering of the clusters
    change nothing.
    """
    random = np.random.default_rng(seed)
    sums, draws, kind = _sums_of_draws(values, clusters, random)
    whole = _correlations(sums.sum(axis=0))
    low, upp, used = _ranges(sums, replicates, random)
    raw = relative_weights(whole)
    return RelativeWeights(
        importance=100 * raw / raw.sum(),
        low=low,
        upp=upp,
        r_squared=min(float(raw.sum()), 1.0),
        condition=condition_index(whole[:-1, :-1]),
        clusters=draws,
        cluster_kind=kind,
        replicates=used,
    )


def is_associated(values: Numbers, significance: float) -> bool:
    """Tell whether R² of `values`, as `weigh` takes them, is beyond chance by the F test of the regression.

    The test is read in its form for R², which is a beta variable when nothing is associated. It takes rows for
    independent draws, so it lets too much through where people of one day are alike.
    """
    correlations = np.asarray(np.corrcoef(values, rowvar=False))
    rank = np.linalg.matrix_rank(correlations[:-1, :-1], tol=ZERO, hermitian=True)
    r_squared = min(float(relative_weights(correlations).sum()), 1.0)
    return bool(special.betaincc(rank / 2, (len(values) - rank - 1) / 2, r_squared) <= significance)


def condition_index(correlations: Numbers) -> float:
    """Return √(largest / smallest eigenvalue), infinite where the smallest is zero.

    Source: Belsley, Kuh and Welsch (1980), Regression Diagnostics, chapter 3.

    >>> condition_index(np.array([[1.0, 0.6], [0.6, 1.0]]))  # eigenvalues 1.6 and 0.4
    2.0
    """
    values = np.linalg.eigvalsh(correlations)
    return float(np.sqrt(values[-1] / values[0])) if values[0] > ZERO else np.inf


def _sums_of_draws(
    values: Numbers, clusters: Integers | None, random: np.random.Generator
) -> tuple[Numbers, int, ClusterKind]:
    """Return Σ of the products of every two of 1 and the columns, draw by draw, the number of draws and their kind.

    Rows are put in an order of their own first, and so are the draws, so that how they came changes nothing.
    """
    order = np.lexsort(values.T)
    ordered = values[order]
    standard = (ordered - ordered.mean(axis=0)) / ordered.std(axis=0)
    labels = None if clusters is None else np.unique(clusters[order], return_inverse=True)[1]
    if labels is not None:
        sums = _products(standard, labels)
        return sums[np.lexsort(sums.T)], len(sums), ClusterKind.POINT_DAY
    rows = random.permutation(len(values)) % MOST_DRAWS
    return _products(standard, rows), len(values), ClusterKind.RESPONDENT


def _products(standard: Numbers, labels: Integers) -> Numbers:
    columns = [np.ones(len(standard)), *standard.T]
    pairs = zip(*np.triu_indices(len(columns)), strict=True)
    return np.stack([np.bincount(labels, columns[one] * columns[other]) for one, other in pairs], axis=1)


def _correlations(sums: Numbers) -> Numbers:
    """Return the correlations (…, p + 1, p + 1) that sums of products (…, pairs) hold; 0 with a constant column."""
    size = int(np.sqrt(2 * sums.shape[-1]))
    squares = np.zeros((*sums.shape[:-1], size, size))
    row, column = np.triu_indices(size)
    squares[..., row, column] = squares[..., column, row] = sums
    means = squares[..., 0, 1:] / squares[..., :1, 0]
    covariances = squares[..., 1:, 1:] / squares[..., :1, :1] - means[..., :, None] * means[..., None, :]
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    inverse = np.divide(1.0, np.sqrt(np.abs(variances)), out=np.zeros_like(variances), where=variances > ZERO)
    return covariances * inverse[..., :, None] * inverse[..., None, :]


def _ranges(sums: Numbers, replicates: int, random: np.random.Generator) -> tuple[Numbers, Numbers, int]:
    """Return the ends of the ranges, and how many samples they were read from."""
    raw = np.concatenate([relative_weights(_correlations(some)) for some in _resampled(sums, replicates, random)])
    told = raw.sum(axis=1)
    shares = 100 * raw[told > ZERO] / told[told > ZERO, None]
    low, upp = np.quantile(shares, RANGE, axis=0)
    return low, upp, len(shares)


def _resampled(sums: Numbers, replicates: int, random: np.random.Generator) -> Iterator[Numbers]:
    """Yield the sums over samples of as many draws as there are, drawn with replacement, some at a time."""
    draws = len(sums)
    for start in range(0, replicates, CHUNK):
        samples = min(CHUNK, replicates - start)
        picked = random.integers(draws, size=(samples, draws)) + draws * np.arange(samples)[:, None]
        yield np.bincount(picked.ravel(), minlength=samples * draws).reshape(samples, draws) @ sums
