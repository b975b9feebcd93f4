"""Settings as data: read once from the environment, checked at start, printed by `flask settings`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from survey.checked_settings import (
    checked_database,
    checked_url,
    counted,
    keys_before,
    metrics_token,
    one_of,
    read_secret_key,
    roles,
    security_contact,
    whole,
)
from survey.errors import SettingError
from survey.settings_file import read_settings_file
from survey.wording import mark

VERSION = "0.1.0"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("text", "json")
# What nobody else may know: it stands in no backup and in no answer.
SECRETS = frozenset({"SECRET_KEY", "SECRET_KEYS_BEFORE", "BACKUP_PASSPHRASE", "METRICS_TOKEN"})
SETTINGS_FILE = "HAI_LONG_SETTINGS"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its environment variable, what it is when unset, and (a message) what it is for."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting(
        SETTINGS_FILE,
        "",
        mark("Tệp chứa các cài đặt dưới đây, mỗi dòng một cài đặt; biến môi trường cùng tên được ưu tiên."),
    ),
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
    Setting(
        "BACKUP_PASSPHRASE",
        "",
        mark("Ít nhất 12 ký tự, niêm phong khóa bí mật trong tệp sao lưu; giữ một bản ở nơi khác máy chủ này."),
    ),
    Setting("FLOOD_PER_MINUTE", "120", mark("Số phiếu nhiều nhất mỗi phút từ một mạng tại một điểm phục vụ.")),
    Setting("ANSWERS_PER_HOUR", "60", mark("Số phiếu nhiều nhất mỗi giờ từ một mạng tại một điểm phục vụ.")),
    Setting("ANSWERS_PER_DAY", "300", mark("Số phiếu nhiều nhất mỗi ngày từ một mạng tại một điểm phục vụ.")),
    Setting("KIOSK_PER_HOUR", "120", mark("Số phiếu nhiều nhất mỗi giờ từ một máy tính bảng dùng chung.")),
    Setting("KIOSK_PER_DAY", "600", mark("Số phiếu nhiều nhất mỗi ngày từ một máy tính bảng dùng chung.")),
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
        "HSTS_SUBDOMAINS",
        "no",
        mark("“yes” để mọi tên miền con của PUBLIC_URL cũng chỉ dùng được https; bình thường là “no”."),
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
    answers_per_hour: int
    answers_per_day: int
    kiosk_per_hour: int
    kiosk_per_day: int
    feedback_per_minute: int
    case_days: int
    case_remind_days: int
    case_contact_days: int
    holidays_file: Path | None
    par_file: Path | None
    log_level: str
    log_format: str
    metrics_token: str
    hsts_subdomains: bool
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
    """Return the checked settings; raises SettingError naming the one that is missing or wrong.

    What the file of settings says holds where the environment says nothing.
    """
    file = environment.get(SETTINGS_FILE, "").strip()
    kept = read_settings_file(Path(file)) if file else {}
    given = {setting.name: _given(setting, environment, kept) for setting in SETTINGS}
    instance = Path(given["HAI_LONG_INSTANCE"]).resolve()
    public_url = checked_url(given["PUBLIC_URL"])
    if public_url.startswith("https://"):
        _require(given, "TRUSTED_PROXIES", "SURVEY_OWNER")
    secret_key = _begun(instance, given["SECRET_KEY"])
    return Settings(
        instance=instance,
        database_url=checked_database(given["DATABASE_URL"]) or f"sqlite:///{instance / 'hai-long.db'}",
        public_url=public_url,
        trusted_proxies=whole(given, "TRUSTED_PROXIES"),
        owner=given["SURVEY_OWNER"],
        contact=given["CONTACT"],
        petition_office=given["PETITION_OFFICE"],
        support=given["SUPPORT"],
        secret_keys=(secret_key, *keys_before(given)),
        second_factor_roles=roles(given["SECOND_FACTOR_ROLES"]),
        security_contact=security_contact(given["SECURITY_CONTACT"]),
        flood_per_minute=whole(given, "FLOOD_PER_MINUTE"),
        answers_per_hour=whole(given, "ANSWERS_PER_HOUR"),
        answers_per_day=whole(given, "ANSWERS_PER_DAY"),
        kiosk_per_hour=whole(given, "KIOSK_PER_HOUR"),
        kiosk_per_day=whole(given, "KIOSK_PER_DAY"),
        feedback_per_minute=whole(given, "FEEDBACK_PER_MINUTE"),
        case_days=counted(given, "CASE_DAYS", most=250),
        case_remind_days=counted(given, "CASE_REMIND_DAYS", least=0, most=250),
        case_contact_days=counted(given, "CASE_CONTACT_DAYS", least=0, most=3_650),
        holidays_file=Path(given["HOLIDAYS_FILE"]).resolve() if given["HOLIDAYS_FILE"] else None,
        par_file=Path(given["PAR_FILE"]).resolve() if given["PAR_FILE"] else None,
        log_level=one_of(given, "LOG_LEVEL", LOG_LEVELS),
        log_format=one_of(given, "LOG_FORMAT", LOG_FORMATS),
        metrics_token=metrics_token(given["METRICS_TOKEN"]),
        hsts_subdomains=one_of(given, "HSTS_SUBDOMAINS", ("yes", "no")) == "yes",
        given=MappingProxyType({**given, "HAI_LONG_INSTANCE": str(instance), **_whole_paths(given)}),
    )


def _begun(instance: Path, secret_key: str) -> bytes:
    """Make the instance folder, for its owner alone, and return the secret key, which may be a file in it."""
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        return read_secret_key(secret_key, instance / "secret.key")
    except OSError as error:
        raise SettingError(f"HAI_LONG_INSTANCE: {instance} cannot be used: {error.strerror}") from error


def _given(setting: Setting, environment: Mapping[str, str], kept: Mapping[str, str]) -> str:
    if setting.name == SETTINGS_FILE:
        # It has been read: a process of its own is handed the values.
        return ""
    return environment.get(setting.name, "").strip() or kept.get(setting.name, "").strip() or setting.default


def _whole_paths(given: Mapping[str, str]) -> dict[str, str]:
    """Return the files that were named, found from any folder: a process of its own begins in another one."""
    return {name: str(Path(given[name]).resolve()) for name in ("HOLIDAYS_FILE", "PAR_FILE") if given[name]}


def _require(given: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not given[name]:
            raise SettingError(f"{name} must be set when PUBLIC_URL is https; see docs/operations.md")
