"""The weights of a pack: of each response, and of each class of responses in eighty replicates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np

from survey.analysis.figures.indices import DEFINITIONS, worth
from survey.analysis.weights.replicates import (
    PlacedResponse,
    ReplicateStratum,
    class_error,
    classes_near,
    replicate_factors,
)
from survey.instrument.model import Instrument
from survey.reports.exports import ResponseRow
from survey.reports.pack.tables import Weighing
from survey.tallies import Integers, Numbers, layout_of

# The day of a response and what files tell of it.
Dated: TypeAlias = tuple[str, ResponseRow]


def weigh(
    dated: Sequence[Dated],
    instrument: Instrument,
    *,
    block_of: Mapping[str, str],
    errors: Mapping[str, float],
    visits: Mapping[str, int],
) -> Weighing:
    """Return the weights of responses; `dated` holds them as they are stored, profiles too.

    `errors` are the standard errors of agencies' overall indices that may be shown, in percentage points: their
    replicates are stretched to give these. Where an agency with responses has no `visits`, every weight is 1.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, (_, row) in enumerate(dated):
        places[row[1]].append(place)
    class_of, count, stretch = [""] * len(dated), {}, {}
    for agency, own in places.items():
        placed = [PlacedResponse(dated[at][0], dated[at][1][2], dated[at][1][3]) for at in own]
        classes, stretch[agency] = _classes(placed, instrument, errors.get(agency))
        count[agency] = int(classes.max()) + 1
        for place, number in zip(own, classes.tolist(), strict=True):
            class_of[place] = f"{agency}-{number + 1:02}"
    agency_of = {name: row[1] for name, (_, row) in zip(class_of, dated, strict=True)}
    factors = replicate_factors(_strata(agency_of, count, stretch, block_of))
    by_visits = all(visits.get(agency) for agency in places)
    weight = {agency: visits[agency] / len(own) if by_visits else 1 for agency, own in places.items()}
    return Weighing(
        weights=[weight[row[1]] for _, row in dated],
        class_of=class_of,
        agency_of=agency_of,
        classes=count,
        replicates={name: own * weight[agency_of[name]] for name, own in factors.items()},
        by_visits=by_visits,
    )


def _strata(
    agency_of: Mapping[str, str], count: Mapping[str, int], stretch: Mapping[str, float], block_of: Mapping[str, str]
) -> list[ReplicateStratum]:
    """Return the strata: an agency, or all agencies of a block that have one class only."""
    members: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, agency in sorted(agency_of.items()):
        members[("agency", agency) if count[agency] > 1 else ("block", block_of[agency])].append(name)
    return [
        ReplicateStratum(tuple(own), stretch[code] if what == "agency" else 1.0)
        for (what, code), own in members.items()
    ]


def _classes(placed: Sequence[PlacedResponse], instrument: Instrument, error: float | None) -> tuple[Integers, float]:
    """Return the classes of an agency and the published standard error over that between them, 1 if one is nothing."""
    answers, points, most = _answered([one.record for one in placed], instrument)
    wanted = error * most / 100 if error else None
    classes = classes_near(placed, answers, points, wanted)
    between = class_error(classes, answers, points)
    return classes, wanted / between if wanted and between else 1.0


def _answered(records: Sequence[str], instrument: Instrument) -> tuple[Numbers, Numbers, int]:
    """Return valid answers of each response, their worth, and the most an answer is worth."""
    worths, most = worth(DEFINITIONS[instrument.method.definition], instrument.scale)
    given, points = np.zeros(256), np.zeros(256)
    for option, value in zip(instrument.scale.options, worths, strict=True):
        given[ord(option.symbol)], points[ord(option.symbol)] = 1, value
    marks = np.frombuffer("".join(records).encode("ascii"), np.uint8).reshape(len(records), instrument.width)
    items = marks[:, list(chain.from_iterable(layout_of(instrument).dimensions))]
    return given[items].sum(axis=1), points[items].sum(axis=1), most
