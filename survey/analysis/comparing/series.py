"""Put the figures of many rounds into a series that stops where the ruler changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from survey.analysis.comparing.comparison import Break, Difference, Origin, Verdict, compare_pairs, find_break
from survey.analysis.figures.estimates import Estimate
from survey.errors import RoundError


@dataclass(frozen=True, slots=True)
class Point:
    """The figure of one round, placed on the day the round opened."""

    origin: Origin
    opens: date
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of one part of one unit over time.

    A line may be drawn within each of `segments`, never from one to the next: between them stands one of
    `breaks`. `steps` holds the difference from each point to the next over the whole series, NOT_COMPARABLE
    across a break; the others are one family of tests.
    """

    segments: tuple[tuple[Point, ...], ...]
    breaks: tuple[Break, ...]
    steps: tuple[Difference, ...]


def make_series(points: Iterable[Point]) -> Series:
    """Return the series of `points` in the order of their days; no point makes an empty series.

    Questionnaire, formulas or sampling basis that differ from one round to the next break the series; the
    official one breaks between 2021 and 2022 (methodology section 2.2). Raises RoundError when a round comes twice.
    """
    ordered = sorted(points, key=lambda point: point.opens)
    _refuse_twice(ordered)
    gaps = [find_break(earlier.origin, later.origin) for earlier, later in pairwise(ordered)]
    return Series(tuple(_segments(ordered, gaps)), tuple(filter(None, gaps)), tuple(_steps(ordered, gaps)))


def _refuse_twice(points: Sequence[Point]) -> None:
    codes = [point.origin.round_code for point in points]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise RoundError(f"a series holds each round once; {', '.join(twice)} came again")


def _segments(points: Sequence[Point], gaps: Sequence[Break | None]) -> Iterator[tuple[Point, ...]]:
    """Yield the runs of points between breaks; gap i stands before point i + 1."""
    starts = [0, *(place for place, gap in enumerate(gaps, start=1) if gap), len(points)]
    return (tuple(points[start:end]) for start, end in pairwise(starts) if start < end)


def _steps(points: Sequence[Point], gaps: Sequence[Break | None]) -> Iterator[Difference]:
    joined = [pair for pair, gap in zip(pairwise(points), gaps, strict=True) if gap is None]
    tested = iter(compare_pairs([earlier.estimate for earlier, _ in joined], [later.estimate for _, later in joined]))
    return (Difference(Verdict.NOT_COMPARABLE) if gap else next(tested) for gap in gaps)
