"""Put a backup in the place of a database: looked through first, all of it or nothing, and never silently backwards."""

import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from survey.errors import BackupError
from survey.fieldwork import SurveyRound
from survey.operations.backups.archive import DATABASE, BackupManifest, OpenBackup, open_archive
from survey.operations.backups.verifying import VerifiedBackup, look_through, open_key, require_known
from survey.settings import Settings
from survey.store import schema
from survey.store.backups.dumps import (
    POSTGRESQL,
    SQLITE,
    clear_database,
    count_tables,
    dump_database,
    is_empty,
    load_postgresql,
    load_sqlite,
    opened,
    read_revision,
)
from survey.store.engine import Store
from survey.store.registry.agencies import list_rounds
from survey.store.results.heads import list_run_heads

KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever restores allows: to `replace` what is there, and to go back `behind_seals`."""

    passphrase: str
    today: date
    replace: bool = False
    behind_seals: bool = False


def restore_backup(path: Path, settings: Settings, wish: Wish) -> VerifiedBackup:
    """Restore a backup and return what it holds; raises BackupError, and leaves everything as it was, when it may not.

    What stood in an SQLite file before is moved aside, and so is a secret key of before.
    """
    url = make_url(settings.database_url)
    with open_archive(path) as backup:
        require_known(backup.manifest)
        key = open_key(backup, wish.passphrase)
        _require_same_database(backup.manifest, url)
        _require_room_for_key(settings, key)
        _require_restorable(backup.manifest, url, wish)
        restored = _restored_file(backup, url) if backup.manifest.kind == SQLITE else _restored_tables(backup, url)
    _put_key(settings, key)
    return restored


def _require_same_database(manifest: BackupManifest, url: URL) -> None:
    kind = SQLITE if url.get_backend_name() == SQLITE else POSTGRESQL
    if manifest.kind != kind:
        raise BackupError(f"the backup is of {manifest.kind}, and DATABASE_URL names {kind}")


def _require_room_for_key(settings: Settings, key: bytes) -> None:
    if settings.given.get("SECRET_KEY") and settings.secret_key != key:
        raise BackupError(
            "SECRET_KEY is set to another key than the backup's: take it out of the settings, so that the restored "
            "secret.key counts; second factors and contacts are encrypted with it"
        )


def _require_restorable(manifest: BackupManifest, url: URL, wish: Wish) -> None:
    """Raise BackupError when the target holds what must not be lost."""
    if url.get_backend_name() == SQLITE and not Path(str(url.database)).exists():
        return
    with opened(url) as target:
        try:
            if is_empty(target):
                return
            newer = _newer_in(target, manifest, wish.today)
        except DBAPIError as error:
            newer = f"cannot be read ({error.orig}), so nobody knows what it holds"
    if not wish.replace:
        raise BackupError("the database is not empty: nothing was restored; --replace puts the backup in its place")
    if newer and not wish.behind_seals:
        raise BackupError(f"the database {newer}: nothing was restored; --behind-seals goes back all the same")


def _newer_in(target: Store, manifest: BackupManifest, today: date) -> str:
    """Return what a target has published or sealed that a backup does not know; nothing when there is none."""
    if not schema.is_known(read_revision(target)):
        return "is at a newer schema than this version knows"
    schema.require_current(target)
    with target.reading() as connection:
        runs, rounds = list_run_heads(connection), list_rounds(connection).values()
    if published := [head for head in runs if head.id not in manifest.runs]:
        return f"has published what the backup does not hold (round {published[0].round_code})"
    sealed = [survey_round for survey_round in rounds if _sealed_between(survey_round, manifest, today)]
    return f"has sealed round {sealed[0].code} since the backup was made" if sealed else ""


def _sealed_between(survey_round: SurveyRound, manifest: BackupManifest, today: date) -> bool:
    return date.fromisoformat(manifest.made_on) <= survey_round.seals < today


def _restored_file(backup: OpenBackup, url: URL) -> VerifiedBackup:
    target = Path(str(url.database))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as folder:
        copy = Path(folder) / DATABASE
        backup.extract(DATABASE, copy)
        with opened(f"{SQLITE}:///{copy}") as store:
            looked = look_through(backup, store)
        if target.exists() and target.stat().st_size:
            _move_aside(target, target.name)
        load_sqlite(copy, target)
    return looked


def _move_aside(path: Path, name: str) -> None:
    """Give a file another name, and its journals with it: together they may still be read."""
    mark = f"before-restore-{secrets.token_hex(4)}"
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").rename(path.with_name(f"{name}.{mark}{ending}"))
    path.rename(path.with_name(f"{name}.{mark}"))


def _restored_tables(backup: OpenBackup, url: URL) -> VerifiedBackup:
    """Restore in one transaction; what was restored goes again when it is not what the backup says."""
    with tempfile.TemporaryDirectory(prefix="hai-long-restore-") as folder:
        dump = Path(folder) / DATABASE
        backup.extract(DATABASE, dump)
        before = _kept_aside(url, Path(folder))
        load_postgresql(url, dump)
        try:
            with opened(url) as store:
                return look_through(backup, store)
        except BackupError:
            _put_back(url, before)
            raise


def _kept_aside(url: URL, folder: Path) -> Path | None:
    """Return a dump of what is in the target, None when there is nothing."""
    with opened(url) as store:
        if not count_tables(store):
            return None
        dump_database(store, folder / "before")
    return folder / "before"


def _put_back(url: URL, before: Path | None) -> None:
    with opened(url) as store:
        clear_database(store)
    if before:
        load_postgresql(url, before)


def _put_key(settings: Settings, key: bytes) -> None:
    path = settings.instance / KEY_FILE
    if settings.given.get("SECRET_KEY") or (path.exists() and path.read_bytes() == key):
        return
    if path.exists():
        _move_aside(path, path.name)
    path.touch(mode=0o600)
    path.write_bytes(key)
