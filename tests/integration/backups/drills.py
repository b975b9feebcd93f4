"""A survey with a final publication, its backup, and an empty place to restore it into."""

import json
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url, text

from survey.operations.backups.archive import DATABASE, FILES, KEY, SETTINGS, file_digest, open_archive, write_archive
from survey.settings import load_settings
from survey.store.backups.dumps import dump_database, load_postgresql, opened
from survey.store.engine import open_store

PASSPHRASE = "một câu chỉ mình tôi biết"


def settings_of(url, folder, **more):
    return load_settings({"DATABASE_URL": url, "HAI_LONG_INSTANCE": str(folder), **more})


def new_database(url, folder) -> str:
    """Return the address of an empty database of the same kind, beside another."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return f"sqlite:///{folder / 'restored.db'}"
    name = f"r_{secrets.token_hex(6)}"
    with opened(address.set(database="postgres")) as admin, admin.outside_transaction() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return address.set(database=name).render_as_string(hide_password=False)


def execute(url, *statements):
    store = open_store(url)
    with store.writer.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    store.close()


def with_changed_row(backup: Path, url: str, *statements: str, adjust: Callable = lambda manifest, _members: manifest):
    """Return a copy of a backup in which statements changed the database; the digest list is untouched or adjusted."""
    with tempfile.TemporaryDirectory() as scratch, open_archive(backup) as archive:
        folder = Path(scratch)
        members = {name: folder / name for name in (DATABASE, KEY, SETTINGS, FILES)}
        for name, path in members.items():
            archive.extract(name, path)
        if archive.manifest.kind == "sqlite":
            execute(f"sqlite:///{members[DATABASE]}", *statements)
        else:
            changed = new_database(url, folder)
            load_postgresql(make_url(changed), members[DATABASE])
            execute(changed, *statements)
            members[DATABASE].unlink()
            with opened(changed) as store:
                dump_database(store, members[DATABASE])
        copy = backup.with_name(f"changed-{secrets.token_hex(4)}.hailong")
        write_archive(copy, adjust(archive.manifest, members), members)
    return copy


def redigested(manifest, members):
    """Write the digests of the members as they are now into a manifest, as whoever forges a backup would."""
    digests = {}
    for name, path in members.items():
        with path.open("rb") as file:
            digests[name] = file_digest(file)
    return replace(manifest, digests=digests)


def settings_in(backup):
    with open_archive(backup) as archive:
        return json.loads(archive.small(SETTINGS))
