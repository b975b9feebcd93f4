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
