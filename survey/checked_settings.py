"""What a setting may be: each is checked on its own, and refused in one line that names it."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from survey.errors import SettingError

LOCAL_URL = "http://127.0.0.1:8000"
LEAST_TOKEN = 16
LEAST_KEY = 32
# As `survey.operations.staff.rights` has them, which lies above.
ROLES = ("administrator", "analyst", "manager", "clerk", "auditor")
NOBODY = "none"
# As hosts write them; panels print the second.
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


def checked_url(value: str) -> str:
    """Return the address citizens reach; raises SettingError."""
    url = (value or LOCAL_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise SettingError(f"PUBLIC_URL must look like https://khaosat.example.gov.vn, not {value!r}")
    return url


def checked_database(value: str) -> str:
    """Return an address the store can open; what was given may hold a password, and is not repeated."""
    scheme, separator, rest = value.partition("://")
    known = scheme in POSTGRESQL or (scheme == "sqlite" and rest.strip("/") and rest.startswith("/"))
    if value and not (separator and known):
        raise SettingError("DATABASE_URL must begin with postgresql:// or, for a file, sqlite:///")
    try:
        # Reading the port says whether it is a number.
        _ = urlsplit(value).port if scheme in POSTGRESQL else None
    except ValueError:
        raise SettingError("DATABASE_URL is no address: look at the host, the port and signs in the password") from None
    return value


def whole(given: Mapping[str, str], name: str) -> int:
    """Return a setting that is a whole number, 0 when it is empty; raises SettingError."""
    value = given[name] or "0"
    if not value.isdecimal():
        raise SettingError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def counted(given: Mapping[str, str], name: str, *, least: int = 1, most: int) -> int:
    """Return a setting that lies between two numbers; raises SettingError."""
    value = whole(given, name)
    if not least <= value <= most:
        raise SettingError(f"{name} must lie between {least} and {most}, not {value}")
    return value


def one_of(given: Mapping[str, str], name: str, offered: tuple[str, ...]) -> str:
    """Return a setting that is one of some words; raises SettingError."""
    value = given[name].lower()
    if value not in offered:
        raise SettingError(f"{name} must be one of {', '.join(offered)}, not {given[name]!r}")
    return value


def metrics_token(value: str) -> str:
    """Return what has to be shown for the counts; raises SettingError when it could be guessed."""
    if value and len(value) < LEAST_TOKEN:
        raise SettingError(f"METRICS_TOKEN must have at least {LEAST_TOKEN} characters")
    return value


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def roles(text: str) -> frozenset[str]:
    """Return the roles that need a second factor; raises SettingError."""
    roles = frozenset() if text == NOBODY else frozenset(_listed(text))
    if unknown := sorted(roles - set(ROLES)):
        raise SettingError(f"SECOND_FACTOR_ROLES must be {NOBODY} or some of {', '.join(ROLES)}, not {unknown[0]!r}")
    return roles


def security_contact(text: str) -> str:
    """Return where reports of weaknesses go; raises SettingError."""
    if text and not (text.startswith(("mailto:", "https://")) and text.isprintable() and " " not in text):
        raise SettingError(f"SECURITY_CONTACT must begin with mailto: or https://, not be {text!r}")
    return text


def keys_before(given: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the former keys, the latest first; raises SettingError."""
    keys = _listed(given["SECRET_KEYS_BEFORE"])
    if any(len(key) < LEAST_KEY for key in keys):
        raise SettingError(f"each of SECRET_KEYS_BEFORE must have at least {LEAST_KEY} characters")
    return tuple(key.encode() for key in keys)


def read_secret_key(value: str, path: Path) -> bytes:
    """Return the key that signs and seals, from a file that is made when there is none; raises SettingError."""
    if value:
        if len(value) < LEAST_KEY:
            raise SettingError(f"SECRET_KEY must have at least {LEAST_KEY} characters")
        return value.encode()
    if not path.exists():
        _write_new(path, secrets.token_hex(32))
    return path.read_bytes()


def _write_new(path: Path, text: str) -> None:
    """Write a file only we can read; when two processes start at once, the first one's file stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
