"""Two published rounds, as those who plan find them."""

from survey.operations.registry.csv_import import import_registry
from tests.beginnings import beginning
from tests.conftest import EXAMPLES
from tests.integration.plans.desk import IN_OTHER, IN_SMALL, IN_WARD
from tests.integration.plans.falls import a_round, answer, publish


@beginning
def two_rounds(store):
    """Publish r0 and r1: the ward falls from 99 to 85, the other one rises from 80 to 90, the small one is withheld.

    The ward: (95×5 + 5×4)/(100×5) = 99%, then (60×4 + 20×5)/(80×5) = 85%; the other: 40×4 = 80%, then
    (20×4 + 20×5)/(40×5) = 90%.
    """
    import_registry(store, EXAMPLES)
    a_round(store, "r0", 400, days=340)
    a_round(store, "r1", 45, previous="r0")
    answer(store, "r0", IN_WARD, five=95, four=5)
    answer(store, "r0", IN_OTHER, four=40)
    answer(store, "r0", IN_SMALL, five=30)
    publish(store, "r0")
    answer(store, "r1", IN_WARD, four=60, five=20)
    answer(store, "r1", IN_OTHER, four=20, five=20)
    answer(store, "r1", IN_SMALL, three=6)
    publish(store, "r1")
