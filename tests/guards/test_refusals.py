"""What is refused is refused before anything is written.

A row that is written first meets the database's own rules, which know no sentence: people then read that the system is
at fault, and to try again never helps.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "survey" / "operations"
WRITING = ("add_", "change_", "save_", "set_", "delete_", "update_", "touch_", "remove_", "give_", "link_", "let_")
REFUSING = ("refuse", "_refuse", "require", "_require")


def late_refusals(text: str) -> Iterator[str]:
    """Yield the functions of a module that write to the store and refuse something after it.

    A refusal on account of what the writing itself found is none of these: `if not change_…: raise …`.
    """
    tree = ast.parse(text)
    writes = {name for name in _from_store(tree) if name.startswith(WRITING)}
    modules = {name for name in _from_store(tree) if name.islower()}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            tests = {part for node in ast.walk(function) if isinstance(node, ast.If) for part in ast.walk(node.test)}
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and node not in tests]
            written = [call.lineno for call in calls if _is_write(call.func, writes, modules)]
            if written and any(line > min(written) for line in _refusals(function, calls)):
                yield function.name


def _from_store(tree: ast.Module) -> set[str]:
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return {
        one.asname or one.name
        for node in imports
        if (node.module or "").startswith("survey.store")
        for one in node.names
    }


def _is_write(called: ast.expr, writes: set[str], modules: set[str]) -> bool:
    if isinstance(called, ast.Name):
        return called.id in writes
    of_module = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in modules
    return of_module and called.attr.startswith(WRITING)


def _refusals(function: ast.FunctionDef, calls: list[ast.Call]) -> list[int]:
    raised = [node.lineno for node in ast.walk(function) if isinstance(node, ast.Raise)]
    return raised + [call.lineno for call in calls if ast.unparse(call.func).startswith(REFUSING)]


def test_nothing_is_written_before_it_is_refused():
    late = {
        f"{path.relative_to(OPERATIONS)}: {name}"
        for path in OPERATIONS.rglob("*.py")
        for name in late_refusals(path.read_text("utf-8"))
    }
    assert late == set()


def test_the_guard_sees_a_late_refusal():
    head = "from survey.store.registry import editing\n\ndef change(connection, row):\n"
    late = "    editing.change_agency(connection, row)\n    _refuse_order(row)\n"
    early = "    _refuse_order(row)\n    editing.change_agency(connection, row)\n"
    outcome = "    if not editing.change_agency(connection, row):\n        raise ValueError\n"
    assert [list(late_refusals(head + body)) for body in (late, early, outcome)] == [["change"], [], []]
