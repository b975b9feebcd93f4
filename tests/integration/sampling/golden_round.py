"""The round of the golden files: its responses, its design and its margins."""

from datetime import date
from pathlib import Path

from survey.operations.collecting.responses import import_responses
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.sampling.designs import GivenFile, give_design
from survey.operations.sampling.weighing import WeighingWish, weigh

GOLDEN = Path(__file__).parents[2] / "golden"
LAST = date(2026, 3, 31)
HEADER = "agency_code,population\n"
RIGHT = (GOLDEN / "door-design.csv").read_text()
MARGINS = (GOLDEN / "door-gender.csv").read_text()
CONFIDENCE = "khoảng tin cậy 95% (sai số chọn mẫu)"
MODEL = "khoảng dao động 95%"


def begin(store, basis):
    """Store the 160 responses of the golden file, of four agencies, in a round of a basis."""
    days = date(2026, 3, 1), LAST
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", *days, profile=True, basis=basis))
    data = (GOLDEN / "door-responses.csv").read_bytes()
    import_responses(store, data, name="x.csv", round_code="r1", today=LAST)


def give(store, text, **more):
    new = GivenFile(text.encode(), "design.csv")
    return give_design(store, "r1", new, today=LAST, by="lan", **more)


def weighed(store, text=MARGINS, **how):
    wish = WeighingWish(GivenFile(text.encode(), "margins.csv"), **{"leave_out": True, **how})
    return weigh(store, "r1", wish)
