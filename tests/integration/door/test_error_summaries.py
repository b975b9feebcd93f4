"""What is wrong with a form stands above it, takes the focus, and each fault leads to its field."""

import pytest
from lxml import html

from tests.sign_in import admit, token_of

FORMS = {
    "/staff/registry/agencies/new": {"valid_from": "31/02/2026"},
    "/staff/agencies/SNV/edit": {"name": "", "version": "1"},
    "/staff/rounds/new": {"title": "", "opens": "x", "everybody": "some"},
    "/staff/people/new": {"username": "A B"},
    "/staff/kiosks/new/P2MCN3E": {"label": ""},
    "/staff/agencies/P-DONGKINH/merge": {"day": "x", "target": "+", "new-code": "a b"},
    "/staff/agencies/P-DONGKINH/split": {"day": "", "new-0-code": "a b"},
    "/staff/points/P2MCN3E/move": {"version": "1", "name": "", "day": "x"},
    "/staff/points/P2MCN3E/replace": {"version": "1"},
    "/staff/plans/new": {"title": "", "year": "x"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_summary_has_the_focus_and_leads_to_every_fault(client, store, sample_registry, path) -> None:
    admit(client, store)
    page = client.get(path)
    assert page.status_code == 200, path
    (form,) = html.fromstring(page.text).xpath("//main//form[@method='post']")[-1:]
    answer = client.post(form.action or path, data={"token": token_of(client, path), **FORMS[path]})
    assert answer.status_code == 400
    tree = html.fromstring(answer.text)
    boxes = tree.xpath("//main//div[@role='alert']")
    assert len(boxes) == 1
    assert (boxes[0].get("tabindex"), boxes[0].get("autofocus") is not None) == ("-1", True)
    targets = [link.removeprefix("#") for link in boxes[0].xpath(".//a/@href")]
    assert targets
    assert [one for one in targets if not tree.xpath(f"//*[@id='{one}']")] == []
    # Each message beside a field is in the summary too.
    beside = {" ".join(one.text_content().split()) for one in tree.xpath("//main//form//p[@class='fault']")}
    told = " ".join(boxes[0].text_content().split())
    assert [one for one in beside if one not in told] == []
