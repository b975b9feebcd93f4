"""Uneven provinces made by seed, and their publications made by the application's own code, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from survey.analysis.disclosure.breakdowns import AxisKind, Breakdown, Group
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.results import Domain
from survey.analysis.pipeline import rank_blocks
from survey.analysis.stored import Extras, write_extras
from survey.fieldwork import SurveyRound
from survey.instrument import load_instrument
from survey.instrument.model import Instrument, number_questions
from survey.operations.counting.breakdowns import kept_of, without_agencies
from survey.operations.publishing.deciding import Decided, decide_run
from survey.operations.publishing.publishing import _carried_over
from survey.operations.results.published import PublishedRun, analysed
from survey.operations.results.runs import PUBLISHED_BY, arrays_of, read_sums, write_sums
from survey.operations.results.withholding import cell_of, write_reasons
from survey.store.results.heads import RunKind
from survey.store.results.runs import StoredRun
from survey.tallies import ClusterCounter, Counted, layout_of, tally

SIPAS = load_instrument("sipas-2023")
OPENS, DAYS = date(2026, 9, 1), 91
MONTHS = ("202609", "202610", "202611")
# The last days of the three publications of a round; the last one is final.
UNTIL = (29, 60, DAYS - 1)


def small_instrument(definition: str) -> Instrument:
    """Return a questionnaire of two dimensions of two items, the second of which not everybody can answer."""
    first, last = SIPAS.dimensions[0], SIPAS.dimensions[-1]
    dimensions = tuple(replace(one, items=one.items[:2]) for one in (first, last))
    return replace(
        SIPAS,
        dimensions=dimensions,
        facts=(),
        questions=number_questions(dimensions, SIPAS.scale, ()),
        method=replace(SIPAS.method, definition=definition),
    )


SHARES, LEVELS = small_instrument("percent_satisfied"), small_instrument("mean_over_max")


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """All responses of a round: point, day (from 0) and record of each; `rule` says how its draws are counted."""

    instrument: Instrument
    points: tuple[Domain, ...]
    point: np.ndarray
    day: np.ndarray
    records: np.ndarray
    rule: int = 2

    @property
    def agency(self) -> np.ndarray:
        """Return the code of each response's agency."""
        return np.array([point.agency_code for point in self.points])[self.point]

    def counted(self, until: int) -> DomainSums:
        """Return the sums of the agencies of all responses up to a day."""
        chosen, layout = self.day <= until, layout_of(self.instrument)
        records, points = self.records[chosen], self.point[chosen]
        agencies = [point.agency_code for point in self.points]
        owners = [agencies.index(one) for one in agencies]
        last = OPENS + timedelta(DAYS)
        counter = ClusterCounter(layout, points=len(self.points), first=OPENS, last=last, owners=owners)
        days = np.array([int(f"{OPENS + timedelta(int(day)):%Y%m%d}") for day in self.day[chosen]], np.int64)
        counter.add(records, points=points, days=days)
        counts = tally(records, layout, groups=points, size=len(self.points))
        return sum_by(Counted(counts, counter.sums().by_rule(self.rule)), self.points, by=PUBLISHED_BY)

    def broken_down(self) -> dict[str, Breakdown]:
        """Return all responses by month and by service point."""
        months = np.array([int(f"{OPENS + timedelta(int(day)):%m}") - 9 for day in self.day], np.int64)
        agencies = list(dict.fromkeys((one.block, one.agency_code) for one in self.points))
        of_point = np.array([agencies.index((one.block, one.agency_code)) for one in self.points])
        by_month = [Group(*agency, "month", month) for agency in agencies for month in MONTHS]
        by_point = [Group(one.block, one.agency_code, "service_point", one.service_point_code) for one in self.points]
        axes = {
            "month": (AxisKind.PERIOD, by_month, of_point[self.point] * len(MONTHS) + months),
            "service_point": (AxisKind.SERVICE_POINT, by_point, self.point),
        }
        layout = layout_of(self.instrument)
        return {
            axis: kept_of(Breakdown(kind, tuple(groups), tally(self.records, layout, groups=places, size=len(groups))))
            for axis, (kind, groups, places) in axes.items()
        }


