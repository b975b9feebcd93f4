"""Two wards of one round, and one ward over two rounds, published."""

from datetime import timedelta

from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.operations.rounds.rounds import NewRound, open_round
from tests.beginnings import beginning
from tests.conftest import EXAMPLES, sample_round
from tests.integration.analysis.analysed import IN_OTHER, IN_WARD, answer, publish


@beginning
def two_wards(store):
    """Publish two wards: 60 people of one give 4, 20 give 5; 20 people of the other give 2, 20 give 3."""
    sample_round(store)
    for point, times, symbol in ((IN_WARD, 60, "4"), (IN_WARD, 20, "5"), (IN_OTHER, 20, "2"), (IN_OTHER, 20, "3")):
        answer(store, point, times=times, symbol=symbol)
    return publish(store)


@beginning
def two_rounds(store):
    """Publish a round before, in which the ward had 100 answers of 5, and one of now with 60 of 4 and 20 of 5."""
    import_registry(store, EXAMPLES)
    today = today_in_vietnam()
    old = NewRound("r0", "Đợt r0", "sipas-2023", today - timedelta(days=400), today - timedelta(days=6))
    open_round(store, old)
    new = NewRound(
        "r1", "Đợt r1", "sipas-2023", today - timedelta(days=5), today + timedelta(days=7), previous_code="r0"
    )
    open_round(store, new)
    answer(store, IN_WARD, times=95, symbol="5", code="r0")
    answer(store, IN_WARD, times=5, symbol="4", code="r0")
    publish(store, "r0")
    answer(store, IN_WARD, times=60, symbol="4")
    answer(store, IN_WARD, times=20, symbol="5")
    return publish(store)
