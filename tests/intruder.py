"""Somebody who reads all that is published, as a machine would, and tries to work out what is withheld.

What leaves the house are rows of the API; pages, files, pictures and reports are made of the same rows (docs/method/
disclosure.md, section 6). The intruder knows the questionnaire, that counts are whole numbers, and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from scipy.sparse import coo_array

from survey.operations.results.published import PublishedRun, shown_responses
from survey.web.api.rows import PlainRun

FEW = 10
COUNTS = ("responses", "answers", "missing", "not_applicable")


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """All rows of a publication as programs read them, by unit (agency, block or "") and part."""

    instrument: object
    units: dict[str, dict[str, dict[str, object]]]
    members: dict[str, tuple[str, ...]]
    answers: dict[tuple[str, str], dict[str, int] | None]
    received: int

    @property
    def agencies(self) -> tuple[str, ...]:
        """Return the codes of all agencies."""
        return self.members[""]


def read_all(published: PublishedRun) -> Told:
    """Read every row of the API of a publication."""
    run = PlainRun(published, None)
    units: dict[str, dict[str, dict[str, object]]] = {}
    members: dict[str, list[str]] = {"": []}
    for by, key in (("agency", "agency_code"), ("block", "block"), ("total", None)):
        for row in map(run.index, run.select(by=by, part="all")):
            unit = row[key] if key else ""
            units.setdefault(unit, {})[row["part"]] = row
            if by == "agency" and row["part"] == "overall":
                members.setdefault(row["block"], []).append(unit)
                members[""].append(unit)
    rows = map(run.answers, run.select(by="agency", part="item"))
    answers = {(row["agency_code"], row["part"]): row["counts"] for row in rows}
    return Told(
        published.instrument,
        units,
        {one: tuple(own) for one, own in members.items()},
        answers,
        shown_responses(published),
    )


@dataclass
class Programme:
    """What the intruder knows of unknown counts: rows of equalities and of inequalities over named variables."""

    place: dict[object, int] = field(default_factory=dict)
    equal: list[tuple[dict[object, float], float]] = field(default_factory=list)
    most: list[tuple[dict[object, float], float]] = field(default_factory=list)

    def know(self, terms: dict[object, float], value: float) -> None:
        """Write down that a sum is a number."""
        self.equal.append((terms, value))

    def bound(self, terms: dict[object, float], value: float = 0.0) -> None:
        """Write down that a sum is at most a number."""
        self.most.append((terms, value))

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return both systems as matrices."""
        for terms, _ in chain(self.equal, self.most):
            for name in terms:
                self.place.setdefault(name, len(self.place))
        return *self._matrix(self.equal), *self._matrix(self.most)

    def _matrix(self, rows: list[tuple[dict[object, float], float]]) -> tuple[np.ndarray, np.ndarray]:
        entries = [
            (number, self.place[name], value) for number, (terms, _) in enumerate(rows) for name, value in terms.items()
        ]
        row, column, value = zip(*entries, strict=True)
        matrix = coo_array((value, (row, column)), shape=(len(rows), len(self.place)))
        return matrix.toarray(), np.array([value for _, value in rows])


def terms_of(release: int, agency: str, instrument) -> dict[str, dict[str, dict[object, float]]]:
    """Return, by part and measure, which unknown counts of an agency a figure is the sum of."""
    options = [(one.symbol, one.points) for one in instrument.scale.options]
    good, low = instrument.scale.satisfied_from, min(points for _, points in options)
    high = max(points for _, points in options)
    worth = {
        "answers": lambda _: 1,
        "satisfied": lambda points: points >= good,
        "points": lambda points: points,
        "dissatisfied": lambda points: points <= low + high - good,
    }

    def of(items) -> dict[str, dict[object, float]]:
        found = {
            name: {
                (release, agency, item, symbol): float(value(points)) for item in items for symbol, points in options
            }
            for name, value in worth.items()
        }
        aside = {name: {(release, agency, item, name): 1.0 for item in items} for name in ("missing", "not_applicable")}
        return found | aside

    parts: dict[str, dict[str, dict[object, float]]] = {}
    for dimension in instrument.dimensions:
        items = [item.code for item in dimension.items]
        for item in items:
            parts[item] = of([item])
            parts[item]["responses"] = parts[item]["answers"]
        parts[dimension.code] = of(items) | {"responses": {(release, agency, dimension.code): 1.0}}
    every = [item.code for dimension in instrument.dimensions for item in dimension.items]
    parts["overall"] = of(every) | {"responses": {(release, agency, "overall"): 1.0}}
    return parts


