"""Ratios with fitted weights and the errors of draws with replacement, as R's `svyratio` gives them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from survey.analysis.sampling.calibration import fitted_margins, ratio_scores
from survey.analysis.sampling.margins import Margin
from survey.analysis.weights.weighting import Weights


class CalibratedRatio(NamedTuple):
    """Σwy / Σwn, its error where there are two draws, the number of draws, and what each response adds to the error."""

    value: float | None
    se: float | None
    draws: int
    scores: np.ndarray


def calibrated_ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    weights: Weights,
    margins: Sequence[Margin],
    clusters: ArrayLike | None = None,
) -> CalibratedRatio:
    """Return Σwy / Σwn for weights fitted to `margins`; the draws are the clusters, or the responses."""
    used = weights.values > 0
    ratio, scores = ratio_scores(numerator, denominator, weights, fitted_margins(weights, margins))
    named = np.arange(len(used)) if clusters is None else np.asarray(clusters)
    draws = np.unique(named[used], return_inverse=True)[1]
    count = int(draws.max()) + 1
    if ratio is None or count == 1:
        return CalibratedRatio(ratio, None, count, scores)
    return CalibratedRatio(ratio, float(np.sqrt(count) * np.bincount(draws, scores[used]).std(ddof=1)), count, scores)
