"""Only our own host is answered, and whoever finds a weakness is told whom to write to."""

from datetime import UTC, datetime, timedelta

import pytest

from survey.app import create_app
from survey.errors import SettingError
from survey.settings import load_settings
from survey.web.door.hosts import host_of

HTTPS = {"PUBLIC_URL": "https://khaosat.example.gov.vn", "TRUSTED_PROXIES": "1", "SURVEY_OWNER": "Sở Nội vụ"}
SECURITY = "/.well-known/security.txt"


@pytest.fixture
def served(database_url, tmp_path):
    """Give a function that makes a client of the application with some settings."""
    made = []

    def client_with(**settings: str):
        folder = {"HAI_LONG_INSTANCE": str(tmp_path / "other"), "DATABASE_URL": database_url}
        made.append(create_app({**folder, **settings}))
        return made[-1].test_client()

    yield client_with
    for app in made:
        app.extensions["hai-long"].store.close()


@pytest.mark.parametrize("path", ["/", "/K/P2MCN3E", "/staff/sign-in", "/results/", "/api/v1/rounds"])
@pytest.mark.parametrize(
    "host", ["evil.example", "khaosat.example.gov.vn.evil.example", "", "khaosat.example.gov.vn@x"]
)
def test_another_host_gets_400_and_hears_which_setting_names_ours(served, path, host) -> None:
    answer = served(**HTTPS).get(path, headers={"Host": host, "X-Forwarded-Proto": "https"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "khaosat.example.gov.vn" in answer.text
    assert "PUBLIC_URL" in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "host", ["khaosat.example.gov.vn", "KHAOSAT.example.gov.vn:443", "127.0.0.1:8000", "localhost", "[::1]:8000"]
)
def test_our_host_and_this_machine_itself_are_answered(served, host) -> None:
    assert served(**HTTPS).get("/healthz", headers={"Host": host}).text == "ok\n"


def test_a_host_that_a_proxy_names_counts(served) -> None:
    forged = {"Host": "127.0.0.1:8000", "X-Forwarded-Host": "evil.example"}
    assert served(**HTTPS).get("/staff/sign-in", headers=forged).status_code == 400


def test_a_trial_without_an_address_of_its_own_answers_any_host(served) -> None:
    assert served(PUBLIC_URL="").get("/healthz", headers={"Host": "192.0.2.7:8000"}).status_code == 200


def test_hosts_are_compared_as_dns_does() -> None:
    # Punycode of RFC 3492 for a name with a letter of Latin-1: bücher → xn--bcher-kva.
    assert host_of("Bücher.example.:8443") == "xn--bcher-kva.example"


def test_security_txt_says_what_rfc_9116_asks_for(served) -> None:
    answer = served(**HTTPS, SECURITY_CONTACT="mailto:attt@example.gov.vn").get(SECURITY)
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert fields["Contact"] == "mailto:attt@example.gov.vn"
    assert fields["Canonical"] == f"https://khaosat.example.gov.vn{SECURITY}"
    left = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=178) < left < timedelta(days=365)


def test_without_a_contact_there_is_no_such_page_and_a_wrong_one_is_refused(served, tmp_path) -> None:
    assert served(**HTTPS).get(SECURITY).status_code == 404
    for wrong in ("attt@example.gov.vn", "http://example.gov.vn", "mailto:a b@example.gov.vn"):
        with pytest.raises(SettingError, match="SECURITY_CONTACT must begin with mailto: or https://"):
            load_settings({"HAI_LONG_INSTANCE": str(tmp_path), "SECURITY_CONTACT": wrong})


@pytest.mark.parametrize(
    "path", ["/", "/K/P2MCN3E", "/staff/sign-in", "/results/", "/feedback", "/nowhere", "/healthz"]
)
def test_over_https_every_answer_binds_browsers_to_it_and_may_be_framed_by_nobody(served, path) -> None:
    sent = {"Host": "khaosat.example.gov.vn", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    headers = served(**HTTPS).get(path, headers=sent).headers
    # A year has 31,536,000 seconds.
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS"])
def test_tracing_is_no_method_here_and_no_other_origin_is_let_in(served, method) -> None:
    answer = served(**HTTPS).open("/staff/sign-in", method=method, headers={"Origin": "https://evil.example"})
    assert method != "TRACE" or answer.status_code == 405
    assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]
