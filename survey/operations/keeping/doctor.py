"""Look for what is wrong with an instance: a list of named checks, each of which returns the faults it found.

A new check is a function from `Instance` to lines of text and one entry of `CHECKS`.
"""

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from survey.analysis.par.rules import par_rules
from survey.errors import HolidayDataError, SurveyError, UnreadableRunError
from survey.fieldwork import SurveyRound
from survey.operations.backups.making import latest_backup
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.counting.strays import find_strays, name_strays
from survey.operations.feedback.receipts import last_day_of_contacts
from survey.operations.feedback.working_days import load_working_days
from survey.operations.jobs.jobs import list_interrupted
from survey.operations.keeping.clock_watch import find_clock_faults
from survey.operations.keeping.night_watch import find_late_night
from survey.operations.keeping.retention import list_round_rows
from survey.operations.keeping.secret_keys import OTHER_KEY, has_other_key
from survey.operations.publishing.verifying import verify_run
from survey.settings import Settings
from survey.store import schema
from survey.store.backups.dumps import REVISIONS, count_tables, find_damage
from survey.store.engine import Store
from survey.store.feedback.cases import count_contacts
from survey.store.registry.agencies import list_rounds
from survey.store.results.runs import list_runs

LEAST_FREE = 1 << 30
MOST_OPEN = 5
GIBIBYTE = 1 << 30
# The month from which the next year's swapped days are asked for.
ANNOUNCED_IN = 11
BACKUP_DAYS = 8


@dataclass(frozen=True, slots=True)
class Instance:
    """What is looked at, and the day it is looked at."""

    store: Store
    settings: Settings
    today: date

    def rounds(self) -> dict[int, SurveyRound]:
        """Return all rounds by row number."""
        with self.store.reading() as connection:
            return list_rounds(connection)


@dataclass(frozen=True, slots=True)
class Check:
    """A named check; `find` yields one line for each fault."""

    name: str
    find: Callable[[Instance], Iterator[str]]


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """A fault and the check that found it."""

    check: str
    fault: str

    def __str__(self) -> str:
        return f"{self.check}: {self.fault}"


def examine(instance: Instance) -> tuple[DoctorFinding, ...]:
    """Return all that is wrong. Nothing else is looked at while the database is not at this version's schema."""
    first = _findings(FILE, instance) or _findings(SCHEMA, instance)
    return first or tuple(one for check in CHECKS for one in _findings(check, instance))


def _findings(check: Check, instance: Instance) -> tuple[DoctorFinding, ...]:
    findings: list[DoctorFinding] = []
    try:
        findings.extend(DoctorFinding(check.name, fault) for fault in check.find(instance))
    except SurveyError as error:
        findings.append(DoctorFinding(check.name, str(error)))
    except DBAPIError as error:
        findings.append(DoctorFinding(check.name, f"the database cannot be read: {error.orig}"))
    return tuple(findings)


def _file(instance: Instance) -> Iterator[str]:
    """A file that is missing or empty would become a new survey, and another one's file is not ours to change."""
    if instance.store.is_sqlite:
        path = Path(str(instance.store.engine.url.database))
        if not path.exists() or not path.stat().st_size:
            yield f"{path} is {'empty' if path.exists() else 'missing'}: restore a backup; db upgrade would begin anew"
            return
    counts = count_tables(instance.store)
    if counts and REVISIONS not in counts:
        yield f"the database holds tables that are not ours ({', '.join(sorted(counts)[:3])}): look at DATABASE_URL"


def _integrity(instance: Instance) -> Iterator[str]:
    return find_damage(instance.store)


def _limits(instance: Instance) -> Iterator[str]:
    """Behind a pooler nothing can be set for a connection: the role has to have its limits."""
    if instance.store.is_sqlite:
        return
    with instance.store.reading() as connection:
        limit = connection.execute(text("SHOW lock_timeout")).scalar_one()
    if limit == "0":
        yield "the role has no lock_timeout, which nothing else can set behind a pooler: docs/operations.md, 2"


def _backups(instance: Instance) -> Iterator[str]:
    made_at = latest_backup(instance.settings)
    if made_at is None:
        yield "no backup was ever made by backup make; docs/operations.md, 6"
    elif instance.today - made_at > timedelta(days=BACKUP_DAYS):
        yield f"the latest backup is of {made_at:%d/%m/%Y}"


def _schema(instance: Instance) -> Iterator[str]:
    schema.require_current(instance.store)
    return iter(())


def _settings(instance: Instance) -> Iterator[str]:
    settings = instance.settings
    if not settings.is_trial and not settings.trusted_proxies:
        yield "TRUSTED_PROXIES is 0 though PUBLIC_URL is https: all citizens would seem to be one network"
    if has_other_key(instance.store, settings.secret_keys):
        yield OTHER_KEY


