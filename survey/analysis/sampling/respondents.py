"""The responses of a round one by one, for what is not made of sums: declared designs and fitted weights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survey.analysis.figures.domains import coarsened
from survey.analysis.figures.estimates import Form
from survey.analysis.figures.indices import Part
from survey.analysis.figures.results import Domain
from survey.analysis.figures.uncertainty import Worth
from survey.instrument.model import Instrument
from survey.tallies import Characters, Integers, Numbers, layout_of

Labels: TypeAlias = NDArray[Any]

# What names a unit of each axis.
CODE_OF = MappingProxyType({"block": "block", "agency": "agency_code", "service_point": "service_point_code"})


@dataclass(frozen=True, slots=True, eq=False)
class Respondents:
    """Every response that has a place in a round, one entry of each array per response, in no order.

    `point` is the place of its service point in `points`, `day` is written 20261121, `mode` is how it came in, and
    `records` are the packed answers (n, width). A row is a person: nothing of this leaves the analysis.
    """

    points: tuple[Domain, ...]
    point: Integers
    day: Integers
    mode: Labels
    records: Characters
    instrument: Instrument

    def __len__(self) -> int:
        return len(self.point)

    def some(self, kept: NDArray[np.bool_]) -> "Respondents":
        """Return the responses for which `kept` is true."""
        arrays = {name: getattr(self, name)[kept] for name in ("point", "day", "mode", "records")}
        return replace(self, **arrays)

    def units(self, axis: str) -> Labels:
        """Return the code of the block, agency or service point of each response (n,)."""
        return np.array([attrgetter(CODE_OF[axis])(one) for one in self.points], np.str_)[self.point]

    def domains(self, by: Collection[str]) -> tuple[tuple[Domain, ...], Integers]:
        """Return the domains `by` asks for, those without responses too, and the place of each response's (n,)."""
        wanted = [coarsened(one, by) for one in self.points]
        place: Mapping[Domain, int] = {domain: number for number, domain in enumerate(dict.fromkeys(wanted))}
        return tuple(place), np.array([place[one] for one in wanted], np.int64)[self.point]

    def sums(self, part: Part, worth: Worth) -> tuple[Numbers, Numbers]:
        """Return what the valid answers of each response to a part are worth, and how many there are: (n,) twice."""
        layout = layout_of(self.instrument)
        answers = self.records[:, [position for bundle in part.dimensions for position in bundle]]
        table = layout.satisfied_of if worth.form is Form.SHARE else layout.points_of
        valid, worths = (_table(one)[answers].sum(axis=1, dtype=np.float64) for one in (layout.valid_of, table))
        return worths - worth.floor * valid, valid

    @property
    def point_days(self) -> Integers:
        """The service point and day of each response, as one number."""
        return self.point * 10**8 + self.day

    @property
    def agency_days(self) -> Labels:
        """The agency and day of each response, as one number."""
        return np.unique(self.units("agency"), return_inverse=True)[1] * 10**8 + self.day

    @property
    def point_weeks(self) -> Integers:
        """The service point and ISO week of each response, as one number."""
        days, place = np.unique(self.day, return_inverse=True)
        weeks = np.array([_week(day) for day in days.tolist()], np.int64)
        return self.point * 10**6 + weeks[place]


def _week(day: int) -> int:
    year, week, _ = date(day // 10_000, day // 100 % 100, day % 100).isocalendar()
    return year * 100 + week


def _table(values: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(values, np.uint8)
