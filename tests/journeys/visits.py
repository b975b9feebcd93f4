"""Every page there is, as the application answers it: what the guards and the browser look at."""

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import time_machine
from flask import Flask
from lxml import html  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from survey.app import create_app
from survey.operations.clock import now_in_vietnam
from survey.operations.demo.trial import prepare_trial
from survey.operations.staff.accounts import add_staff
from survey.services import EXTENSION
from survey.store import schema
from survey.store.engine import Store
from tests.conftest import open_sample_round
from tests.sign_in import set_up_second_factor
from tests.turns import wait_for_room

POINT, RETIRED_POINT = "L4E3SZF", "WACDS29"
# The second one was dissolved before the round.
# An agency of the sample, and one that was gone before its rounds began.
AGENCY, GONE_AGENCY = "SCT", "SKHDT"
RECEIPT = "9EZB-ECQL-YRVA"
# The pages whose answer begins a session, and so sets its cookie.
SIGNING_IN = {"second factor"}
PASSWORD = "mật khẩu đủ dài"
FLOOD = 9


@dataclass(frozen=True, slots=True)
class Visit:
    """One page as it was answered: under which address, with which status, headers and bytes."""

    name: str
    address: str
    language: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def tree(self) -> html.HtmlElement:
        """Return the page, parsed."""
        return html.document_fromstring(self.body.decode())

    @property
    def of_citizens(self) -> bool:
        """Tell whether a citizen is its reader."""
        return not self.address.startswith(("/staff", "/results"))


class Visitor:
    """Collects pages of an application."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.visits: list[Visit] = []

    def keep(self, name: str, answer: TestResponse, *, address: str, status: int = 200, language: str = "vi") -> None:
        """Remember an answer as the page `name`; it must have the status the page is known by."""
        assert answer.status_code == status, (name, answer.status_code)
        self.visits.append(Visit(name, address, language, status, dict(answer.headers), answer.data))

    def get(self, name: str, address: str, *, status: int = 200, language: str = "vi") -> None:
        """Fetch a page."""
        self.keep(name, self.client.get(address), address=address, status=status, language=language)

    def post(self, name: str, address: str, fields: dict[str, str], *, status: int, language: str = "vi") -> None:
        """Send a form."""
        answer = self.client.post(address, data=fields)
        self.keep(name, answer, address=address, status=status, language=language)

    def token(self, address: str) -> str:
        """Return the token of the form at an address."""
        found = re.findall(r'name="?token"?[^>]* value="([^"]+)"', self.client.get(address).text)
        return str(found[0])

    def published_round(self) -> str:
        """Return the code of the round the list of results links to."""
        (code,) = re.findall(r'scope="row"><a href="/results/([^"?]+)"', self.client.get("/results/").text)
        return str(code)


@contextmanager
def demo_application(folder: Path) -> Iterator[Flask]:
    """Yield an application with simulated, published responses."""
    settings = {"HAI_LONG_INSTANCE": str(folder), "DATABASE_URL": "", "PUBLIC_URL": ""}
    made = create_app({**settings, "SURVEY_OWNER": "Sở Nội vụ tỉnh Lạng Sơn", "FLOOD_PER_MINUTE": str(FLOOD)})
    store = made.extensions[EXTENSION].store
    schema.upgrade(store)
    prepare_trial(store, today=now_in_vietnam().date(), simulate=True)
    yield made
    store.close()


def visit_everything(app: Flask) -> list[Visit]:
    """Return every page of the application."""
    visitor = Visitor(app)
    for visit in (visit_staff, *visits_of_areas(), visit_form, visit_notices, visit_results):
        visit(visitor, app.extensions[EXTENSION].store)
    return visitor.visits


def visits_of_areas() -> list[Callable[[Visitor, Store], None]]:
    """Return the `visit` of every module beside this one that is named for an area of the staff pages."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("visit_*.py"))
    return [importlib.import_module(f"tests.journeys.{name}").visit for name in names]


@contextmanager
def days_later(days: int) -> Iterator[None]:
    """Move the clock."""
    with time_machine.travel(now_in_vietnam() + timedelta(days=days), tick=True):
        yield


def visit_form(visitor: Visitor, _store: Store) -> None:
    """Visit what a citizen sees on the way from the poster to the receipt."""
    form, english = f"/K/{POINT}", f"/K/{POINT}?lang=en"
    visitor.get("front page", "/")
    visitor.get("front page in English", "/?lang=en", language="en")
    visitor.get("form", form)
    visitor.get("form in English", english, language="en")
    visitor.get("thanks", f"{form}/thanks?receipt={RECEIPT}")
    visitor.get("thanks in English", f"{form}/thanks?receipt={RECEIPT}&lang=en", language="en")
    token = visitor.token(form)
    visitor.post("form with faults", form, {"token": token, "A1": "9", "B1": "4", "comment": "<b>"}, status=400)
    faults = {"token": token, "A1": "9", "language": "en"}
    visitor.post("form with faults in English", form, faults, status=400, language="en")
    visitor.post("form that was open too long", form, {"token": "old", "A1": "4"}, status=403)
    visitor.post("too large", form, {"comment": "a" * 70_000}, status=413)