def _modes(instance: Instance) -> Iterator[str]:
    """What other accounts of the machine may read or write: the folder, the database, and all that was made."""
    folder, database = instance.settings.instance, _sqlite_file(instance.store)
    beside = [database, *(database.with_name(f"{database.name}-{end}") for end in ("wal", "shm"))] if database else []
    open_to_others = [path for path in {folder, *folder.rglob("*"), *beside} if _is_open(path)]
    for path in sorted(open_to_others)[:MOST_OPEN]:
        yield f"others may read {path}: chmod {'700' if path.is_dir() else '600'} {path}"
    if len(open_to_others) > MOST_OPEN:
        yield f"and {len(open_to_others) - MOST_OPEN} more: chmod -R go= {folder}"


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except FileNotFoundError:
        # A file that is made and gone while we look.
        return False


def _sqlite_file(store: Store) -> Path | None:
    return Path(str(store.engine.url.database)) if store.is_sqlite else None


def _disk(instance: Instance) -> Iterator[str]:
    """The nightly work writes an SQLite file anew beside the old one, and its journal beside both."""
    database = _sqlite_file(instance.store)
    needed = LEAST_FREE + 2 * (database.stat().st_size if database else 0)
    for folder in {instance.settings.instance, *([database.parent] if database else [])}:
        free = shutil.disk_usage(folder).free
        if free < needed:
            yield f"{free / GIBIBYTE:.1f} GiB are free at {folder}, {needed / GIBIBYTE:.1f} GiB are needed"


def _clock(instance: Instance) -> Iterator[str]:
    return map(str, find_clock_faults(instance.store))


def _night(instance: Instance) -> Iterator[str]:
    late = find_late_night(instance.store)
    return iter([str(late)] if late else [])


def _instruments(instance: Instance) -> Iterator[str]:
    for one in instance.rounds().values():
        try:
            load_round_instrument(one)
        except SurveyError as error:
            yield str(error)


def _rows(instance: Instance) -> Iterator[str]:
    """Responses that no figure holds, as after older data was put back with the rules of the database switched off."""
    for one in instance.rounds().values():
        yield from name_strays(one.code, find_strays(instance.store, one.code))


def _runs(instance: Instance) -> Iterator[str]:
    """Runs of before figures were kept with them cannot be verified, and that is no fault of theirs."""
    with instance.store.reading() as connection:
        kept = [run for run in list_runs(connection) if run.figures]
    for run in kept:
        try:
            holds = verify_run(instance.store, run.id).holds
        except UnreadableRunError as error:
            yield f"publication {run.of_round} of round {run.round_code}: {error}"
            continue
        if not holds:
            yield f"publication {run.of_round} of round {run.round_code} does not hold: index verify {run.id}"


def _retention(instance: Instance) -> Iterator[str]:
    for one in list_round_rows(instance.store):
        if one.is_overdue_on(instance.today):
            yield f"the responses of round {one.round_code} were to go after {one.kept_until:%d/%m/%Y}: retention apply"


def _contacts(instance: Instance) -> Iterator[str]:
    before = last_day_of_contacts(instance.today, instance.settings.case_contact_days)
    with instance.store.reading() as connection:
        left = count_contacts(connection, answered_before=before)
    if left:
        yield f"{left} contacts of feedback cases answered before {before:%d/%m/%Y} were to go: retention apply"


def _holidays(instance: Instance) -> Iterator[str]:
    load_working_days(instance.settings.holidays_file, year=instance.today.year)
    return iter(())


def _par(instance: Instance) -> Iterator[str]:
    par_rules(instance.settings.par_file)
    return iter(())


def find_notes(instance: Instance) -> tuple[str, ...]:
    """Return what is no fault yet: years whose swapped days should soon be known, and backups that were not made."""
    return (*_unknown_years(instance), *_backups(instance))


def _unknown_years(instance: Instance) -> Iterator[str]:
    try:
        known = load_working_days(instance.settings.holidays_file)
    except HolidayDataError:
        return
    for year in (instance.today.year, *([instance.today.year + 1] if instance.today.month >= ANNOUNCED_IN else [])):
        if not known.years.get(year, False):
            yield f"{known.file}: the swapped working days of {year} are not known; see docs/operations.md"


def _jobs(instance: Instance) -> Iterator[str]:
    for one in list_interrupted(instance.store, instance.settings):
        yield f"{one.kind} of {one.about}, asked for by {one.staff}, was interrupted; do: db settle, or begin it again"


FILE, SCHEMA = Check("database", _file), Check("schema", _schema)
CHECKS = (
    Check("integrity", _integrity),
    Check("limits", _limits),
    Check("settings", _settings),
    Check("files", _modes),
    Check("disk", _disk),
    Check("clock", _clock),
    Check("night", _night),
    Check("questionnaires", _instruments),
    Check("rows", _rows),
    Check("runs", _runs),
    Check("jobs", _jobs),
    Check("retention", _retention),
    Check("contacts", _contacts),
    Check("holidays", _holidays),
    Check("par", _par),
)
