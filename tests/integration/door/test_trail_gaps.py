"""What the trail tells of looking: at what is another agency's, and at how to reach a citizen; and where it goes."""

import logging

import pytest

from survey.operations.keeping.deeds import detail_in_words
from survey.operations.staff.rights import Role
from tests.integration.feedback.letters import sent_yesterday
from tests.sign_in import admit
from tests.trail import deeds_of


def noted(store, act: str) -> list[tuple[str, str]]:
    return [(one.staff, detail_in_words(one)) for one in deeds_of(store) if one.act == act]


@pytest.fixture
def clerk(app, store, sample_registry):
    """Return a client signed in as `minh`, a clerk of SNV."""
    client = app.test_client()
    admit(client, store, "minh", Role.CLERK, "SNV")
    return client


@pytest.mark.parametrize("path", ["/staff/agencies/STC", "/staff/monitoring/STC", "/staff/cases/4VXTECAB"])
def test_asking_for_another_agencys_things_is_noted(store, clerk, path) -> None:
    assert clerk.get(path).status_code == 404
    assert noted(store, "refused") == [("minh", f"GET {path}; lý do: không có, hoặc thuộc cơ quan khác")]


def test_an_address_that_is_none_of_ours_is_not_noted_nor_who_sees_all_agencies(client, store, clerk) -> None:
    clerk.get("/staff/nowhere")
    admit(client, store)
    assert client.get("/staff/agencies/NOWHERE").status_code == 404
    assert noted(store, "refused") == []


def test_opening_a_case_with_a_contact_is_noted_and_without_one_is_not(app, client, store, clerk) -> None:
    with_contact, _ = sent_yesterday(client, store, contact="Tổ 5")
    without, _ = sent_yesterday(client, store, contact="")
    admit(client, store)
    assert "Tổ 5" in client.get(f"/staff/cases/{with_contact}").text
    assert client.get(f"/staff/cases/{without}").status_code == 200
    assert noted(store, "contact_read") == [("lan", f"phản ánh {with_contact}")]


def test_every_line_goes_to_the_log_too(store, clerk, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="survey.store.staff.audit"):
        clerk.get("/staff/agencies/STC")
    (line,) = [one for one in caplog.records if one.getMessage() == "noted in the trail"]
    told = {name: getattr(line, name) for name in ("staff", "act", "kind", "subject", "after")}
    assert told == {
        "staff": "minh",
        "act": "refused",
        "kind": "address",
        "subject": "GET /staff/agencies/STC",
        "after": '{"reason": "not_there"}',
    }
