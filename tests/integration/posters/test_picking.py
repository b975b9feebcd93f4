"""What is ticked in the studio is remembered while the list is searched and turned over, and goes to the paper."""

import pytest
from lxml import html

from survey.fieldwork import ServicePoint
from survey.operations.registry.agencies import add_point
from tests.batches import wait_until_set
from tests.integration.posters.studio import WARD, posted


@pytest.fixture
def many(store, sample_registry):
    """Give the ward thirty service points more, and return their codes in order."""
    return [add_point(store, ServicePoint("", WARD, f"Quầy {n:03}"), staff="lan").code for n in range(1, 31)]


class List:
    """The list of the service points of the ward, as somebody ticks in it."""

    def __init__(self, client) -> None:
        self.client = client
        self.look(client.get(f"/staff/studio?agency={WARD}"))

    def look(self, answer):
        self.answer, self.tree = answer, html.fromstring(answer.text)
        return answer

    @property
    def ticked(self):
        return set(self.tree.xpath("//input[@name='point'][@checked or @type='hidden']/@value"))

    def press(self, words, *, tick=(), untick=(), **typed):
        form = self.tree.xpath("//main//form[.//table or .//input[@name='agency']]")[0]
        (button,) = [one for one in form.xpath(".//button") if words in one.text_content()][:1]
        points = sorted((self.ticked | set(tick)) - set(untick))
        fields = {name: value for name, value in form.fields.items() if name != "point"}
        pressed = {button.get("name"): button.get("value")} if button.get("name") else {}
        return self.look(self.client.post(form.action, data={**fields, **typed, "point": points, **pressed}))


def test_ticks_outlive_searches_and_pages_and_are_printed_together(administrator, many, monkeypatch) -> None:
    monkeypatch.setattr("survey.web.listing.ROWS_A_PAGE", 10)
    studio = List(administrator)
    studio.press("Trang sau", tick=many[:1])
    studio.press("Tìm", tick=many[9:10], q="quay 030")
    assert studio.ticked == {many[0], many[9]}
    studio.press("Xem tất cả", tick=many[29:])
    studio.press("Điểm phục vụ")
    assert studio.ticked == {many[0], many[9], many[29]}
    studio.press("Tiếp tục", untick=many[9:10])
    assert studio.answer.status_code == 200
    (facts,) = studio.tree.xpath("//dl")
    assert {code for code in many if code in facts.text_content()} == {many[0], many[29]}


def test_all_that_is_found_is_ticked_at_one_press_and_taken_back_at_another(administrator, many, monkeypatch) -> None:
    monkeypatch.setattr("survey.web.listing.ROWS_A_PAGE", 10)
    studio = List(administrator)
    studio.press("Tìm", q="quay 02", tick=many[:1])
    studio.press("Chọn cả 11 điểm tìm được")
    assert studio.ticked == {many[0], many[1], *many[19:29]}
    studio.press("Xem tất cả")
    studio.press("Chọn cả 32 điểm")
    assert len(studio.ticked) == 32
    studio.press("Bỏ chọn tất cả")
    assert studio.ticked == set()
    assert studio.press("Tiếp tục").status_code == 400


def test_the_design_is_changed_and_the_file_made_of_more_than_an_address_can_hold(administrator, many) -> None:
    studio = List(administrator)
    studio.press("Chọn cả 32 điểm")
    studio.press("Tiếp tục", untick=many[-1:])
    again = studio.tree.xpath("//form[@id='again']")[0]
    ticked = again.xpath("./input[@name='point']/@value")
    fields = {"token": again.fields["token"], "agency": WARD, "point": ticked}
    assert len(fields["point"]) == 31
    answer = studio.look(administrator.post(again.action, data={**fields, "size": "sticker", "look": "1"}))
    assert studio.tree.xpath("//button[@aria-current]/@value") == ["sticker"]
    # Whoever chooses again finds what was ticked.
    back = {**fields, "view": f"?agency={WARD}"}
    assert List(administrator).ticked == set()
    chosen = html.fromstring(administrator.post("/staff/studio", data=back).text)
    assert len(chosen.xpath("//input[@name='point'][@checked]")) == 31
    order = studio.tree.xpath("//form[contains(@action, 'batches')]")[0]
    sent = {"size": "sticker", "agency": WARD, "point": order.xpath(".//input[@name='point']/@value")}
    made = posted(administrator, order.action, **sent)
    assert (answer.status_code, made.status_code) == (200, 303)
    wait_until_set(administrator, made.location)
    assert "31 tờ" in administrator.get(made.location).text


def test_what_is_ticked_of_another_agency_is_not_there(clerk, many) -> None:
    assert posted(clerk, "/staff/studio", agency="TTPVHCC", point=["L4E3SZF"]).status_code == 404
    assert posted(clerk, "/staff/studio/print", agency=WARD, point=["L4E3SZF"]).status_code == 404
    assert clerk.post("/staff/studio", data={"token": "x", "agency": WARD}).status_code == 403
