"""Addresses as messengers, letters and tired eyes pass them on, and pages in the language that was asked for."""

import gzip
import re

import pytest
from lxml import html

from tests.integration.citizen.counters import MISTYPED, POINT, RETIRED, TOKEN, UNKNOWN

RECEIPT = "9EZB-ECQL-YRVA"
# What stands behind an address in a sentence, and what is copied along with it.
TAILS = ["/", ".", ",", ")", "%20", "%E2%80%8B", ".%0A", "%C2%A0", "…"]
ADDED = ["lang=en&fbclid=abc", "fbclid=abc&lang=en", "utm_source=zalo&lang=en&utm_medium=social", "lang=en&x="]


def language_of(page):
    return re.search('<html lang="?(..)', page.text)[1]


@pytest.mark.parametrize("query", ADDED)
def test_english_survives_what_a_messenger_adds(counter, query):
    for path in (f"/K/{POINT}", "/", f"/K/{UNKNOWN}", f"/K/{RETIRED}", "/a/SYT", "/feedback", "/results/"):
        assert language_of(counter.client.get(f"{path}?{query}")) == "en", path
    sent = counter.send({"A1": "5"}, query=f"?{query}")
    assert sent.location.endswith("&lang=en")


@pytest.mark.parametrize("query", ["lang=vi&fbclid=abc", "xlang=en", "lang=english", "LANG=en", "fbclid=lang=en"])
def test_only_english_that_was_asked_for_is_english(counter, query):
    assert language_of(counter.client.get(f"/K/{POINT}?{query}")) == "vi"


@pytest.mark.parametrize(
    ("query", "language"),
    [("&fbclid=x", "vi"), ("&lang=en&fbclid=x", "en"), ("&zarsrc=30&utm_source=zalo&lang=en", "en")],
)
def test_the_page_of_thanks_takes_what_a_messenger_adds(counter, query, language):
    for asked in (f"receipt={RECEIPT}{query}", f"{query[1:]}&receipt={RECEIPT}"):
        page = counter.client.get(f"/K/{POINT}/thanks?{asked}")
        assert (page.status_code, language_of(page), RECEIPT in page.text) == (200, language, True)
    assert counter.client.get(f"/K/{POINT}/thanks?xreceipt={RECEIPT}").status_code == 404


def test_the_plain_address_answers_the_same_bytes_as_before_and_as_one_with_something_added(counter):
    plain, added = (counter.client.get(f"/K/{POINT}?{query}").text for query in ("", "fbclid=x"))
    assert TOKEN.sub("", plain) == TOKEN.sub("", added)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("path", ["/K/L4E3SZF", "/k/l4e3szf", "/a/SYT", "/A/SYT", "/a/syt"])
def test_what_stands_behind_an_address_leads_to_the_address(counter, path, tail):
    answer = counter.client.get(path + tail)
    clean = f"/K/{POINT}" if "/k" in path.casefold() else "/a/SYT"
    assert (answer.status_code, answer.location) == (303, clean)
    assert counter.client.get(f"{path}{tail}?lang=en").location == f"{clean}?lang=en"


@pytest.mark.parametrize("tail", TAILS)
def test_feedback_is_found_with_the_end_of_its_sentence(counter, tail):
    for path in ("/feedback", "/feedback/"):
        answer = counter.client.get(f"{path}{tail}?lang=en", follow_redirects=True)
        assert (answer.status_code, language_of(answer)) == (200, "en")
    followed = counter.client.get(f"/feedback/follow{tail}", follow_redirects=True)
    assert "Mã bí mật" in followed.text


@pytest.mark.parametrize("tail", TAILS)
def test_a_code_nobody_has_is_not_found_with_anything_behind_it(counter, tail):
    for code in (UNKNOWN, MISTYPED):
        assert counter.client.get(f"/K/{code}{tail}", follow_redirects=True).status_code == 404
    assert counter.client.get(f"/a/KHONGCO{tail}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize("path", ["/", f"/K/{UNKNOWN}", f"/K/{RETIRED}", "/a/KHONGCO", "/khong-co", "/K/"])
def test_every_notice_offers_the_other_language_and_comes_back(counter, path):
    page = counter.client.get(path, follow_redirects=True)
    (english,) = html.fromstring(page.text).xpath("//header//a[@hreflang='en']/@href")
    other = counter.client.get(english, follow_redirects=True)
    assert language_of(other) == "en"
    assert html.fromstring(other.text).xpath("//header//a[@hreflang='vi']/@href")


def test_no_notice_leads_to_another_host(counter):
    for path in ("//example.org/a/b/c", "///example.org", "/%2F/example.org/x"):
        for address in re.findall(r'href="([^"]*)"', counter.client.get(path).text):
            assert not address.startswith(("//", "/\\", "http")), address


@pytest.mark.parametrize(("typed", "kept"), [("k7m2 q4x", "K7M2Q4X"), ('"><b>', "B"), ("a" * 500, "A" * 20)])
def test_a_code_nobody_has_stays_in_its_field(counter, typed, kept):
    page = counter.client.get("/K", query_string={"code": typed}, follow_redirects=True)
    assert page.status_code == 404
    assert html.fromstring(page.text).xpath("//input[@id='code']/@value") == [kept]


@pytest.mark.parametrize(
    "path", ["/", f"/K/{RETIRED}", f"/K/{UNKNOWN}", "/results/", "/a/SYT", "/feedback", "/a/KHONGCO"]
)
def test_notices_and_results_come_compressed_to_whoever_takes_them_so(counter, path):
    plain = counter.client.get(path)
    packed = counter.client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    # The style of the citizens' pages alone packs to less than half.
    assert len(packed.data) < len(plain.data) / (1 if path == "/results/" else 2)
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert packed.headers.get("Content-Security-Policy") == plain.headers.get("Content-Security-Policy")


def test_the_stylesheet_comes_compressed_and_pages_of_staff_do_not(counter):
    address = re.search(r'href="(/static/site[^"]+)"', counter.client.get("/results/").text)[1]
    style = counter.client.get(address, headers={"Accept-Encoding": "gzip"})
    assert style.headers["Content-Encoding"] == "gzip"
    assert b"font" in gzip.decompress(style.data)
    door = counter.client.get("/staff/sign-in", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in door.headers
