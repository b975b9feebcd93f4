"""A gateway that changes what the browser sent is named at the door, instead of a page that is too old."""

import pytest

from survey.app import create_app

PUBLIC = "https://khaosat.tinh.gov.vn"
EXPIRED, CHANGED = "Trang này đã mở quá lâu", "phải chuyển nguyên địa chỉ mà trình duyệt gửi"


# A host that is not ours is refused in front of every page.
OTHER_HOST = "PUBLIC_URL"


@pytest.fixture
def door(store, database_url, tmp_path):
    """Return a client of a site behind a gateway."""
    settings = {"PUBLIC_URL": PUBLIC, "TRUSTED_PROXIES": "1", "SURVEY_OWNER": "Sở Nội vụ", "DATABASE_URL": database_url}
    app = create_app({**settings, "HAI_LONG_INSTANCE": str(tmp_path / "i")})
    yield app.test_client()
    app.extensions["hai-long"].store.close()


@pytest.mark.parametrize(
    ("host", "headers", "words"),
    [
        ("app:8000", {"Origin": PUBLIC}, OTHER_HOST),
        ("khaosat.tinh.gov.vn", {"Origin": "null"}, CHANGED),
        ("khaosat.tinh.gov.vn", {"Origin": "https://evil.example"}, EXPIRED),
        ("app:8000", {"Origin": "https://evil.example"}, OTHER_HOST),
        ("khaosat.tinh.gov.vn", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, EXPIRED),
    ],
)
def test_what_was_changed_on_the_way_is_said_and_another_site_learns_nothing(door, host, headers, words):
    reply = door.post(
        "/staff/sign-in", base_url=f"https://{host}", data={"username": "lan", "password": "x" * 12}, headers=headers
    )
    assert reply.status_code == (400 if words == OTHER_HOST else 403)
    assert words in reply.text
