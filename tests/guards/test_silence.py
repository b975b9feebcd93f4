"""Nothing goes wrong in silence: whoever takes any error whatever says so, counts it, or hands it on."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = sorted([*ROOT.glob("survey/**/*.py"), *ROOT.glob("qr/*.py"), ROOT / "wsgi.py"])
BROAD = {"Exception", "BaseException"}
# What tells: a line of the log, or the count of lines that could not be written.
TELLS = {"exception", "error", "warning", "_lost"}


def silent_handlers(text):
    """Return the lines on which any error is taken and neither raised, used nor told of."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or names(node.type) & BROAD):
            inside = [one for statement in node.body for one in ast.walk(statement)]
            raised = any(isinstance(one, ast.Raise) for one in inside)
            used = any(isinstance(one, ast.Name) and one.id == node.name for one in inside)
            told = any(isinstance(one, ast.Call) and getattr(one.func, "attr", "") in TELLS for one in inside)
            found += [] if raised or used or told else [node.lineno]
        if (
            isinstance(node, ast.Call)
            and names(node.func) & {"suppress"}
            and set().union(*map(names, node.args)) & BROAD
        ):
            found.append(node.lineno)
    return found


def names(node):
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} | {
        one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
    }


def test_no_error_of_any_kind_is_taken_in_silence():
    found = {str(path.relative_to(ROOT)): silent_handlers(path.read_text(encoding="utf-8")) for path in CODE}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_guard_sees_offenders():
    for offender in (
        "try:\n    f()\nexcept Exception:\n    return_ = 1",
        "try:\n    f()\nexcept:\n    pass",
        "try:\n    f()\nexcept (OSError, BaseException) as error:\n    g()",
        "try:\n    f()\nexcept builtins.Exception:\n    pass",
    ):
        assert silent_handlers(offender) == [3]
    assert silent_handlers("with suppress(Exception):\n    f()") == [1]
    for honest in (
        "try:\n    f()\nexcept Exception as error:\n    fell_back(PLACE, error)",
        "try:\n    f()\nexcept BaseException:\n    g()\n    raise",
        "try:\n    f()\nexcept Exception:\n    log.exception('x')",
        "try:\n    f()\nexcept OSError:\n    pass",
        "with suppress(OSError):\n    f()",
    ):
        assert silent_handlers(honest) == []