def uneven_province(seed: int, instrument: Instrument) -> Province:
    """Return a province of two blocks with one to three agencies of few responses and others of all sizes."""
    chance = np.random.default_rng(seed)
    small = chance.integers(1, 4)
    sizes = [*chance.integers(1, 10, small), *(10 + chance.pareto(1.2, chance.integers(2, 5)) * 15).clip(0, 150)]
    blocks = ["Sở"] * len(sizes) + ["Xã"] * 2
    sizes = [int(size) for size in (*sizes, *chance.integers(3, 60, 2))]
    points, point, day, records = [], [], [], []
    for number, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        counters = range(len(points), len(points) + int(chance.integers(1, 3)))
        points += [Domain(block, f"A{number}", f"A{number}", f"P{one}", f"P{one}") for one in counters]
        # Some agencies are asked on few days, others all the time.
        days = chance.integers(0, DAYS, chance.choice([1, 2, 5, 60]))
        point += chance.choice(counters, size).tolist()
        day += chance.choice(days, size).tolist()
        records.append(_records(chance, instrument, size))
    return Province(instrument, tuple(points), np.array(point), np.array(day), np.concatenate(records))


def _records(chance: np.random.Generator, instrument: Instrument, size: int) -> np.ndarray:
    quality, moods = chance.normal(3.7, 0.4), chance.normal(0, 0.7, size)
    columns = []
    for item in instrument.items:
        answers = np.clip(np.rint(quality + moods + chance.normal(0, 0.7, size)), 1, 5).astype(int).astype("<U1")
        if item.not_applicable:
            answers[chance.random(size) < 0.4] = "N"
        answers[chance.random(size) < 0.05] = "."
        columns.append(answers)
    lines = ["".join(answers) for answers in zip(*columns, strict=True)]
    return np.frombuffer("".join(lines).encode(), np.uint8).reshape(size, instrument.width)


def a_round(code: str = "r1") -> SurveyRound:
    """Return a round of three months."""
    closes = OPENS + timedelta(DAYS - 1)
    return SurveyRound(code, "Đợt", "sipas-2023", SIPAS.digest, OPENS, closes, closes)


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A publication: what is kept of it, what was decided, and what pages, files and programs are made of."""

    stored: StoredRun
    decided: Decided
    published: PublishedRun
    sums: DomainSums


def publish(
    province: Province,
    until: int,
    earlier: Sequence[Release] = (),
    *,
    final: bool = False,
    decided: Decided | None = None,
) -> Release | None:
    """Publish a province as the application does; None where nothing new can be published.

    `decided` takes a decision in place of the application's own.
    """
    sums, carried = province.counted(until), ()
    if earlier:
        sums, carried = _carried_over(sums, earlier[-1].sums)
        if all(np.array_equal(*pair) for pair in zip(arrays_of(sums), arrays_of(earlier[-1].sums), strict=True)):
            return None
    parts: Mapping[str, Breakdown] = {}
    if final:
        parts = {axis: without_agencies(one, carried) for axis, one in province.broken_down().items()}
    decided = decided or decide_run(sums, parts, province.instrument, [one.stored for one in earlier])
    stored = _stored(sums, decided, province.instrument, len(earlier) + 1, final=final)
    return Release(stored, decided, analysed(stored, a_round(), province.instrument), read_sums(stored.sums))


def _stored(sums: DomainSums, decided: Decided, instrument: Instrument, number: int, *, final: bool) -> StoredRun:
    every = compute_rows(sums, instrument, by=("agency", "dimension"))
    rows = [row for row in every if cell_of(row.domain, row.part) not in decided.reasons]
    return StoredRun(
        id=f"{number:064d}",
        round_code="r1",
        published_on=OPENS,
        number=number,
        of_round=number,
        code_version="",
        kind=RunKind.FINAL if final else RunKind.PRELIMINARY,
        method="{}",
        sums=write_sums(sums),
        figures="",
        extras=write_extras(Extras(rank_blocks(rows, {}))),
        withheld=write_reasons(decided.reasons),
    )
