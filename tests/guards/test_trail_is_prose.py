"""Nothing is looked for inside the words of the audit trail: what the system has to know stands in a table."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SURVEY = Path(__file__).parents[2] / "survey"
# They brought the words of the old trail into tables once, and are never changed.
MIGRATIONS = SURVEY / "store" / "migrations"
MATCHES = {"match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn"}
LOOKS_INSIDE = MATCHES | {
    *("contains", "like", "ilike", "not_like", "startswith", "endswith", "icontains", "istartswith", "iendswith"),
    *("regexp_match", "op", "partition", "removeprefix", "find", "index", "bool_op"),
}
# A statement over the trail with each of these looks inside its words.
SQL = (r"\baudit\b", r"\bdetail\b", r"\b(?:I?LIKE|REGEXP|GLOB|SIMILAR|substr(?:ing)?|instr|strpos)\b|~")


def is_detail(node: ast.AST) -> bool:
    """Tell whether an expression is the detail of something."""
    return isinstance(node, ast.Attribute) and node.attr == "detail"


def looks_inside(node: ast.AST) -> bool:
    """Tell whether a piece of code reads what stands in a detail."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return all(re.search(one, node.value, re.IGNORECASE) for one in SQL)
    if isinstance(node, ast.Compare):
        reads = any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops)
        return reads and any(is_detail(one) for one in node.comparators)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    asked = node.func.attr in LOOKS_INSIDE and is_detail(node.func.value)
    return asked or (node.func.attr in MATCHES and any(map(is_detail, node.args)))


def found_in(source: str) -> Iterator[int]:
    """Yield the lines of a source that look inside a detail."""
    return (node.lineno for node in ast.walk(ast.parse(source)) if looks_inside(node))


def test_nothing_is_looked_for_inside_the_words_of_the_trail() -> None:
    files = [path for path in SURVEY.rglob("*.py") if MIGRATIONS not in path.parents]
    assert len(files) > 300
    assert [f"{path}:{line}" for path in files for line in found_in(path.read_text())] == []


@pytest.mark.parametrize(
    "offender",
    [
        "select(audit).where(audit.c.detail.contains(code))",
        "select(audit).where(audit.c.detail.like('%x%') & (audit.c.act == 'x'))",
        "_REVOKED.fullmatch(entry.detail)",
        "re.search('point', deed.detail)",
        "deed.detail.startswith(code)",
        "code in deed.detail",
        'text("SELECT 1 FROM audit WHERE detail LIKE :code")',
        "text('SELECT 1 FROM audit WHERE act = 1 AND detail ~ :code')",
        "text('SELECT substr(detail, 1, 7) FROM audit WHERE substr(audit.detail, 1, 7) = :code')",
    ],
)
def test_who_reads_facts_out_of_the_trail_is_found(offender: str) -> None:
    assert list(found_in(f"def offend():\n    {offender}\n")) == [2]


@pytest.mark.parametrize("fine", ["print(deed.detail)", "text('SELECT detail FROM audit')", "'a' in one.details"])
def test_who_only_shows_it_is_not(fine: str) -> None:
    assert list(found_in(fine)) == []
