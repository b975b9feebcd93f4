"""The forms of rounds on staff pages: what is sent, and what came back."""

from datetime import timedelta

from lxml import html

from survey.operations.clock import today_in_vietnam
from survey.store.rounds.rounds import find_held
from tests.sign_in import token_of

TODAY = today_in_vietnam
# Of the sample registry.
BUSINESS_AGENCY, OTHER_AGENCY = "P-DONGKINH", "SCT"


def send(client, path, fields, *, follow=False, token_from="/staff/password"):
    """Send a form with the token of the session."""
    return client.post(path, data={"token": token_of(client, token_from), **fields}, follow_redirects=follow)


def draft(**changed):
    """Return the fields of a round that opens tomorrow."""
    tomorrow = TODAY() + timedelta(days=1)
    fields = {
        "code": "2026-q4",
        "title": "Đợt quý IV",
        "instrument": "sipas-2023",
        "opens": tomorrow.isoformat(),
        "closes": (tomorrow + timedelta(days=30)).isoformat(),
        "basis": "self_selected",
        "previous": "",
        "questions": ["fact"],
        "everybody": "all",
    }
    return {**fields, **changed}


def text_of(answer) -> str:
    return " ".join(html.fromstring(answer.text).text_content().split())


def fault_of(answer, name: str) -> str:
    """Return what stands in red beside a field."""
    tree = html.fromstring(answer.text)
    return " ".join(" ".join(tree.xpath(f"//*[@id='{name}-fault']//text()")).split())


def held_round(store, code: str):
    with store.reading() as connection:
        return find_held(connection, code)
