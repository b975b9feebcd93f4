"""Rules every page keeps: what is in it and what comes with it. How it looks, tests/journeys/test_pages.py tells."""

import re
from urllib.parse import urlsplit

import pytest
from lxml import html

from survey.operations.staff.accounts import add_staff
from survey.services import EXTENSION
from tests.journeys.visits import SIGNING_IN, demo_application, visit_everything

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
# A preview sends nothing anywhere.
FORMS_GO_TO = {"form-action 'self'", "form-action 'none'"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Make an application with simulated, published responses."""
    with demo_application(tmp_path_factory.mktemp("instance")) as made:
        yield made


@pytest.fixture(scope="module")
def visits(app):
    """Return every page there is."""
    return visit_everything(app)


def broken(visits, fault):
    """Return what `fault` finds, by the name of the page."""
    return {visit.name: found for visit in visits if (found := fault(visit))}


def test_every_page_says_its_language_its_title_and_one_heading(visits) -> None:
    assert len(visits) >= 33

    def fault(visit):
        tree = visit.tree
        headings = [heading.text_content().strip() for heading in tree.iter("h1")]
        title = (tree.findtext(".//title") or "").strip()
        whole = tree.get("lang") == visit.language and len(headings) == 1 and headings[0] and title
        return None if whole else (tree.get("lang"), headings, title)

    assert broken(visits, fault) == {}


def test_every_input_has_a_label_and_every_id_is_unique(visits) -> None:
    def fault(visit):
        tree = visit.tree
        fields = tree.xpath("//input[not(@type='hidden' or @aria-hidden='true')] | //textarea | //select")
        ids = tree.xpath("//@id")
        labels = set(tree.xpath("//label/@for"))
        bare = [f.get("name") for f in fields if f.get("id") not in labels and not f.xpath("ancestor::label")]
        dangling = set(" ".join(tree.xpath("//@aria-describedby | //@aria-labelledby | //label/@for")).split()) - set(
            ids
        )
        return bare or dangling or [one for one in ids if ids.count(one) > 1]

    assert broken(visits, fault) == {}


def test_no_page_carries_style_or_script_in_attributes(visits) -> None:
    def fault(visit):
        names = [name for element in visit.tree.iter(html.etree.Element) for name in element.attrib]
        return [name for name in names if name == "style" or name.startswith("on")]

    assert broken(visits, fault) == {}


def test_no_page_names_another_host(visits) -> None:
    def fault(visit):
        addresses = visit.tree.xpath("//@href | //@src | //@action | //@formaction | //@srcset | //@poster")
        foreign = [one for one in addresses if urlsplit(one).netloc or urlsplit(one).scheme not in ("", "data")]
        return foreign or re.findall(rb"(?:https?:)?//[\w-]+\.[\w.-]+", visit.body)

    assert broken(visits, fault) == {}


def test_no_page_sets_a_cookie_and_every_page_has_the_security_headers(visits) -> None:
    def fault(visit):
        wrong = {name: visit.headers.get(name) for name, value in HEADERS.items() if visit.headers.get(name) != value}
        policy = visit.headers.get("Content-Security-Policy", "")
        missing = [rule for rule in POLICY if rule not in policy] or FORMS_GO_TO.isdisjoint(policy.split("; "))
        cookie = visit.headers.get("Set-Cookie") if visit.name not in SIGNING_IN else None
        return wrong or missing or ("unsafe" in policy and policy) or cookie

    assert broken(visits, fault) == {}


def test_only_sign_in_sets_a_cookie_and_it_is_out_of_reach_of_scripts(app) -> None:
    password = add_staff(app.extensions[EXTENSION].store, "mai")
    answer = app.test_client().post("/staff/sign-in", data={"username": "mai", "password": password})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_a_page_of_staff_is_kept_nowhere(visits) -> None:
    kept = {visit.name: visit.headers.get("Cache-Control") for visit in visits if visit.address.startswith("/staff")}
    assert set(kept.values()) == {"no-store"}


def test_every_page_that_shows_or_takes_simulated_answers_says_so(visits) -> None:
    about_answers = {"form", "form with faults", "thanks", "results (vi)", "results of a round (vi)", "overview"}
    silent = {visit.name for visit in visits if "DỮ LIỆU MÔ PHỎNG" not in visit.tree.text_content()}
    assert about_answers & silent == set()


def test_what_a_field_allows_reaches_the_browser(visits) -> None:
    # An attribute that lost its quotation marks to escaping is there, and means nothing.
    def fault(visit):
        tree = visit.tree
        quoted = [
            f"{name}={value}"
            for one in tree.iter("input", "select", "textarea")
            for name, value in one.items()
            if name not in ("value", "placeholder") and value.startswith(('"', "'"))
        ]
        lists = set(tree.xpath("//input/@list")) - set(tree.xpath("//datalist/@id"))
        return quoted or sorted(lists)

    assert broken(visits, fault) == {}


def test_a_table_that_a_phone_shows_as_blocks_stays_a_table_to_a_screen_reader(visits) -> None:
    def fault(visit):
        tables = visit.tree.xpath("//table[contains(concat(' ', @class, ' '), ' stack ')]")
        inside = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}
        bare = [cell.tag for table in tables for cell in table.iter(*inside) if cell.get("role") != inside[cell.tag]]
        heads = [cell for table in tables for cell in table.iter("th")]
        loose = [cell.text_content() for cell in heads if not (cell.get("scope") and cell.get("role"))]
        return bare or loose or [table.get("class") for table in tables if table.find("caption") is None]

    assert broken(visits, fault) == {}


def test_whoever_was_slower_is_told_so_in_one_sentence_and_once(visits) -> None:
    slower = [visit for visit in visits if "meanwhile" in visit.name]
    told = {" ".join(one.text_content().split()) for visit in slower for one in visit.tree.xpath("//*[@role='alert']")}
    assert len(slower) >= 10
    assert [sentence for sentence in told if not sentence.startswith("Chưa lưu gì: trong lúc này người khác")] == []
    assert len(told) == 1
    assert broken(slower, lambda visit: len(visit.tree.xpath("//*[@role='alert']")) - 1 or visit.status - 409) == {}


def test_every_page_of_somebody_signed_in_says_who_that_is(visits) -> None:
    behind = [visit for visit in visits if visit.tree.xpath("//nav[@class='areas']/a[starts-with(@href, '/staff')]")]
    assert len(behind) > 100
    assert broken(behind, lambda visit: not visit.tree.xpath("//div[@class='who']//button")) == {}
