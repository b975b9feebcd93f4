"""What is computed once, when a run is published, as JSON to be kept with it: ranks, drivers, reliability.

Ranks and the ranges of drivers come from seeded simulation, which is too slow for a page; drivers and
reliability need the responses, which are not kept for ever.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from survey.analysis.comparing.comparison import Key
from survey.analysis.drivers.driver_places import Driver, Quadrant
from survey.analysis.drivers.drivers import Drivers, DriversCaution, DriversRefusal, NoDrivers
from survey.analysis.figures.estimates import ClusterKind, Estimate
from survey.analysis.figures.reliability import ItemReliability, NoOmega, NoReliability, Reliability
from survey.analysis.figures.results import OVERALL
from survey.analysis.ranking.ranking import Ranking, RankRow, Unranked
from survey.instrument.model import LocalText


@dataclass(frozen=True, slots=True)
class Extras:
    """What is kept beside the sums of a run; `facts` is None in one published before these were counted."""

    rankings: tuple[Ranking, ...] = ()
    drivers: Drivers | DriversRefusal | None = None
    reliability: tuple[Reliability, ...] = ()
    facts: str | None = None


def write_extras(extras: Extras) -> str:
    """Return the JSON text of extras; the estimates of ranked units are left to the figures of the run."""
    content = {
        "rankings": [_plain_ranking(ranking) for ranking in extras.rankings],
        "drivers": asdict(extras.drivers) if extras.drivers else None,
        "reliability": [asdict(reliability) for reliability in extras.reliability],
        "facts": extras.facts,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def read_extras(text: str, estimates: Mapping[Key, Estimate]) -> Extras:
    """Return the extras that `write_extras` wrote; `estimates` are those of the run, of which units were ranked."""
    content = json.loads(text)
    return Extras(
        rankings=tuple(_ranking(ranking, estimates) for ranking in content.get("rankings", ())),
        drivers=_drivers(content.get("drivers")),
        reliability=tuple(_reliability(reliability) for reliability in content.get("reliability", ())),
        facts=content.get("facts"),
    )


def facts_in(text: str) -> str | None:
    """Return what the extras of a run hold of the fact questions, None where they were not counted yet."""
    found: str | None = json.loads(text).get("facts") if text else None
    return found


def _plain_ranking(ranking: Ranking) -> dict[str, Any]:
    names = [field.name for field in fields(RankRow) if field.name != "estimate"]
    rows = [{name: getattr(row, name) for name in names} for row in ranking.rows]
    return {"block": ranking.block, "rows": rows, "groups": ranking.groups, "stepwise": ranking.stepwise}


def _ranking(content: Mapping[str, Any], estimates: Mapping[Key, Estimate]) -> Ranking:
    rows = tuple(_rank_row(row, estimates[Key(row["unit"], OVERALL)]) for row in content["rows"])
    # Runs of before took but the first step.
    stepwise = content.get("stepwise", False)
    return Ranking(content["block"], rows, tuple(map(tuple, content["groups"])), stepwise=stepwise)


def _rank_row(row: Mapping[str, Any], estimate: Estimate) -> RankRow:
    why = row["unranked"]
    told = {**row, "groups": tuple(row["groups"]), "unranked": Unranked(why) if why is not None else None}
    return RankRow(estimate=estimate, **told)


def _drivers(content: Mapping[str, Any] | None) -> Drivers | DriversRefusal | None:
    if content is None:
        return None
    if "reason" in content:
        return DriversRefusal(**{**content, "reason": NoDrivers(content["reason"])})
    converted = {
        "rows": tuple(_driver(row) for row in content["rows"]),
        "cluster_kind": ClusterKind(content["cluster_kind"]),
        "left_out": tuple(content["left_out"]),
        "cautions": tuple(map(DriversCaution, content["cautions"])),
    }
    return Drivers(**{**content, **converted})


def _driver(row: Mapping[str, Any]) -> Driver:
    told = {"label": LocalText(**row["label"]), "quadrant": Quadrant(row["quadrant"])}
    # Runs of before looked at importance alone, so that their place may be chance.
    return Driver(**{**row, **told, "placed": row["placed"] and row.get("margin") is not None})


def _reliability(content: Mapping[str, Any]) -> Reliability:
    # Runs of before have no omega, nor a reason for that.
    why, no_omega = content["reason"], content.get("no_omega")
    converted = {
        "items": _items(content["items"]),
        "reason": NoReliability(why) if why is not None else None,
        "no_omega": NoOmega(no_omega) if no_omega is not None else None,
    }
    return Reliability(**{**content, **converted})


def _items(rows: Iterable[Mapping[str, Any]]) -> tuple[ItemReliability, ...]:
    return tuple(ItemReliability(**row) for row in rows)
