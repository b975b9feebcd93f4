"""Templates name addresses by what answers them, so that a moved page moves every link to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).parents[2] / "templates"
# An address in an attribute, one that goes on behind a value, and one that stands in an expression.
IN_ATTRIBUTE = re.compile(r"""\s(?:href|action|src|formaction|ping|poster|hx-[\w-]+|data-[\w-]+)=["']?/(?=[\w{])""")
BEHIND_A_VALUE = re.compile(r"""\s(?:href|action|src|formaction|hx-[\w-]+)=["']?\{\{[^}]*\}\}[?#]?/""")
IN_EXPRESSION = re.compile(r"""\{[{%][^}]*?["']/(?=[\w"'])""")

NAME = re.compile(r"[a-z_]+\.[a-z_]+")


@pytest.fixture
def database_url(sqlite_url):
    """Look at the addresses once: they do not depend on the database."""
    return sqlite_url


def written_out(text: str) -> list[str]:
    """Return the addresses of our own that a template writes out, each with the line it stands in."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    found = [hit for rule in (IN_ATTRIBUTE, BEHIND_A_VALUE, IN_EXPRESSION) for hit in rule.finditer(text)]
    return [text[hit.start() : text.find("\n", hit.end())].strip()[:120] for hit in found]


def named(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the name of what answers, with the names of the values given, for each address a template asks for."""
    for call in Environment(autoescape=True).parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "url_for":
            yield from ((one, {value.key for value in call.kwargs}) for one in _endpoints(call.args[0]))


def _endpoints(node: nodes.Node) -> list[str]:
    return [
        one.value
        for one in (node, *node.iter_child_nodes())
        if isinstance(one, nodes.Const) and isinstance(one.value, str)
    ]


def names(text: str) -> set[str]:
    """Return the strings of a template that look like the name of what answers, wherever they stand."""
    constants = Environment(autoescape=True).parse(text).find_all(nodes.Const)
    return {one.value for one in constants if isinstance(one.value, str) and NAME.fullmatch(one.value)}


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def test_no_template_writes_an_address_out() -> None:
    found = {str(path.relative_to(TEMPLATES)): written_out(path.read_text("utf-8")) for path in templates()}
    assert {name: some for name, some in found.items() if some} == {}


def test_every_address_a_template_names_is_answered_with_the_values_it_gives(app) -> None:
    wanted = {}
    for rule in app.url_map.iter_rules():
        wanted.setdefault(rule.endpoint, []).append(rule.arguments)
    calls = [(path.name, *one) for path in templates() for one in named(path.read_text("utf-8"))]
    assert len(calls) > 300
    wrong = [one for one in calls if not any(needed <= one[2] for needed in wanted.get(one[1], ()))]
    assert wrong == []


def test_a_name_that_a_macro_is_given_is_answered_too(app) -> None:
    found = {name for path in templates() for name in names(path.read_text("utf-8"))}
    meant = {name for name in found if name.partition(".")[0] in app.blueprints and not name.endswith(".js")}
    assert len(meant) > 100
    assert meant - set(app.view_functions) == set()


@pytest.mark.parametrize(
    "offender",
    [
        '<a href="/staff/plans">',
        "<form method=post action=/feedback>",
        '<button formaction="/staff/{{ name }}">',
        '<div hx-get="/staff/rounds">',
        '<p data-next="/K/{{ code }}">',
        '<a href="{{ home }}/edit">',
        '{% set home = "/staff/rounds/" ~ code %}',
        '{{ files("/staff/audit") }}',
    ],
)
def test_an_address_that_is_written_out_is_seen(offender) -> None:
    assert len(written_out(offender)) == 1


def test_what_is_no_address_of_ours_is_left_alone() -> None:
    fine = '<a href="{{ url_for("a.b") }}?q={{ q }}"><a href="#x"><img src="data:,"><path d="M1/2"> {{ a }}/{{ b }} 1/2'
    assert written_out(fine) == []


def test_an_address_that_nothing_answers_is_seen() -> None:
    assert list(named('{{ url_for("plans.show", number=1) }}')) == [("plans.show", {"number"})]
    assert list(named('{{ url_for("a.b" if x else "c.d") }}')) == [("a.b", set()), ("c.d", set())]
    assert names('{{ files("plans.gone", number=1) }}{% set a = [("b.c", "Tổng quan. Kế hoạch")] %}') == {
        "plans.gone",
        "b.c",
    }
