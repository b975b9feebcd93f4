"""Adjust p-values when many differences are tested at once (docs/method/comparison.md)."""

import numpy as np

from survey.tallies import Integers, Numbers


def adjust_holm(p: Numbers) -> Numbers:
    """Return Holm's adjusted p-values of one family of tests, in the order of `p` (n,).

    Rejecting where they are at most α keeps the chance of even one false rejection at α, however the tests
    depend on each other. NaN stands for no test: it stays NaN and does not count. Raises ValueError unless `p`
    is one row of numbers from 0 to 1. Source: Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70;
    R `p.adjust(p, "holm")`.

    >>> adjust_holm(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    order, ordered = _ordered(p)
    steps = np.arange(len(ordered), 0, -1) * ordered
    return _put_back(np.maximum.accumulate(steps), order, size=len(p))


def adjust_benjamini_hochberg(p: Numbers) -> Numbers:
    """Return Benjamini and Hochberg's adjusted p-values of one family of tests, in the order of `p` (n,).

    Rejecting where they are at most q keeps the expected share of false rejections among all rejections at
    q, for tests that are independent or positively dependent. NaN and errors as in `adjust_holm`. Source:
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300; for positive
    dependence Benjamini and Yekutieli (2001), Annals of Statistics 29(4), 1165-1188; R `p.adjust(p, "BH")`.

    >>> adjust_benjamini_hochberg(np.array([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    order, ordered = _ordered(p)
    steps = len(ordered) * ordered / np.arange(1, len(ordered) + 1)
    return _put_back(np.minimum.accumulate(steps[::-1])[::-1], order, size=len(p))


def adjust_in_graph(p: Numbers, weights: Numbers, passing: Numbers) -> Numbers:
    """Return adjusted p-values of one family (n,) in which some tests come before others.

    Test i begins with the share `weights[i]` of α, these summing to 1 at most; once it is rejected it hands the part
    `passing[i, j]` of what it has on to j, rows summing to 1 at most. Rejecting where they are at most α keeps the
    chance of even one false rejection at α, however the tests depend on each other. Source: Bretz, Maurer,
    Brannath and Posch (2009), Statistics in Medicine 28, 586-604, algorithm 2.

    >>> serial = np.array([[0.0, 1.0], [0.0, 0.0]])  # the second only once the first is rejected
    >>> adjust_in_graph(np.array([0.03, 0.01]), np.array([1.0, 0.0]), serial).tolist()
    [0.03, 0.03]
    """
    adjusted, least = np.ones(len(p)), 0.0
    share, graph, left = weights.astype(np.float64), passing.astype(np.float64), list(range(len(p)))
    while left:
        needed = [p[test] / share[test] if share[test] > 0 else np.inf for test in left]
        first = left.pop(int(np.argmin(needed)))
        least = max(least, min(needed))
        adjusted[first] = min(least, 1.0)
        share = share + share[first] * graph[first]
        # Whoever would have handed something to this test hands it to those this one would have handed it to.
        back = 1 - graph[:, first] * graph[first]
        through = graph + np.outer(graph[:, first], graph[first])
        graph = np.divide(through, back[:, None], out=np.zeros_like(graph), where=back[:, None] > 1e-12)
        np.fill_diagonal(graph, 0.0)
        share[first] = 0.0
        graph[:, first] = graph[first] = 0.0
    return adjusted


def _ordered(p: Numbers) -> tuple[Integers, Numbers]:
    """Return the places of the tests from the smallest p-value up, and these p-values."""
    tested = np.flatnonzero(~np.isnan(p))
    if p.ndim != 1 or not ((p[tested] >= 0) & (p[tested] <= 1)).all():
        raise ValueError("p-values must be one row of numbers from 0 to 1, NaN where nothing was tested")
    order = tested[np.argsort(p[tested], kind="stable")]
    return order, p[order]


def _put_back(adjusted: Numbers, order: Integers, *, size: int) -> Numbers:
    found = np.full(size, np.nan)
    found[order] = np.minimum(adjusted, 1.0)
    return found
