"""What administrators should hear about accounts: who is locked, and that nobody is left when one person is away."""

from collections.abc import Collection
from datetime import timedelta

from survey.operations.staff.rights import Role, needs_second_factor
from survey.operations.staff.second_factor import MOST_WRONG
from survey.store.engine import Store
from survey.store.staff.accounts import Account, list_accounts, utc_now
from survey.store.staff.acts import Act
from survey.store.staff.audit import subjects_since
from survey.wording import Phrase, phrase

LOCKED_WITHIN = timedelta(days=1)


def find_warnings(store: Store, *, roles: Collection[str]) -> list[Phrase]:
    """Return what an administrator should look at, the most urgent first; `roles` need a second factor."""
    with store.reading() as connection:
        accounts = list_accounts(connection)
        locked = subjects_since(connection, utc_now() - LOCKED_WITHIN, act=Act.LOCKED)
    shut = [account.username for account in accounts if account.totp_secret and account.wrong_codes >= MOST_WRONG]
    warnings = []
    if shut:
        warnings.append(
            phrase("Đã nhập sai mã xác thực 20 lần liền, cần cấp lại xác thực hai bước cho: {names}.", names=shut)
        )
    if locked:
        warnings.append(
            phrase(
                "Trong 24 giờ qua, đăng nhập bị tạm khóa vì nhập sai nhiều lần ở các tài khoản: {names}. "
                "Nếu không phải do chủ tài khoản, hãy xem nhật ký và báo người phụ trách an toàn thông tin.",
                names=locked,
            )
        )
    return [*warnings, *_of_administrators(accounts, roles)]


def _of_administrators(accounts: Collection[Account], roles: Collection[str]) -> list[Phrase]:
    """Return a warning when one person alone can administer, or none but one has all it takes to get in."""
    able = [account for account in accounts if account.role == Role.ADMINISTRATOR and not account.disabled]
    ready = [account for account in able if not account.must_change and _has_factor(account, roles)]
    if len(able) == 1:
        return [
            phrase(
                "Chỉ có một người quản trị hệ thống. Khi người này vắng mặt hoặc mất điện thoại, chỉ lệnh trên máy chủ "
                "mới giúp được. Hãy thêm một người quản trị nữa."
            )
        ]
    if len(ready) == 1:
        return [
            phrase(
                "Chỉ một người quản trị hệ thống đăng nhập được đầy đủ ({name}); những người khác chưa đổi mật khẩu "
                "lần đầu hoặc chưa bật xác thực hai bước. Hãy nhắc họ làm ngay.",
                name=ready[0].username,
            )
        ]
    return []


def _has_factor(account: Account, roles: Collection[str]) -> bool:
    return not needs_second_factor(account, roles) or account.totp_secret is not None
