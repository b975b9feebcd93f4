"""Where a part lies among the others: by importance and by level, and whether that is beyond chance.

Source: docs/method/drivers.md, section 1.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special

from survey.analysis.figures.indices import Part, bundles_of
from survey.instrument.model import Instrument, LocalText
from survey.tallies import Characters, Integers, Numbers, layout_of

# With fewer draws than this nothing is said of chance.
LEAST_DRAWS = 4
# Whoever reads that a part is to be looked at first should not find it a fraction of a point below the others.
LEAST_GAP = 1.0
SIGNIFICANCE = 0.05


class Quadrant(StrEnum):
    """Where a part lies against the means of importance (strong, weak) and of performance (low, high)."""

    STRONG_LOW = "strong_low"
    STRONG_HIGH = "strong_high"
    WEAK_LOW = "weak_low"
    WEAK_HIGH = "weak_high"


# By whether importance and whether performance reach their means.
QUADRANTS = {
    (True, False): Quadrant.STRONG_LOW,
    (True, True): Quadrant.STRONG_HIGH,
    (False, False): Quadrant.WEAK_LOW,
    (False, True): Quadrant.WEAK_HIGH,
}


@dataclass(frozen=True, slots=True)
class Driver:
    """One point of the importance-performance chart.

    `importance` is the part's share in what the parts tell of the overall answer, per cent, all summing to 100,
    with its 95% range. `performance` is its level of satisfaction (L1), from every valid answer; by chance it may lie
    `margin` points from the mean of the parts (None in a run published before this was told). `placed` tells
    whether the range lies wholly on one side of the mean importance and the level differs from the mean by more than
    chance and by more than one point; if not, the quadrant may be chance.
    """

    part: str
    label: LocalText
    importance: float
    low: float
    upp: float
    performance: float
    quadrant: Quadrant
    placed: bool
    margin: float | None = None

    @property
    def is_urgent(self) -> bool:
        """Tell whether the part should be looked at first."""
        return self.placed and self.quadrant is Quadrant.STRONG_LOW


def level_margins(
    records: Characters | bytes, parts: Sequence[Part], instrument: Instrument, *, clusters: Integers | None
) -> list[float]:
    """Return, in percentage points, how far the level (L1) of each part may lie from the mean of all parts by chance.

    `clusters` (n,) numbers the independent draw of each record, which is the record itself where it is None. The level
    and the mean of the levels are ratios of the same answers, so their difference is linearised as one: with z its
    influence summed within each of the m draws, se² = m/(m − 1) · Σz² (z has mean 0). The margin is se times Student's
    quantile with m − 1 degrees for the error of 5% shared by all parts (Bonferroni). Infinite below 4 draws.
    """
    matrix = np.frombuffer(records, np.uint8).reshape(-1, instrument.width) if isinstance(records, bytes) else records
    draws = np.arange(len(matrix)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    size = int(draws.max(initial=-1)) + 1
    if size < LEAST_DRAWS:
        return [np.inf] * len(parts)
    influence = np.stack([_influence(matrix, part, instrument, draws=draws, size=size) for part in parts])
    apart = influence - influence.mean(axis=0)
    # Sorted, so that the numbering of the draws does not change the last digit.
    variance = size / (size - 1) * np.sort(apart**2, axis=1).sum(axis=1)
    quantile = special.stdtrit(size - 1, 1 - SIGNIFICANCE / (2 * len(parts)))
    return [float(margin) for margin in quantile * np.sqrt(variance)]


def is_apart(level: float, mean: float, margin: float) -> bool:
    """Tell whether a level differs from the mean by more than chance and by more than one point."""
    return abs(level - mean) > max(LEAST_GAP, margin)


def _influence(records: Characters, part: Part, instrument: Instrument, *, draws: Integers, size: int) -> Numbers:
    """Return what each draw (size,) adds to the level of a part, in percentage points, less what it should."""
    bundles = bundles_of(part, instrument.method.aggregation)
    found = [_of_bundle(records[:, list(bundle)], instrument, draws=draws, size=size) for bundle in bundles]
    answered = [one for one in found if one is not None]
    return np.asarray(np.mean(answered, axis=0) if answered else np.zeros(size))


def _of_bundle(records: Characters, instrument: Instrument, *, draws: Integers, size: int) -> Numbers | None:
    layout = layout_of(instrument)
    valid, points = (np.frombuffer(table, np.uint8)[records] for table in (layout.valid_of, layout.points_of))
    answers, worth = (np.bincount(draws, values.sum(axis=1, dtype=np.int64), size) for values in (valid, points))
    if not answers.any():
        return None
    return np.asarray(
        100 / instrument.scale.highest * (worth - worth.sum() / answers.sum() * answers) / answers.sum(), np.float64
    )
