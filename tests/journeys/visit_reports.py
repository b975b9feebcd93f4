"""The page from which the report of a round is taken."""

from survey.store.engine import Store
from tests.batches import wait_until_made
from tests.journeys.visits import Visitor


def visit(visitor: Visitor, _store: Store) -> None:
    """Visit the page of a published round, with faults too, and ask for a round that nobody knows."""
    path = f"/staff/rounds/{visitor.published_round()}/report"
    visitor.get("report", path)
    wrong = {"token": visitor.token("/staff/password"), "agency": "*", "layout": "odt", "day": "?", "number": "9" * 60}
    visitor.post("report with faults", path, wrong, status=400)
    asked = {"token": visitor.token("/staff/password"), "agency": "*", "layout": "pdf", "day": "2026-02-05"}
    begun = visitor.client.post(path, data=asked).location
    visitor.get("report being made", begun)
    wait_until_made(visitor.client, begun)
    visitor.get("report that is made", begun)
    visitor.get("report of nothing", "/staff/rounds/nowhere/report", status=404)
