"""The check of a poster: what was scanned is judged, and said to whom it belongs."""

from random import Random

import pytest

from survey.fieldwork import make_code
from survey.operations.clock import today_in_vietnam
from survey.operations.posters import checking
from survey.operations.posters.checking import CodeVerdict
from survey.operations.staff.rights import Scope
from survey.settings import load_settings
from tests.integration.posters.studio import BUSINESS, CIVIL_STATUS, GUIDE, WARD, ordered, pressed, successor_of


def test_a_right_code_is_told_with_its_place_and_its_print_date(clerk) -> None:
    ordered(clerk)
    for path in (f"/staff/check?code={BUSINESS}", f"/staff/check/{BUSINESS.lower()}"):
        page = clerk.get(path).text
        assert "ĐÚNG MÃ" in page
        assert "Ủy ban nhân dân phường Đông Kinh" in page
        assert f"in ngày {today_in_vietnam():%d/%m/%Y}" in page


def test_another_agencys_code_is_told_without_names(clerk) -> None:
    page = clerk.get(f"/staff/check/{GUIDE}").text
    assert "MÃ CỦA CƠ QUAN KHÁC" in page
    assert "Trung tâm Phục vụ" not in page


HTTPS = {"PUBLIC_URL": "https://khaosat.example.vn", "TRUSTED_PROXIES": "1", "SURVEY_OWNER": "Sở Nội vụ"}
NEVER_MADE = make_code(Random(7))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (BUSINESS, CodeVerdict.RIGHT),
        (f" {BUSINESS[:3].lower()}-{BUSINESS[3:]} ", CodeVerdict.RIGHT),
        (f"HTTPS://KHAOSAT.EXAMPLE.VN/K/{BUSINESS}", CodeVerdict.RIGHT),
        (f"https://khaosat.example.vn:443/k/{BUSINESS}?lang=en", CodeVerdict.RIGHT),
        (f"khaosat.example.vn/k/{BUSINESS}", CodeVerdict.RIGHT),
        (GUIDE, CodeVerdict.OTHER_AGENCY),
        (NEVER_MADE, CodeVerdict.UNKNOWN),
        (f"{BUSINESS[:-1]}A", CodeVerdict.MISTYPED),
        (f"http://khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn.evil.example/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn@evil.example/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://evil.example\\@khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://evil.example/?https://khaosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn:8443/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khaosat.example.vn/login/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),
        (f"https://khаosat.example.vn/K/{BUSINESS}", CodeVerdict.WRONG_ADDRESS),  # a Cyrillic letter
        ("javascript:alert(1)", CodeVerdict.WRONG_ADDRESS),
    ],
)
def test_a_scanned_address_is_judged_by_its_host_first(store, sample_registry, tmp_path, text, verdict) -> None:
    settings = load_settings({**HTTPS, "HAI_LONG_INSTANCE": str(tmp_path)})
    scope = Scope(frozenset({WARD}))
    assert checking.check(store, settings, text, scope=scope, today=today_in_vietnam()).verdict is verdict


def test_an_ended_code_is_told_with_what_took_its_place(manager, store) -> None:
    new = successor_of(manager, BUSINESS, "tampered")
    page = manager.get(f"/staff/check/{BUSINESS}").text
    assert "MÃ ĐÃ THAY" in page
    assert "bị dán đè hoặc làm giả" in page
    assert f"/staff/points/{new}" in page
    pressed(manager, f"/staff/points/{CIVIL_STATUS}/revoke")
    assert "MÃ ĐÃ NGỪNG DÙNG" in manager.get(f"/staff/check/{CIVIL_STATUS}").text


def test_markup_in_what_was_scanned_stays_text(clerk) -> None:
    page = clerk.get("/staff/check?code=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page
    assert "KHÔNG PHẢI" in page
