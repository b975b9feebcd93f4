"""Settings as data: read once from the environment, checked at start, printed by `flask settings`."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from survey.errors import SettingError

VERSION = "0.1.0"
LOCAL_URL = "http://127.0.0.1:8000"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("text", "json")
LEAST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, what it is when unset, and what it is for."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HAI_LONG_INSTANCE", "instance", "Folder of the database, the generated secret key and made files."),
    Setting(
        "DATABASE_URL", "", "SQLAlchemy address of the database; empty means an SQLite file in the instance folder."
    ),
    Setting("PUBLIC_URL", "", "https address citizens reach, printed on posters; empty or not https prints “BẢN THỬ”."),
    Setting("TRUSTED_PROXIES", "", "Number of proxies in front whose X-Forwarded-For counts; required with https."),
    Setting("SURVEY_OWNER", "", "Who runs the survey, as the citizen's first screen says it; required with https."),
    Setting("CONTACT", "", "Telephone or address printed on posters for reports of fake codes."),
    Setting("SECRET_KEY", "", "At least 32 characters; empty means a generated file in the instance folder."),
    Setting("FLOOD_PER_MINUTE", "120", "Most answers a minute from one network at one service point."),
    Setting("FEEDBACK_PER_MINUTE", "10", "Most complaints and suggestions a minute from one network to one agency."),
    Setting("CASE_DAYS", "15", "Working days an agency has to answer a complaint or suggestion."),
    Setting("CASE_REMIND_DAYS", "3", "Working days before the last one from which a case is named as due soon."),
    Setting("CASE_CONTACT_DAYS", "90", "Days after its answer for which the contact of a case is kept."),
    Setting("PAR_FILE", "", "Rules of administrative reform indices; empty means survey/analysis/par/par.toml."),
    Setting("LOG_LEVEL", "warning", "From which level on the log is written: debug, info, warning, error or critical."),
    Setting("LOG_FORMAT", "text", "How lines of the log are written: text, or json for programs."),
    Setting("METRICS_TOKEN", "", "At least 16 characters, to be shown for /metrics; empty means there is no /metrics."),
    Setting("HOLIDAYS_FILE", "", "Swapped working days; empty means survey/operations/feedback/working_days.toml."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as the application uses them; `given` is what they were read from, for processes of their own."""

    instance: Path
    database_url: str
    public_url: str
    trusted_proxies: int
    owner: str
    contact: str
    secret_key: bytes
    flood_per_minute: int
    feedback_per_minute: int
    case_days: int
    case_remind_days: int
    case_contact_days: int
    holidays_file: Path | None
    par_file: Path | None
    log_level: str
    log_format: str
    metrics_token: str
    given: Mapping[str, str] = field(repr=False)

    @property
    def is_trial(self) -> bool:
        """Tell whether posters must print “BẢN THỬ”: no https address has been set."""
        return not self.public_url.startswith("https://")


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the checked settings; raises SettingError naming the one that is missing or wrong."""
    given = {setting.name: environment.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    instance = Path(given["HAI_LONG_INSTANCE"]).resolve()
    public_url = _public_url(given["PUBLIC_URL"])
    if public_url.startswith("https://"):
        _require(given, "TRUSTED_PROXIES", "SURVEY_OWNER")
    instance.mkdir(parents=True, exist_ok=True)
    return Settings(
        instance=instance,
        database_url=given["DATABASE_URL"] or f"sqlite:///{instance / 'hai-long.db'}",
        public_url=public_url,
        trusted_proxies=_whole(given, "TRUSTED_PROXIES"),
        owner=given["SURVEY_OWNER"],
        contact=given["CONTACT"],
        secret_key=_secret_key(given["SECRET_KEY"], instance / "secret.key"),
        flood_per_minute=_whole(given, "FLOOD_PER_MINUTE"),
        feedback_per_minute=_whole(given, "FEEDBACK_PER_MINUTE"),
        case_days=_counted(given, "CASE_DAYS", most=250),
        case_remind_days=_counted(given, "CASE_REMIND_DAYS", least=0, most=250),
        case_contact_days=_counted(given, "CASE_CONTACT_DAYS", least=0, most=3_650),
        holidays_file=Path(given["HOLIDAYS_FILE"]).resolve() if given["HOLIDAYS_FILE"] else None,
        par_file=Path(given["PAR_FILE"]).resolve() if given["PAR_FILE"] else None,
        log_level=_one_of(given, "LOG_LEVEL", LOG_LEVELS),
        log_format=_one_of(given, "LOG_FORMAT", LOG_FORMATS),
        metrics_token=_metrics_token(given["METRICS_TOKEN"]),
        given=MappingProxyType({**given, "HAI_LONG_INSTANCE": str(instance), **_whole_paths(given)}),
    )


def _whole_paths(given: Mapping[str, str]) -> dict[str, str]:
    """Return the files that were named, found from any folder: a process of its own begins in another one."""
    return {name: str(Path(given[name]).resolve()) for name in ("HOLIDAYS_FILE", "PAR_FILE") if given[name]}


def _require(given: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not given[name]:
            raise SettingError(f"{name} must be set when PUBLIC_URL is https; see docs/operations.md")


def _public_url(value: str) -> str:
    url = (value or LOCAL_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise SettingError(f"PUBLIC_URL must look like https://khaosat.example.gov.vn, not {value!r}")
    return url


def _whole(given: Mapping[str, str], name: str) -> int:
    value = given[name] or "0"
    if not value.isdecimal():
        raise SettingError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def _counted(given: Mapping[str, str], name: str, *, least: int = 1, most: int) -> int:
    value = _whole(given, name)
    if not least <= value <= most:
        raise SettingError(f"{name} must lie between {least} and {most}, not {value}")
    return value


def _one_of(given: Mapping[str, str], name: str, offered: tuple[str, ...]) -> str:
    value = given[name].lower()
    if value not in offered:
        raise SettingError(f"{name} must be one of {', '.join(offered)}, not {given[name]!r}")
    return value


def _metrics_token(value: str) -> str:
    if value and len(value) < LEAST_TOKEN:
        raise SettingError(f"METRICS_TOKEN must have at least {LEAST_TOKEN} characters")
    return value


def _secret_key(value: str, path: Path) -> bytes:
    if value:
        if len(value) < 32:
            raise SettingError("SECRET_KEY must have at least 32 characters")
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
