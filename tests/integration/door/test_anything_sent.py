"""Whatever is sent to whatever address: no fault of ours, and little work beyond what the page costs by itself."""

import re
import time
from urllib.parse import quote

import pytest
from werkzeug.datastructures import MultiDict

from survey.operations.clock import today_in_vietnam
from tests.guards.rights_matrix import ASKERS, sample_matrix
from tests.integration.citizen.counters import POINT
from tests.integration.feedback.letters import letter
from tests.rights_things import ARGUMENT, KINDS

pytestmark = pytest.mark.slow

# The order is 50 ms of CPU beyond the page's own work; ten times that, for other work on the same cores.
MOST_SECONDS = 0.5
BODY = 60_000
SENT = {
    "NUL": "a\0b",
    "two to the 31st": str(2**31),
    "ten to the 19th": str(10**19),
    "a number of 5,000 digits": "9" * 5_000,
    "a number below all": str(-(10**19)),
    "a run of marks": "a" + "\u0301\u0323" * (BODY // 12),
    "turned around": "\u202e\u2066nhanh\u200f\u200b\u3164",
    "half a letter": "\ud7ff\ufffe\uffff",
    "very long": "1 a@" * (BODY // 4),
    "a word of signs": "'\"<&>;{{7*7}}=cmd|%s%d%n\\../\r\n",
}
ASKED = (
    "q",
    "sort",
    "page",
    "after",
    "from",
    "to",
    "done",
    "added",
    "lang",
    "next",
    "run",
    "block",
    "month",
    "seen",
    "to",
)
ADMINISTRATOR = ASKERS[0]
CITIZENS = ("/", "/K", f"/K/{POINT}", "/feedback", "/feedback/follow", "/feedback/rate", "/results/r1", "/metrics")
PROGRAMS = tuple(f"/api/v1/rounds/r1/{name}" for name in ("facts", "indices", "distributions", "rankings", "method"))
COMMON = (
    "code",
    "agency",
    "text",
    "comment",
    "secret",
    "satisfied",
    "answer",
    "key",
    "given",
    "A1",
    "receipt",
    "token",
)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    """Make an application with one of everything."""
    with sample_matrix(tmp_path_factory.mktemp("anything")) as made:
        yield made


@pytest.fixture(scope="module")
def pages(matrix):
    """Return every staff route with the page's own answer: its path, its fields, and what it costs by itself."""
    return [page for route in matrix.routes() if (page := _page(matrix, route))]


def _page(matrix, route):
    method, rule = matrix.routes()[route]
    things = matrix._things[True]
    path = things.path(rule.rule)
    asked = {**things.fields(), "run": matrix._run}
    form = _staff(matrix).get(path, query_string=asked) if method == "POST" else None
    typed = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', form.text) if form is not None else []
    fields = {name: asked.get(name, "1") for name in dict.fromkeys([*asked, *typed]) if name != "token"}
    cost = min(_asked(matrix, method, path, fields)[1] for _ in range(2))
    return method, rule.rule, path, fields, tuple(typed), cost


def _staff(matrix):
    client = matrix._app.test_client()
    client.set_cookie("hai_long", matrix._cookies[ADMINISTRATOR.column])
    return client


def _asked(matrix, method, path, fields):
    """Return the status of an answer and the seconds of CPU it took."""
    client, options = _staff(matrix), {}
    if method == "POST":
        options["data"] = {**fields, "token": matrix._token(path, ADMINISTRATOR)}
    else:
        options["query_string"] = fields
    before = time.process_time()
    answer = client.open(path, method=method, **options)
    answer.get_data()
    spent = time.process_time() - before
    if method == "POST":
        matrix._begin_anew()
    return answer.status_code, spent


def _others(rule, path, things, sent):
    """Yield the path with each of its arguments replaced by what is sent."""
    for found in ARGUMENT.finditer(rule):
        before = re.findall(r"[\w-]+", ARGUMENT.sub("", rule[: found.start()]))[-1]
        own = things.of.get(KINDS.get((before, found[3]), ""), "")
        if own:
            yield path.replace(f"/{own}", f"/{quote(sent[:2_000], errors='replace')}", 1)


@pytest.mark.parametrize("kind", SENT)
def test_no_field_of_a_staff_page_makes_a_fault_or_much_work(matrix, pages, kind):
    sent, wrong = SENT[kind], []
    for method, rule, path, fields, _, cost in pages:
        # An address is short, as every server in front of us keeps it.
        text = sent if method == "POST" else sent[:500]
        for names in (fields, [name for name in fields if name not in ("version", "run")]):
            more = dict.fromkeys([*names, *ASKED] if method == "GET" else names, text[: 4 * BODY // len(fields)])
            status, spent = _asked(matrix, method, path, {**fields, **more})
            if status >= 500 or spent - cost > MOST_SECONDS:
                wrong.append((method, rule, status, round(spent - cost, 3)))
            if kind == "NUL" and status not in (400, 404):
                wrong.append((method, rule, status, "NUL was let in"))
    assert wrong == []


@pytest.mark.parametrize("kind", ["ten to the 19th", "a run of marks", "half a letter"])
def test_no_single_field_of_a_form_makes_a_fault(matrix, pages, kind):
    """All fields at once are refused for the first of them; each alone goes further."""
    wrong = []
    for method, rule, path, fields, typed, cost in pages:
        own = [name for name in dict.fromkeys(typed) if method == "POST" and name != "token" and "." not in name]
        for name in own[:8]:
            status, spent = _asked(matrix, method, path, {**fields, name: SENT[kind]})
            if status >= 500 or spent - cost > MOST_SECONDS:
                wrong.append((rule, name, status, round(spent - cost, 3)))
    assert wrong == []


@pytest.mark.parametrize("kind", SENT)
def test_no_address_of_a_staff_page_makes_a_fault(matrix, pages, kind):
    wrong = []
    for method, rule, path, fields, _, cost in pages:
        for other in _others(rule, path, matrix._things[True], SENT[kind]):
            status, spent = _asked(matrix, method, other, fields)
            if status >= 500 or spent - cost > MOST_SECONDS:
                wrong.append((method, other[:80], status, round(spent - cost, 3)))
    assert wrong == []


@pytest.mark.parametrize("kind", SENT)
def test_nothing_a_stranger_sends_makes_a_fault_or_much_work(matrix, kind):
    client, sent = matrix._app.test_client(), SENT[kind]
    own = {
        "/feedback": letter(client, "SNV"),
        f"/K/{POINT}": {"token": matrix._made.tokens.make(POINT, today_in_vietnam())},
    }
    posts = [("POST", path) for path in (*own, "/feedback/follow", "/feedback/rate", "/kiosk/x", "/staff/sign-in")]
    places = [*(("GET", path) for path in (*CITIZENS, *PROGRAMS)), *posts]
    wrong = []
    for method, path in places:
        ordinary = MultiDict({**dict.fromkeys((*COMMON, "username", "password"), "x"), **own.get(path, {})})
        whole = MultiDict(
            {**dict.fromkeys((*ASKED, *COMMON, "username", "password"), sent[:3_000]), **own.get(path, {})}
        )
        singles = [MultiDict({**ordinary, name: sent}) for name in ordinary] if method == "POST" else []
        cost = _strange(client, method, path, ordinary)[1]
        for fields in (whole, *singles):
            status, spent = _strange(client, method, path, fields)
            if status >= 500 or spent - cost > MOST_SECONDS:
                wrong.append((method, path, status, round(spent - cost, 3)))
    for path in (
        "/K/{}",
        "/k/{}",
        "/{}",
        "/a/{}",
        "/feedback/{}",
        "/kiosk/{}",
        "/results/{}",
        "/results/r1/{}",
        "/static/{}",
    ):
        status, spent = _strange(client, "GET", path.format(quote(sent[:2_000], errors="replace")), {})
        if status >= 500 or spent > MOST_SECONDS:
            wrong.append(("GET", path, status, round(spent, 3)))
    assert wrong == []


def _strange(client, method, path, fields):
    options = {"data" if method == "POST" else "query_string": fields}
    before = time.process_time()
    answer = client.open(path, method=method, content_type=_KIND[method], **options)
    answer.get_data()
    return answer.status_code, time.process_time() - before


# Percent-encoded, a mark takes six bytes; in parts it takes two, so that more of them fit.
_KIND = {"POST": "multipart/form-data", "GET": None}
