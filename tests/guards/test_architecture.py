"""Rules for the whole code: what the core may load, and how long things may get."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted([*ROOT.glob("survey/**/*.py"), *ROOT.glob("qr/*.py")])
CORE = (
    "survey.instrument",
    "survey.fieldwork",
    "survey.responses",
    "survey.tallies",
    "survey.analysis.figures.indices",
    "survey.analysis.disclosure.decide",
    "survey.reports.exports",
    "qr.posters",
)


@pytest.mark.parametrize("module", CORE)
def test_the_core_loads_without_web_and_database(module):
    program = (
        f"import sys, {module}; print(sorted({{'flask', 'wtforms', 'sqlalchemy', 'werkzeug'}} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(node):
    documented = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    body = node.body[1:] if documented else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_whoever_decides_names_what_and_begins_anew_when_somebody_else_was_at_it():
    """What only adds need not be tried again; a context is entered by functions that are."""
    alone = []
    for path in CODE:
        for node in functions(path):
            subjects = " ".join(
                ast.unparse(one)
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "writing"
                for one in call.args
            )
            decorators = {ast.unparse(one) for one in node.decorator_list}
            if subjects.replace("ADDED", "").strip() and not decorators & {"tried_again", "contextmanager"}:
                alone.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert alone == []


def test_transactions_are_begun_in_the_store_alone():
    begun = re.compile(r"\.(begin|raw_connection)\(\)")
    found = {str(path.relative_to(ROOT)) for path in CODE if begun.search(path.read_text(encoding="utf-8"))}
    assert found == {"survey/store/engine.py", "survey/store/moments.py", "survey/store/collecting/responses.py"}


def test_functions_stay_short():
    lengths = {f"{path.relative_to(ROOT)}:{node.name}": body_lines(node) for path in CODE for node in functions(path)}
    assert statistics.median(lengths.values()) <= 7
    # A migration is a list of tables; its length says nothing about how hard it is to read.
    assert {name: length for name, length in lengths.items() if length > 40 and "/migrations/" not in name} == {}


def test_files_stay_under_300_lines():
    lengths = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in CODE}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_public_functions_and_classes_say_what_they_are_for():
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in CODE
        if "migrations" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
