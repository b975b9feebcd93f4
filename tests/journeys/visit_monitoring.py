"""The pages about how answers come in."""

from survey.store.engine import Store
from tests.journeys.visits import AGENCY, Visitor


def visit(visitor: Visitor, _store: Store) -> None:
    """Visit the tables of all agencies, of one and of one service point, and what needs a look."""
    visitor.get("monitoring", "/staff/monitoring")
    visitor.get("monitoring, sorted and searched", "/staff/monitoring?sort=-responses&q=so")
    visitor.get("monitoring of an agency", f"/staff/monitoring/{AGENCY}")
    visitor.get("monitoring of a service point", f"/staff/monitoring/{AGENCY}?point=RMTKLJ7")
    visitor.get("monitoring of nothing", "/staff/monitoring/nobody", status=404)
    visitor.get("notices", "/staff/notices")
    visitor.get("notices of a kind", "/staff/notices?kind=visits")
