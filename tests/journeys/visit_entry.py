"""Visit the pages on which paper and helping hands come in."""

from survey.operations.clock import today_in_vietnam
from survey.operations.collecting import entry
from survey.operations.collecting.entry import ChosenBatch
from survey.store.collecting.entry import KeyedSheet
from survey.store.engine import Store
from tests.journeys.visits import POINT, RECEIPT, Visitor

RECORDS = ("5454433555543NN511", "4444444444444444..", "55555555555555N511")
OTHER = "5454533555541NN511"


def visit(visitor: Visitor, store: Store) -> None:
    """Visit everything signed in as somebody who may enter responses."""
    home = "/staff/entry"
    visitor.get("entry without a batch", home)
    visitor.get("new batch", f"{home}/new")
    token = visitor.token(f"{home}/new")
    visitor.post("new batch with faults", f"{home}/new", {"token": token, "day": "hôm qua"}, status=400)
    visitor.get("printed form", f"{home}/form")
    batch = _fill(store, visitor.published_round())
    visit_batch(visitor, f"{home}/{batch}", token)
    visitor.get("entry", home)
    visitor.client.post(f"{home}/{batch}/discard", data={"token": token})
    visitor.get("closed batch", f"{home}/{batch}")
    visitor.get("entry after a deed", f"{home}?done=discarded")
    visit_assisted(visitor, f"{home}/assisted")


def _fill(store: Store, round_code: str) -> int:
    """Open a batch that is keyed twice, with one sheet that differs and one that waits."""
    today = today_in_vietnam()
    batch = entry.open_batch(store, ChosenBatch(round_code, POINT, today, True), staff="lan", today=today)
    for number, record in enumerate(RECORDS, 1):
        entry.key_sheet(store, batch, KeyedSheet(number, 1, record + "." * 6, "lan"), seen="", today=today)
    for number, record in enumerate((OTHER, RECORDS[1]), 1):
        entry.key_sheet(store, batch, KeyedSheet(number, 2, record + "." * 6, "mai"), seen="", today=today)
    return batch


def visit_batch(visitor: Visitor, batch: str, token: str) -> None:
    """Visit one batch."""
    typed = {"token": token, "number": "1", "keys-1": "111", "keys-2": "4433", "keys-3": "555", "keys-4": "543"}
    visitor.get("keying", f"{batch}?after=3")
    visitor.get("correcting a sheet", f"{batch}?sheet=1")
    visitor.get("keying again", f"{batch}/second")
    wrong = {**typed, "keys-2": "4x9", "keys-5": "995", "keys-6": "1"}
    visitor.post("keying with faults", batch, wrong, status=400)
    right = {**typed, "keys-5": "995", "keys-6": "11"}
    visitor.post("a sheet number twice", batch, right, status=409)
    visitor.get("all sheets", f"{batch}/sheets")
    visitor.get("removing a sheet", f"{batch}/delete?sheet=1")
    visitor.get("two passes compared", f"{batch}/differences")
    refused = {"token": token, "number": "1", "paper-B1": "x"}
    visitor.post("two passes compared with faults", f"{batch}/differences", refused, status=400)
    visitor.get("storing a batch that is not ready", f"{batch}/store")
    visitor.get("throwing a batch away", f"{batch}/discard")


def visit_assisted(visitor: Visitor, home: str) -> None:
    """Visit the questionnaire that is read aloud."""
    visitor.get("helping hand", home)
    visitor.get("questionnaire read aloud", f"{home}/{POINT}")
    visitor.post("questionnaire read aloud with faults", f"{home}/{POINT}", {"A1": "9", "B1": "4"}, status=403)
    visitor.get("thanks after a helping hand", f"{home}/{POINT}/thanks?receipt={RECEIPT}")
