"""Make a backup while the survey serves: database, sealed secret key, settings without secrets, list of made files."""

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import make_url

from survey.errors import BackupError
from survey.operations.backups.archive import (
    DATABASE,
    FILES,
    KEY,
    MEMBERS,
    SETTINGS,
    BackupManifest,
    file_digest,
    write_archive,
)
from survey.operations.backups.sealing import seal
from survey.operations.jobs.files import made_folder
from survey.settings import SECRETS, VERSION, Settings
from survey.store import schema
from survey.store.backups.dumps import dump_database, kind_of
from survey.store.engine import Store
from survey.store.results.heads import list_run_heads

# The day of the latest backup stands here, for whoever asks whether there was one.
LATEST = "latest-backup"


def make_backup(store: Store, settings: Settings, path: Path, *, passphrase: str) -> BackupManifest:
    """Write a backup into a new file and return its manifest; raises BackupError, and leaves nothing half-written."""
    if path.exists():
        raise BackupError(f"{path} is there already: nothing was written")
    schema.require_current(store)
    with tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=".backup-") as folder:
        members = {name: Path(folder) / name for name in MEMBERS}
        # The runs are listed first: what is published meanwhile is in the copy, and no run is promised that is not.
        with store.reading() as connection:
            runs = tuple(head.id for head in list_run_heads(connection))
        counts = dump_database(store, members[DATABASE])
        members[SETTINGS].write_text(json.dumps(_plain_settings(settings), ensure_ascii=False, indent=1), "utf-8")
        members[FILES].write_text(json.dumps(_made_files(settings), indent=1), "utf-8")
        open_digests = {name: _digest(members[name]) for name in (DATABASE, SETTINGS, FILES)}
        secret = {"key": settings.secret_key.hex(), **open_digests}
        members[KEY].write_bytes(seal(secret, passphrase))
        manifest = BackupManifest(
            version=VERSION,
            schema=schema.current_head(),
            kind=kind_of(store),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            counts=counts,
            digests={**open_digests, KEY: _digest(members[KEY])},
            runs=runs,
        )
        write_archive(path, manifest, members)
    (settings.instance / LATEST).write_text(manifest.made_at, encoding="ascii")
    return manifest


def latest_backup(settings: Settings) -> date | None:
    """Return the day of the latest backup of this instance, None when none was made."""
    try:
        return date.fromisoformat((settings.instance / LATEST).read_text(encoding="ascii")[:10])
    except (OSError, ValueError):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file)


def _plain_settings(settings: Settings) -> Mapping[str, str]:
    """Return the settings as they were given, without what nobody else may know."""
    plain = {name: value for name, value in settings.given.items() if name not in SECRETS}
    address = plain.get("DATABASE_URL", "")
    return {**plain, "DATABASE_URL": make_url(address).set(password=None).render_as_string() if address else ""}


def _made_files(settings: Settings) -> list[dict[str, object]]:
    folder = made_folder(settings)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [{"name": str(path.relative_to(folder)), "bytes": path.stat().st_size} for path in paths]