def visit_notices(visitor: Visitor, _store: Store) -> None:
    """Visit the pages that say why there is no form, or no answer taken."""
    form = f"/K/{POINT}"
    visitor.get("unknown code", "/K/AAAAAAA", status=404)
    visitor.get("retired code", f"/K/{RETIRED_POINT}")
    visitor.get("no such page", "/khong-co", status=404)
    visitor.get("no such page in English", "/khong-co?lang=en", status=404, language="en")
    visitor.keep("not allowed", visitor.client.delete(form), address=form, status=405)
    token, late = visitor.token(form), visitor.token(form)
    visitor.client.post(form, data={"token": token, "A1": "4"})
    visitor.post("stored before", form, {"token": token, "A1": "1"}, status=409)
    wait_for_room(10, within=60)
    for _ in range(FLOOD):
        visitor.client.post(form, data={"token": token})
    visitor.post("too many", form, {"token": token}, status=429)
    with days_later(-200):
        visitor.get("not yet open", f"/K/{POINT}")
    with days_later(62):
        visitor.get("closed", form)
    with days_later(400):
        visitor.post("sealed", form, {"token": late, "A1": "4"}, status=410)


def visit_results(visitor: Visitor, store: Store) -> None:
    """Visit the public results."""
    code = visitor.published_round()
    for language, query in (("vi", ""), ("en", "?lang=en")):
        visitor.get(f"results ({language})", f"/results/{query}", language=language)
        visitor.get(f"results of a round ({language})", f"/results/{code}{query}", language=language)
        visitor.get(f"results of an agency ({language})", f"/results/{code}/{AGENCY}{query}", language=language)
    open_sample_round(store, "later", "sipas-2022", opened_days_ago=-100)
    visitor.get("results that are not published", "/results/later", status=404)
    visitor.get("results of an unknown agency", f"/results/{code}/nobody", status=404)
    visitor.get("results of an agency gone before the round", f"/results/{code}/{GONE_AGENCY}", status=404)


def visit_staff(visitor: Visitor, store: Store) -> None:
    """Visit the door, and the pages behind it."""
    door, password = "/staff/sign-in", "/staff/password"
    visitor.get("sign-in", door)
    visitor.post("sign-in with faults", door, {"username": "lan", "password": ""}, status=400)
    visitor.post("sign-in refused", door, {"username": "lan", "password": "sai"}, status=403)
    one_time = add_staff(store, "lan")
    visitor.client.post(door, data={"username": "lan", "password": one_time})
    visitor.get("first password", password)
    wrong = {"token": visitor.token(password), "old": one_time, "new": "ngắn", "again": "khác"}
    visitor.post("password with faults", password, wrong, status=400)
    right = {"token": visitor.token(password), "old": one_time, "new": PASSWORD, "again": PASSWORD}
    visitor.client.post(password, data=right)
    visitor.get("second factor, set up", "/staff/second-factor")
    wrong = {"token": visitor.token("/staff/second-factor"), "code": "12"}
    visitor.post("second factor, set up with faults", "/staff/second-factor", wrong, status=400)
    set_up_second_factor(visitor.client)
    visitor.get("overview", "/staff/")
    visitor.get("overview after a deed", "/staff/?done=password")
    code = visitor.published_round()
    visit_analysis(visitor, code)


def visit_analysis(visitor: Visitor, code: str) -> None:
    """Visit the analysis of a round, in both languages, signed in."""
    home = f"/staff/analysis/{code}"
    for language, query in (("vi", ""), ("en", "?lang=en")):
        more = query.replace("?", "&")
        visitor.get(f"analysis ({language})", f"/staff/analysis/{query}", language=language)
        visitor.get(f"analysis of a round ({language})", f"{home}{query}", language=language)
        visitor.get(f"ranking ({language})", f"{home}/ranking?unit={AGENCY}&k=2{more}", language=language)
        visitor.get(f"agency ({language})", f"{home}/agencies/{AGENCY}{query}", language=language)
        visitor.get(f"drivers ({language})", f"{home}/drivers{query}", language=language)
        visitor.get(f"breakdowns ({language})", f"{home}/breakdowns?agency={AGENCY}&axis=mode{more}", language=language)
    visitor.get("analysis of nothing", "/staff/analysis/nowhere", status=404)
