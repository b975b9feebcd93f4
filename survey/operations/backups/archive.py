"""The file of a backup: a tar of known members and, behind it, the SHA-256 of all that comes before.

The first member is the manifest: versions, counts of rows, and the SHA-256 of every other member. Whoever opens the
file looks at all of these before anything is taken from it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, BinaryIO

from survey.errors import BackupError

FORMAT = 1
MANIFEST, DATABASE, KEY, SETTINGS, FILES = (
    "manifest.json",
    "database",
    "secret.key.sealed",
    "settings.json",
    "made.json",
)
MEMBERS = (DATABASE, KEY, SETTINGS, FILES)
DIGEST_BYTES = 32
MOST_SMALL = 16 << 20
AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup says of itself: `counts` are rows by table, `digests` SHA-256 by member, `runs` publications."""

    version: str
    schema: str
    kind: str
    made_at: str
    counts: Mapping[str, int]
    digests: Mapping[str, str]
    runs: tuple[str, ...]

    @property
    def made_on(self) -> str:
        """The day it was made, in UTC."""
        return self.made_at[:10]


def write_archive(path: Path, manifest: BackupManifest, members: Mapping[str, Path]) -> None:
    """Write a backup: whole, or not at all; only its owner may read it."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                _add(tar, MANIFEST, json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode())
                for name in MEMBERS:
                    tar.add(members[name], arcname=name, filter=_nobodys)
            file.write(_digest_of(file, file.tell()))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _nobodys(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


@contextmanager
def open_archive(path: Path) -> Iterator["OpenBackup"]:
    """Yield a backup that is whole, as far as its digests tell; raises BackupError for one that is not."""
    with path.open("rb") as file:
        end = path.stat().st_size - DIGEST_BYTES
        if end <= 0 or _digest_of(file, end) != file.read(DIGEST_BYTES):
            raise BackupError(f"{path} is damaged, cut short or no backup: its digest is another")
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                yield OpenBackup.read(path, tar)
        except tarfile.TarError as error:
            raise BackupError(f"{path} is no backup: {error}") from error


def _digest_of(file: BinaryIO, length: int) -> bytes:
    """Return the SHA-256 of the first bytes of a file, and leave it behind them."""
    file.seek(0)
    digest = hashlib.sha256()
    while length > 0 and (chunk := file.read(min(AT_ONCE, length))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class OpenBackup:
    """A backup that is being read."""

    path: Path
    tar: tarfile.TarFile
    manifest: BackupManifest

    @classmethod
    def read(cls, path: Path, tar: tarfile.TarFile) -> "OpenBackup":
        """Return a backup whose members all have the digests of its manifest; raises BackupError."""
        try:
            fields = json.loads(_content(tar, MANIFEST))
            number = fields.pop("format")
            if number != FORMAT:
                raise BackupError(f"{path} has the format {number} of a newer version: install that one")
            manifest = BackupManifest(**{**fields, "runs": tuple(fields["runs"])})
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(f"{path} is no backup: its manifest cannot be read") from error
        for name in MEMBERS:
            if file_digest(_member(tar, name)) != manifest.digests.get(name):
                raise BackupError(f"{path} was changed: its member {name} has another digest than the manifest says")
        return cls(path, tar, manifest)

    def small(self, name: str) -> bytes:
        """Return a member that is no database."""
        return _content(self.tar, name)

    def extract(self, name: str, into: Path) -> None:
        """Write a member into a new file that only its owner may read."""
        with os.fdopen(os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            source = _member(self.tar, name)
            while chunk := source.read(AT_ONCE):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())


def file_digest(file: IO[bytes]) -> str:
    """Return the SHA-256 of what is left of a file."""
    digest = hashlib.sha256()
    while chunk := file.read(AT_ONCE):
        digest.update(chunk)
    return digest.hexdigest()


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        member = tar.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise BackupError(f"the backup has no member {name}")
    return member


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    content = _member(tar, name).read(MOST_SMALL + 1)
    if len(content) > MOST_SMALL:
        raise BackupError(f"the member {name} is larger than any of ours")
    return content
