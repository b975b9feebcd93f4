"""What is kept of a password, by the hasher that is served; the other tests hash in less memory."""

import unicodedata

import pytest

from survey.operations.staff import passwords
from survey.operations.staff.passwords import hash_password, is_password

SERVED = passwords.HASHER
PASSWORD = "mật khẩu đủ dài"


@pytest.fixture(autouse=True)
def as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the application does."""
    monkeypatch.setattr(passwords, "HASHER", SERVED)


def test_a_password_costs_what_owasp_asks() -> None:
    # OWASP, Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_the_same_however_the_keyboard_composes_it() -> None:
    kept = hash_password(unicodedata.normalize("NFD", PASSWORD))
    assert is_password(kept, PASSWORD)
    assert not is_password(kept, PASSWORD + " ")


def test_the_same_password_is_kept_in_two_ways() -> None:
    assert hash_password(PASSWORD) != hash_password(PASSWORD)
