"""Error pages of the staff: none is a dead end, and what was typed is not lost with them."""

import pytest
from lxml import html

from tests.sign_in import admit, token_of

NEW_AGENCY = "/staff/registry/agencies/new"


def links(answer):
    """Return the addresses an error page leads to, those of the menu left out."""
    return html.fromstring(answer.text).xpath("//main//a/@href")


@pytest.mark.parametrize("path", ["/staff/nothing-here", "/staff/agencies/NOBODY", "/staff/rounds/r9/visits"])
def test_what_is_not_found_leads_home(client, store, sample_registry, path) -> None:
    admit(client, store)
    answer = client.get(path)
    assert answer.status_code == 404
    assert "" not in links(answer)
    assert "/staff/" in links(answer)
    assert client.get("/staff/").status_code == 200


def test_a_way_of_asking_that_is_none_leads_home(client, store, sample_registry) -> None:
    admit(client, store)
    answer = client.delete("/staff/agencies")
    assert answer.status_code == 405
    assert links(answer) == ["/staff/"]


def test_nobody_in_particular_is_led_to_the_door(client, store, sample_registry) -> None:
    answer = client.get("/staff/nothing-here")
    assert answer.status_code == 404
    assert links(answer) == ["/staff/"]
    assert client.get("/staff/").location.startswith("/staff/sign-in")


def test_after_a_fault_of_ours_the_form_is_sent_again_as_it_was_typed(
    client, store, sample_registry, monkeypatch
) -> None:
    admit(client, store)
    typed = {"token": token_of(client, NEW_AGENCY), "code": "SMOI", "name": "Sở mới"}
    with monkeypatch.context() as broken:
        broken.setattr("survey.operations.registry.agencies.add_agency", None)
        answer = client.post(NEW_AGENCY, data=typed)
    assert answer.status_code == 500
    (form,) = html.fromstring(answer.text).xpath("//main//form")
    assert (form.action, form.fields["name"]) == (NEW_AGENCY, "Sở mới")
    assert client.post(form.action, data=dict(form.fields)).status_code == 303


def test_a_database_that_fails_leaves_a_page_that_leads_home(client, store, sample_registry, monkeypatch) -> None:
    admit(client, store)
    monkeypatch.setattr("survey.web.door.door.accounts.find_signed_in", _out_of_reach)
    answer = client.get("/staff/agencies")
    assert answer.status_code in (500, 503)
    assert links(answer) == ["/staff/"]


def _out_of_reach(*_given):
    from sqlalchemy.exc import OperationalError

    raise OperationalError("SELECT 1", {}, ConnectionError("the database is out of reach"))
