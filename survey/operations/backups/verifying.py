"""Look whether a backup is good: its digests, its database as the database itself sees it, its rows and its runs."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from survey.errors import BackupError, SurveyError, UnreadableRunError
from survey.operations.backups.archive import DATABASE, KEY, BackupManifest, OpenBackup, open_archive
from survey.operations.backups.sealing import unseal
from survey.operations.publishing.verifying import verify_run
from survey.settings import Settings
from survey.store import schema
from survey.store.backups.dumps import (
    SQLITE,
    count_tables,
    find_damage,
    is_empty,
    load_postgresql,
    opened,
    read_revision,
    scratch_database,
)
from survey.store.engine import Store
from survey.store.results.runs import list_runs


@dataclass(frozen=True, slots=True)
class VerifiedBackup:
    """A backup that is good: what it says of itself, how many runs hold, and the runs this version cannot read."""

    manifest: BackupManifest
    runs: int
    unreadable: tuple[str, ...]


def verify_backup(path: Path, settings: Settings, *, passphrase: str = "", scratch: str = "") -> VerifiedBackup:
    """Return what a good backup holds; raises BackupError for any other. The passphrase is tried when it is given."""
    with open_archive(path) as backup, tempfile.TemporaryDirectory(dir=settings.instance, prefix=".look-") as folder:
        require_known(backup.manifest)
        if passphrase:
            open_key(backup, passphrase)
        dump = Path(folder) / DATABASE
        backup.extract(DATABASE, dump)
        with _looked_into(backup.manifest, dump, settings, scratch) as store:
            return look_through(backup, store)


def require_known(manifest: BackupManifest) -> None:
    """Raise BackupError when a backup is of a newer schema than this version knows."""
    if not schema.is_known(manifest.schema):
        raise BackupError(
            f"the backup is of schema {manifest.schema} (version {manifest.version}), which this version does not "
            "know: install that version or a newer one"
        )


def open_key(backup: OpenBackup, passphrase: str) -> bytes:
    """Return the secret key of a backup; raises BackupError when what it was sealed with has other digests."""
    secret = dict(unseal(backup.small(KEY), passphrase))
    key = bytes.fromhex(secret.pop("key"))
    if any(backup.manifest.digests.get(name) != digest for name, digest in secret.items()):
        raise BackupError(f"{backup.path} was changed: its secret key was sealed with other members than these")
    return key


def look_through(backup: OpenBackup, store: Store) -> VerifiedBackup:
    """Look at the database of a backup in a store of its own; raises BackupError with the first thing that is wrong."""
    manifest = backup.manifest
    try:
        if damage := next(find_damage(store), None):
            raise BackupError(f"the database of the backup is damaged: {damage}")
        if read_revision(store) != manifest.schema:
            raise BackupError(f"the database of the backup is not at schema {manifest.schema}")
        _compare_counts(manifest, store)
        schema.upgrade(store)
        return _verify_runs(manifest, store)
    except DBAPIError as error:
        raise BackupError(f"the database of the backup cannot be read: {error.orig}") from error


def _compare_counts(manifest: BackupManifest, store: Store) -> None:
    counts = count_tables(store)
    for name in sorted({*counts, *manifest.counts}):
        if counts.get(name) != manifest.counts.get(name):
            found, expected = counts.get(name, "no"), manifest.counts.get(name, "no")
            raise BackupError(f"table {name} has {found} rows, the backup says {expected}")


def _verify_runs(manifest: BackupManifest, store: Store) -> VerifiedBackup:
    """Verify the runs as `index verify` does; those of before figures were kept have nothing to be held against."""
    with store.reading() as connection:
        kept = list_runs(connection)
    if missing := sorted(set(manifest.runs) - {run.id for run in kept}):
        raise BackupError(f"run {missing[0]} is missing in the backup")
    unreadable, held = [], 0
    for run in (run for run in kept if run.figures):
        try:
            if not verify_run(store, run.id).holds:
                raise BackupError(f"run {run.id} of round {run.round_code} does not hold in the backup")
            held += 1
        except UnreadableRunError as error:
            unreadable.append(f"run {run.id} of round {run.round_code}: {error}")
        except BackupError:
            raise
        except SurveyError as error:
            raise BackupError(f"run {run.id} of round {run.round_code}: {error}") from error
    return VerifiedBackup(manifest, held, tuple(unreadable))


@contextmanager
def _looked_into(manifest: BackupManifest, dump: Path, settings: Settings, scratch: str) -> Iterator[Store]:
    """Yield a store on the database of a backup, which may be changed."""
    with ExitStack() as stack:
        if manifest.kind == SQLITE:
            yield stack.enter_context(opened(f"sqlite:///{dump}"))
            return
        if make_url(settings.database_url).get_backend_name() == SQLITE and not scratch:
            raise BackupError("the backup is of PostgreSQL: name an empty database with --scratch to look into it")
        if scratch:
            with opened(scratch) as given:
                if not is_empty(given):
                    raise BackupError("the database named with --scratch is not empty: nothing was put into it")
        url = make_url(scratch) if scratch else stack.enter_context(scratch_database(settings.database_url))
        load_postgresql(url, dump)
        yield stack.enter_context(opened(url))
