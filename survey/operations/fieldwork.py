"""Bring the registry in and out; open and close survey rounds."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from survey.errors import Fault, RefusedDataError, RoundError
from survey.fieldwork import SEAL_AFTER, RoundState, SamplingBasis, ServicePoint, SurveyRound, default_asks, make_code
from survey.instrument import load_instrument
from survey.operations.registry_files import Registry, read_registry, write_registry
from survey.store.engine import Store
from survey.store.fieldwork import (
    find_round,
    list_agencies,
    list_rounds,
    list_service_points,
    save_agencies,
    save_round,
    save_service_points,
    set_round_end,
)


def import_registry(store: Store, folder: Path) -> Registry:
    """Bring agencies and service points in from CSV files, all or nothing; codes left empty are made.

    Raises RefusedDataError with every bad row.
    """
    with store.writing() as connection:
        known = frozenset(one.code for one in list_agencies(connection).values())
        taken = {placed.point.code: placed.point for placed in list_service_points(connection)}
        found = read_registry(folder, known_agencies=known)
        _refuse_moved(folder, found, taken)
        registry = replace(found, service_points=_with_codes(found.service_points, taken))
        save_agencies(connection, registry.agencies)
        save_service_points(connection, registry.service_points)
    return registry


def _refuse_moved(folder: Path, registry: Registry, taken: Mapping[str, ServicePoint]) -> None:
    """Refuse a printed code that would change hands: its answers belong to the agency it was printed for."""
    moved = [
        Fault(1, f"code {point.code} was printed for agency {held.agency_code}; give this service point a new code")
        for point in registry.service_points
        if (held := taken.get(point.code)) and held.agency_code != point.agency_code
    ]
    if moved:
        raise RefusedDataError(folder.name, moved)


def _with_codes(points: tuple[ServicePoint, ...], taken: Mapping[str, ServicePoint]) -> tuple[ServicePoint, ...]:
    """Give every point without a code the one it got when the same file was loaded before, or a new one."""
    known = {(point.agency_code, point.name): code for code, point in taken.items()}
    used = set(taken) | {point.code for point in points if point.code}
    return tuple(
        point if point.code else replace(point, code=known.get((point.agency_code, point.name)) or _new_code(used))
        for point in points
    )


def _new_code(taken: set[str]) -> str:
    code = make_code(secrets.SystemRandom())
    while code in taken:
        code = make_code(secrets.SystemRandom())
    taken.add(code)
    return code


def export_registry(store: Store, folder: Path) -> Registry:
    """Write the registry as CSV files into `folder`, which is made if need be."""
    with store.reading() as connection:
        agencies = tuple(list_agencies(connection).values())
        points = tuple(placed.point for placed in list_service_points(connection))
    registry = Registry(agencies, points)
    folder.mkdir(parents=True, exist_ok=True)
    write_registry(registry, folder)
    return registry


@dataclass(frozen=True, slots=True)
class NewRound:
    """What is needed to open a round."""

    code: str
    title: str
    instrument: str
    opens: date
    closes: date
    profile: bool = False
    overall: bool = False
    simulated: bool = False
    previous_code: str | None = None
    basis: SamplingBasis = SamplingBasis.SELF_SELECTED


def open_round(store: Store, new: NewRound) -> SurveyRound:
    """Add a survey round; raises RoundError when its dates overlap another's or make no sense."""
    if new.closes < new.opens:
        raise RoundError(f"a round cannot close ({new.closes}) before it opens ({new.opens})")
    instrument = load_instrument(new.instrument)
    made = SurveyRound(
        code=new.code,
        title=new.title,
        instrument=instrument.code,
        instrument_digest=instrument.digest,
        opens=new.opens,
        closes=new.closes,
        seals=new.closes + SEAL_AFTER,
        basis=new.basis,
        asks=default_asks(instrument, profile=new.profile, overall=new.overall),
        simulated=new.simulated,
        previous_code=new.previous_code,
    )
    with store.writing() as connection:
        for other in list_rounds(connection).values():
            _refuse_clash(made, other)
        save_round(connection, made)
    return made


def _refuse_clash(new: SurveyRound, other: SurveyRound) -> None:
    if other.code == new.code:
        raise RoundError(f"there is already a round {new.code}; choose another code")
    if new.opens <= other.closes and other.opens <= new.closes:
        raise RoundError(f"round {other.code} runs {other.opens} to {other.closes}; two rounds cannot run on one day")


def close_round(store: Store, code: str, *, today: date) -> SurveyRound:
    """Make today the last day of an open round; raises RoundError when it is not open."""
    with store.writing() as connection:
        _, found = find_round(connection, code)
        if found.state_on(today) is not RoundState.OPEN:
            raise RoundError(f"round {code} is {found.state_on(today)}, not open")
        set_round_end(connection, code, closes=today, seals=today + SEAL_AFTER)
        return find_round(connection, code)[1]
