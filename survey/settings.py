"""Settings as data: read once from the environment, checked at start, printed by `flask settings`."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from survey.errors import SettingError
from survey.wording import mark

VERSION = "0.1.0"
LOCAL_URL = "http://127.0.0.1:8000"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("text", "json")
LEAST_TOKEN = 16
LEAST_KEY = 32
# As `survey.operations.staff.rights` has them, which lies above.
ROLES = ("administrator", "analyst", "manager", "clerk", "auditor")
NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, what it is when unset, and (a message) what it is for."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HAI_LONG_INSTANCE", "instance", mark("Thư mục chứa cơ sở dữ liệu, khóa bí mật tự tạo và các tệp đã tạo.")),
    Setting(
        "DATABASE_URL",
        "",
        mark("Địa chỉ SQLAlchemy của cơ sở dữ liệu; để trống là một tệp SQLite trong thư mục nói trên."),
    ),
    Setting(
        "PUBLIC_URL",
        "",
        mark(
            "Địa chỉ https mà người dân truy cập, in trên áp phích; để trống hoặc không phải https thì áp phích có chữ "
            "“BẢN THỬ”."
        ),
    ),
    Setting(
        "TRUSTED_PROXIES",
        "",
        mark("Số máy trung gian phía trước có X-Forwarded-For được tin; bắt buộc khi dùng https."),
    ),
    Setting(
        "SURVEY_OWNER",
        "",
        mark("Cơ quan thực hiện khảo sát, ghi ở màn hình đầu của người dân; bắt buộc khi dùng https."),
    ),
    Setting("CONTACT", "", mark("Điện thoại hoặc địa chỉ in trên áp phích để báo mã giả, và trên trang gửi phản ánh.")),
    Setting(
        "PETITION_OFFICE",
        "",
        mark("Nơi nhận đơn khiếu nại, tố cáo (tên và địa chỉ), ghi trên trang gửi phản ánh, kiến nghị."),
    ),
    Setting("SUPPORT", "", mark("Tên và điện thoại của người quản trị hệ thống, ghi trên trang đăng nhập của cán bộ.")),
    Setting("SECRET_KEY", "", mark("Ít nhất 32 ký tự; để trống là một tệp tự tạo trong thư mục nói trên.")),
    Setting(
        "SECRET_KEYS_BEFORE",
        "",
        mark(
            "Các giá trị cũ của SECRET_KEY, cách nhau bằng dấu phẩy, mới nhất trước; chỉ dùng để đọc những gì đã ký "
            "hoặc mã hóa bằng chúng."
        ),
    ),
    Setting(
        "SECOND_FACTOR_ROLES",
        "administrator,analyst,manager",
        mark("Các vai trò phải xác thực hai bước, cách nhau bằng dấu phẩy; “none” là không vai trò nào."),
    ),
    Setting(
        "SECURITY_CONTACT",
        "",
        mark(
            "Nơi nhận báo cáo lỗ hổng bảo mật, bắt đầu bằng “mailto:” hoặc “https://”; ghi ở "
            "/.well-known/security.txt. Để trống thì không có trang này."
        ),
    ),
    Setting("FLOOD_PER_MINUTE", "120", mark("Số phiếu nhiều nhất mỗi phút từ một mạng tại một điểm phục vụ.")),
    Setting(
        "FEEDBACK_PER_MINUTE",
        "10",
        mark("Số phản ánh, kiến nghị nhiều nhất mỗi phút từ một mạng đến một cơ quan."),
    ),
    Setting("CASE_DAYS", "15", mark("Số ngày làm việc để cơ quan trả lời một phản ánh, kiến nghị.")),
    Setting("CASE_REMIND_DAYS", "3", mark("Số ngày làm việc trước hạn mà từ đó phản ánh được nhắc là sắp đến hạn.")),
    Setting("CASE_CONTACT_DAYS", "90", mark("Số ngày giữ thông tin liên hệ của một phản ánh sau khi trả lời.")),
    Setting(
        "PAR_FILE", "", mark("Quy tắc của các bộ chỉ số cải cách hành chính; để trống là survey/analysis/par/par.toml.")
    ),
    Setting(
        "LOG_LEVEL", "warning", mark("Mức ghi nhật ký kỹ thuật: “debug”, “info”, “warning”, “error” hoặc “critical”.")
    ),
    Setting("LOG_FORMAT", "text", mark("Cách ghi dòng nhật ký kỹ thuật: “text”, hoặc “json” cho chương trình.")),
    Setting(
        "METRICS_TOKEN", "", mark("Ít nhất 16 ký tự, phải đưa ra để đọc /metrics; để trống thì không có /metrics.")
    ),
    Setting(
        "HOLIDAYS_FILE",
        "",
        mark("Các ngày làm việc hoán đổi; để trống là survey/operations/feedback/working_days.toml."),
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as the application uses them; `given` is what they were read from, for processes of their own.

    The first of `secret_keys` signs and seals, the others open what was signed and sealed before.
    """

    instance: Path
    database_url: str
    public_url: str
    trusted_proxies: int
    owner: str
    contact: str
    petition_office: str
    support: str
    secret_keys: tuple[bytes, ...]
    second_factor_roles: frozenset[str]
    security_contact: str
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
    def secret_key(self) -> bytes:
        """Return the key that signs and seals."""
        return self.secret_keys[0]

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
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Settings(
        instance=instance,
        database_url=given["DATABASE_URL"] or f"sqlite:///{instance / 'hai-long.db'}",
        public_url=public_url,
        trusted_proxies=_whole(given, "TRUSTED_PROXIES"),
        owner=given["SURVEY_OWNER"],
        contact=given["CONTACT"],
        petition_office=given["PETITION_OFFICE"],
        support=given["SUPPORT"],
        secret_keys=(_secret_key(given["SECRET_KEY"], instance / "secret.key"), *_keys_before(given)),
        second_factor_roles=_roles(given["SECOND_FACTOR_ROLES"]),
        security_contact=_security_contact(given["SECURITY_CONTACT"]),
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


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _roles(text: str) -> frozenset[str]:
    roles = frozenset() if text == NOBODY else frozenset(_listed(text))
    if unknown := sorted(roles - set(ROLES)):
        raise SettingError(f"SECOND_FACTOR_ROLES must be {NOBODY} or some of {', '.join(ROLES)}, not {unknown[0]!r}")
    return roles


def _security_contact(text: str) -> str:
    if text and not (text.startswith(("mailto:", "https://")) and text.isprintable() and " " not in text):
        raise SettingError(f"SECURITY_CONTACT must begin with mailto: or https://, not be {text!r}")
    return text


def _keys_before(given: Mapping[str, str]) -> tuple[bytes, ...]:
    keys = _listed(given["SECRET_KEYS_BEFORE"])
    if any(len(key) < LEAST_KEY for key in keys):
        raise SettingError(f"each of SECRET_KEYS_BEFORE must have at least {LEAST_KEY} characters")
    return tuple(key.encode() for key in keys)


def _secret_key(value: str, path: Path) -> bytes:
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
