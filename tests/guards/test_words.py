"""Where words stand: none in the analysis and the store, and nowhere a sentence in both languages side by side."""

import ast
from collections.abc import Iterator
from pathlib import Path

from survey.operations.texts.rules import OF_VIETNAMESE

SURVEY = Path(__file__).parents[2] / "survey"


def vietnamese_texts(code: str) -> Iterator[str]:
    """Yield the texts of a module in Vietnamese, wherever they stand but in docstrings."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        told = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
        if told and OF_VIETNAMESE.search(node.value):
            yield node.value


def test_the_analysis_and_the_store_speak_no_vietnamese():
    spoken = {
        str(path.relative_to(SURVEY)): texts
        for layer in ("analysis", "store")
        for path in SURVEY.joinpath(layer).rglob("*.py")
        if (texts := list(vietnamese_texts(path.read_text("utf-8"))))
    }
    assert spoken == {}


def test_the_guard_sees_a_sentence_and_leaves_docstrings_alone():
    code = 'def fell(unit):\n    """Tell what fell (“bị giảm điểm”)."""\n    return f"{unit} giảm điểm"\n'
    assert list(vietnamese_texts(code)) == [" giảm điểm"]
    assert list(vietnamese_texts('WORDS = {1: mark("Chưa xếp hạng")}\n')) == ["Chưa xếp hạng"]


def told_twice(code: str) -> set[str]:
    """Return the classes and functions that take a text in English and the same in Vietnamese."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            names = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
        elif isinstance(node, ast.ClassDef):
            names = {one.target.id for one in node.body if isinstance(one, ast.AnnAssign)}
        else:
            continue
        if {"english", "vietnamese"} <= names:
            found.add(node.name)
    return found


# The catalogue itself, as editors review it, is the one place where both stand side by side.
CATALOGUE = SURVEY / "operations" / "texts"


def test_nothing_is_told_in_both_languages_by_hand():
    found = {
        str(path.relative_to(SURVEY)): names
        for path in SURVEY.rglob("*.py")
        if CATALOGUE not in path.parents and (names := told_twice(path.read_text("utf-8")))
    }
    assert found == {}
    assert told_twice("class Reason(NamedTuple):\n    english: str\n    vietnamese: str\n") == {"Reason"}
    assert told_twice("def refused(english: str, vietnamese: str): ...\n") == {"refused"}