def known_of(row: dict[str, object]) -> Iterator[tuple[str, float]]:
    """Yield every count that a row of the API tells, also those that follow from its shares."""
    for name in COUNTS:
        if row[name] is not None:
            yield name, float(row[name])
    if row["answers"] and row["index"] is not None:
        answers = row["answers"]
        yield "satisfied", round(row["percent_satisfied"] * answers / 100)
        yield "dissatisfied", round(row["percent_dissatisfied"] * answers / 100)
        yield "points", round(row["level"] * answers * 5 / 100)
    elif row["responses"] == 0:
        yield from ((name, 0.0) for name in ("satisfied", "dissatisfied", "points"))


def programme_of(releases: list[Told]) -> Programme:
    """Return all that several publications of one round tell; what was answered stays answered."""
    found = Programme()
    for number, told in enumerate(releases):
        _know_one(found, number, told)
    for number, told in enumerate(releases[1:], start=1):
        for name in set().union(*(_names(number, agency, told.instrument) for agency in told.agencies)):
            # Nothing is struck out in these provinces, so that no count falls.
            found.bound({(number - 1, *name[1:]): 1.0, name: -1.0})
    return found


def _know_one(found: Programme, number: int, told: Told) -> None:
    terms = {agency: terms_of(number, agency, told.instrument) for agency in told.agencies}
    for agency in told.agencies:
        _within(found, number, agency, terms[agency], told.instrument)
    rows = ((unit, part, row) for unit, own in told.units.items() for part, row in own.items())
    for unit, part, row in rows:
        for measure, value in known_of(row):
            sums = [terms[agency][part][measure] for agency in told.members.get(unit, (unit,))]
            found.know(dict(chain.from_iterable(one.items() for one in sums)), value)
    for (agency, item), counts in told.answers.items():
        known = {(number, agency, item, symbol): count for symbol, count in (counts or {}).items()}
        for name in known.keys() & terms[agency][item]["answers"].keys():
            found.know({name: 1.0}, known[name])

    if told.units[""]["overall"]["withheld"] is None:
        found.know({(number, agency, "received"): 1.0 for agency in told.agencies}, told.received)


def _names(release: int, agency: str, instrument) -> set[tuple[object, ...]]:
    parts = terms_of(release, agency, instrument).values()
    names = set(chain.from_iterable(measure for part in parts for measure in part.values()))
    return names | {(release, agency, "received")}


def _within(found: Programme, release: int, agency: str, terms: dict, instrument) -> None:
    """Write down what binds the counts of one agency: each response answers, leaves out, or cannot answer an item."""
    received = {(release, agency, "received"): -1.0}
    whole = {(release, agency, "overall"): 1.0}
    found.bound(whole | received)
    for dimension in instrument.dimensions:
        own = {(release, agency, dimension.code): 1.0}
        found.bound(own | less(whole))
        found.bound(own | less(terms[dimension.code]["answers"]))
        for item in dimension.items:
            found.bound(terms[item.code]["answers"] | less(own))
            sides = (terms[item.code][name] for name in ("answers", "missing", "not_applicable"))
            found.know(dict(chain.from_iterable(one.items() for one in sides)) | received, 0.0)
    found.bound(whole | {(release, agency, one.code): -1.0 for one in instrument.dimensions})


def less(terms: dict[object, float]) -> dict[object, float]:
    return {name: -value for name, value in terms.items()}
