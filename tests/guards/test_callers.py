"""Nothing that nobody calls: every public function and class is named somewhere outside the tests."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"[^\W\d]\w*")
# What a decorator hands to somebody who calls it: routes, handlers, commands, listeners, validators.
CALLED_BY_ITS_DECORATOR = {
    *("get", "post", "put", "delete", "route", "errorhandler", "app_errorhandler"),
    *("before_request", "before_app_request", "after_request", "after_app_request", "teardown_request"),
    *("context_processor", "app_context_processor", "template_filter", "app_template_filter", "template_test"),
    *("command", "group", "listens_for", "listens_for_engine"),
}
# What a framework calls by its name: Alembic the two ways of a migration, Flask the session,
# WTForms the checks of a form, logging its handlers.
CALLED_BY_NAME = re.compile(
    r"upgrade|downgrade|open_session|validate_\w+|pre_validate|process_formdata|setup_form|generate_csrf_token|handle"
)

# A module's path below the root, and its text.
Sources = Mapping[str, str]


def sources() -> Sources:
    """Return all code that is not a test."""
    paths = [*ROOT.glob("survey/**/*.py"), *ROOT.glob("qr/**/*.py"), *ROOT.glob("*.py"), *ROOT.glob("scripts/**/*.py")]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}


def other_words() -> Iterator[str]:
    """Yield what pages, styles of paper and scripts of the shell say."""
    for pattern in ("templates/**/*", "survey/templates/**/*", "qr/**/*.typ", "scripts/*", "pyproject.toml"):
        for path in ROOT.glob(pattern):
            if path.is_file() and path.suffix != ".py":
                yield from WORD.findall(path.read_text("utf-8", "replace"))


def _is_called_by_others(node: ast.AST) -> bool:
    for decorator in getattr(node, "decorator_list", ()):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in CALLED_BY_ITS_DECORATOR:
            return True
    return CALLED_BY_NAME.fullmatch(node.name) is not None


def _is_own(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def defined(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Yield the public functions and classes of a module, and the public methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from (one for one in node.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"))


def named(tree: ast.AST, *, inside: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield every name a piece of code uses; a definition does not use its own name, nor does an import."""
    for node in ast.iter_child_nodes(tree):
        within = inside
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            within = inside | {node.name}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in inside:
            yield node.id
        elif isinstance(node, ast.Attribute) and not (node.attr in inside and _is_own(node.value)):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A name in quotes is one of a type, of a template's variable, or of an attribute asked for by name.
            yield from (word for word in WORD.findall(node.value) if word not in inside and word == node.value)
        yield from named(node, inside=within)


def uncalled(found: Sources, others: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the public functions and classes of survey and qr that nothing names, by module."""
    trees = {name: ast.parse(text) for name, text in found.items()}
    used = set(others).union(*(named(tree) for tree in trees.values()))
    dead = {
        name: [one.name for one in defined(tree) if one.name not in used and not _is_called_by_others(one)]
        for name, tree in trees.items()
        if name.startswith(("survey/", "qr/"))
    }
    return {name: some for name, some in dead.items() if some}


def test_every_public_function_and_class_has_a_caller() -> None:
    assert uncalled(sources(), other_words()) == {}


@pytest.mark.parametrize(
    "offender",
    [
        "def lonely(): ...",
        "class Lonely: ...",
        "def lonely(n):\n    return lonely(n - 1)",
        "class Lonely:\n    def twin(self) -> 'Lonely':\n        return Lonely().twin()",
        "class Used:\n    def lonely(self):\n        return self.lonely()\nUsed()",
        "@cache\ndef lonely(): ...",
    ],
)
def test_what_nobody_calls_is_found(offender: str) -> None:
    importing = "from survey.made import lonely, Lonely\n'''lonely is told of, Lonely too.'''"
    found = uncalled({"survey/made.py": offender, "survey/other.py": importing})
    assert {name.lower() for name in found["survey/made.py"]} & {"lonely"} == {"lonely"}


@pytest.mark.parametrize(
    "called",
    [
        ("def used(): ...", "used()"),
        ("def used(): ...", "table = {1: used}"),
        ("def used(): ...", "made.used"),
        ("@bp.get('/')\ndef used(): ...", ""),
        ("class Used:\n    def call(self): ...", "Used().call()"),
        ("def used(): ...", "def used():\n    return made.used()\nused()"),
    ],
)
def test_what_somebody_calls_is_not(called: tuple[str, str]) -> None:
    assert uncalled({"survey/made.py": called[0], "survey/other.py": called[1]}) == {}
