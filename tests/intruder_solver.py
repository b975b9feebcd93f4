"""What the intruder looks for: withheld figures as sums of unknown counts, and the least and the most of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.optimize import linprog

from survey.analysis.figures.results import IndexRow
from tests.intruder import FEW, Programme, Told, less, terms_of


@dataclass(frozen=True, slots=True)
class Secret:
    """What must not be told of a withheld figure, as sums of unknown counts: its base and its points.

    Of an agency that an earlier publication shows it is what came since. Where it rests on `few` people, the score
    must not be told either: points in per cent of `most` an answer.
    """

    release: int
    agency: str
    part: str
    few: bool
    base: dict[object, float]
    points: dict[object, float]
    answers: dict[object, float]
    most: float


def secrets_of(releases: list[Told], truth: list[dict[tuple[str, str], IndexRow]]) -> list[Secret]:
    """Return what is withheld of agencies; `truth` holds the rows of each release by agency and part."""
    return list(chain.from_iterable(_secrets(releases, number, truth) for number in range(len(releases))))


def _secrets(releases: list[Told], number: int, truth: list[dict[tuple[str, str], IndexRow]]) -> Iterator[Secret]:
    told = releases[number]
    for agency, part in [(one, part) for one in told.agencies for part in told.units[one]]:
        row = truth[number][agency, part]
        before = next((one for one in reversed(range(number)) if _shows(releases[one], agency, part)), None)
        since = row.responses - (truth[before][agency, part].responses if before is not None else 0)
        # That ten or more came may be told.
        if told.units[agency][part]["withheld"] == "withheld" and (before is None or 0 < since < FEW):
            sides = [terms_of(one, agency, told.instrument)[part] for one in (number, before) if one is not None]
            sums = (_apart([one[name] for one in sides]) for name in ("responses", "points", "answers"))
            yield Secret(number, agency, part, since < FEW, *sums, told.instrument.scale.highest)


def _shows(told: Told, agency: str, part: str) -> bool:
    row = told.units.get(agency, {}).get(part)
    return row is not None and row["withheld"] is None


def _apart(sides: list[dict[object, float]]) -> dict[object, float]:
    return sides[0] | (less(sides[1]) if len(sides) > 1 else {})


class Solver:
    """The least and the most of what an intruder wants to know, given what is known.

    Every answer of the solver is a possible truth, so it says something of all secrets at once, and most of them
    need no question of their own.
    """

    def __init__(self, programme: Programme, secrets: list[Secret]) -> None:
        self._equal, self._is, self._most, self._limit = programme.matrices()
        self._place, self._secrets, self._worth = programme.place, secrets, np.array([one.most for one in secrets])
        self._bases, self._points, self._answers = (
            np.array([self._vector(getattr(one, name)) for one in secrets]).reshape(len(secrets), -1)
            for name in ("base", "points", "answers")
        )
        self._seen: dict[str, list[np.ndarray]] = {"base": [], "points": [], "score": []}

    def widths(self, enough: float) -> list[tuple[Secret, dict[str, float]]]:
        """Return each secret with the widths of what it can be, looked for until they are `enough`."""
        kinds = {True: ("base", "points", "score"), False: ("base", "points")}
        return [
            (secret, {kind: self._width(place, kind, enough) for kind in kinds[secret.few]})
            for place, secret in enumerate(self._secrets)
        ]

    def _width(self, place: int, kind: str, enough: float) -> float:
        for sign in (1, -1):
            if self._so_far(place, kind) >= enough - 1e-6:
                break
            self._look(place, kind, sign)
        return self._so_far(place, kind)

    def _so_far(self, place: int, kind: str) -> float:
        seen = [one[place] for one in self._seen[kind] if np.isfinite(one[place])]
        return max(seen) - min(seen) if seen else 0.0

    def _look(self, place: int, kind: str, sign: int) -> None:
        """Ask for a possible truth with the least or the most of a base or a score (Charnes and Cooper 1962)."""
        if kind != "score":
            bounds, goal = (0, 10_000), (self._bases if kind == "base" else self._points)[place]
            found = self._solve(sign * goal, self._equal, self._is, self._most, self._limit, bounds)
        else:
            size = len(self._place)
            equal = np.vstack([np.c_[self._equal, -self._is], np.r_[self._answers[place], 0.0]])
            goal, right = np.r_[sign * self._points[place], 0.0], np.r_[np.zeros(len(self._is)), 1.0]
            bounds = [(0, None)] * size + [(0, 1)]
            scaled = self._solve(
                goal, equal, right, np.c_[self._most, -self._limit], np.zeros(len(self._limit)), bounds
            )
            found = scaled[:-1] / max(scaled[-1], 1e-9)
        self._keep(found)

    def _keep(self, counts: np.ndarray) -> None:
        answers = self._answers @ counts
        some = answers >= 1 - 1e-6
        score = np.divide(100 * (self._points @ counts), answers, out=np.full(len(answers), np.nan), where=some)
        self._seen["base"].append(self._bases @ counts)
        self._seen["points"].append(self._points @ counts)
        self._seen["score"].append(score / self._worth)

    def _vector(self, terms: dict[object, float]) -> np.ndarray:
        found = np.zeros(len(self._place))
        for name, value in terms.items():
            found[self._place[name]] = value
        return found

    def _solve(self, goal, equal, right, most, limit, bounds) -> np.ndarray:
        found = linprog(goal, A_ub=most, b_ub=limit, A_eq=equal, b_eq=right, bounds=bounds, method="highs")
        assert found.status == 0, found.message
        return found.x
