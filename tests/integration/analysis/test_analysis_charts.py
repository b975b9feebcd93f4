"""The charts of the analysis: what their addresses promise, when they are drawn, and where they are kept."""

import logging
import re
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from survey.operations.results import charts as run_charts
from survey.store.tables import run_chart
from tests.integration.analysis.analysed import IN_WARD, WARD_CODE, answer, pictures, publish

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow


def test_a_chart_is_a_picture_that_may_do_nothing_and_be_kept_for_ever(admitted, two_wards) -> None:
    address = pictures(admitted, "r1")["overview"]
    found = admitted.get(address)
    assert (found.status_code, found.mimetype) == (200, "image/svg+xml")
    assert two_wards in address
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert found.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    drawn = ElementTree.fromstring(found.text)
    assert [one.tag for one in drawn.iter() if one.tag.rpartition("}")[2] in ("script", "image", "foreignObject")] == []
    page = admitted.get("/staff/analysis/r1")
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "73,33" in re.search(r'<img src="[^"]*overview[^"]*" alt="([^"]+)"', page.text)[1]


def test_the_address_of_a_chart_ends_with_the_next_publication(admitted, store, two_wards) -> None:
    address = pictures(admitted, "r1")["overview"]
    answer(store, IN_WARD, times=20, symbol="1")
    publish(store)
    assert admitted.get(address).status_code == 404
    assert admitted.get(address.partition("?")[0]).status_code == 404
    assert admitted.get(pictures(admitted, "r1")["overview"]).status_code == 200


def test_a_series_chart_gets_a_new_address_when_an_earlier_round_is_published_again(
    admitted, store, two_rounds
) -> None:
    path = f"r1/agencies/{WARD_CODE}"
    before = pictures(admitted, path)
    answer(store, IN_WARD, times=40, symbol="1", code="r0")
    publish(store, "r0")
    after = pictures(admitted, path)
    assert before["trend"] != after["trend"]
    assert before["change"] != after["change"]
    assert before["items"] == after["items"]


def kept_charts(store) -> dict[tuple[str, str], str]:
    """Return the charts in the store by name and language."""
    with store.reading() as connection:
        rows = connection.execute(select(run_chart.c.name, run_chart.c.language, run_chart.c.svg)).all()
    return {(row.name, row.language): row.svg for row in rows}


def test_charts_are_drawn_at_publication_and_those_of_agencies_when_somebody_looks(admitted, store, two_wards) -> None:
    first = kept_charts(store)
    assert {("overview", "vi"), ("ranking-0", "vi")} <= set(first)
    assert {language for _, language in first} == {"vi"}
    admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}")
    then = kept_charts(store)
    assert {(f"items-{WARD_CODE}", "vi"), (f"dimensions-{WARD_CODE}", "vi")} <= set(then)
    admitted.get(f"/staff/analysis/r1/agencies/{WARD_CODE}?lang=en")
    assert (f"items-{WARD_CODE}", "en") in kept_charts(store)
    assert {name: then[name] for name in first} == first


def test_a_publication_by_command_draws_the_pages_of_agencies_so_that_no_request_does(
    admitted, store, round_of_2023_form, app, monkeypatch
) -> None:
    answer(store, IN_WARD, times=40, symbol="4")
    assert app.test_cli_runner().invoke(args=["index", "publish", "--round", "r1"]).exit_code == 0
    drawn = kept_charts(store)
    assert {(f"items-{WARD_CODE}", "vi"), (f"dimensions-{WARD_CODE}", "vi")} <= set(drawn)

    def fail(*_):
        raise AssertionError("a request must not draw")

    monkeypatch.setattr(run_charts, "draw_chart", fail)
    for page in ("", "/ranking", f"/agencies/{WARD_CODE}"):
        assert admitted.get(f"/staff/analysis/r1{page}").status_code == 200
    assert kept_charts(store) == drawn


def test_a_publication_is_not_lost_when_its_charts_cannot_be_drawn(
    admitted, store, round_of_2023_form, monkeypatch, caplog
) -> None:
    def fail(*_):
        raise OSError("no room for fonts")

    answer(store, IN_WARD, times=40, symbol="4")
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(run_charts, "draw_chart", fail)
        run = publish(store)
    assert "could not be drawn" in caplog.text
    assert kept_charts(store) == {}
    assert run in pictures(admitted, "r1")["overview"]
    assert ("overview", "vi") in kept_charts(store)
