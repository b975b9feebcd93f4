"""Names that tell what a thing is: in a function one cannot see at a glance, nothing is called `one` or `found`."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).parents[2]
SAY_NOTHING = {"one", "found", "made", "told", "asked"}
# A function of so many lines, its docstring aside, is seen as a whole: there a short word may do.
SEEN_AT_A_GLANCE = 5
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def layers(root: Path) -> dict[str, list[str]]:
    """Return the texts of the modules below `root`/survey by layer. Migrations are never edited."""
    texts: dict[str, list[str]] = {}
    for path in root.glob("survey/**/*.py"):
        inside = path.relative_to(root / "survey")
        if "migrations" not in inside.parts:
            texts.setdefault(Path(inside.parts[0]).stem, []).append(path.read_text("utf-8"))
    return texts


def nameless(text: str) -> Iterator[str]:
    """Yield the functions too long to be seen at a glance that call something by a word that says nothing."""
    functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, Function))
    yield from (node.name for node in functions if length(node) > SEEN_AT_A_GLANCE and SAY_NOTHING & set(names(node)))


def length(function: Function) -> int:
    """Return how many lines the body has from its first statement to its last, without the docstring."""
    body = function.body if ast.get_docstring(function) is None else function.body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def names(function: Function) -> Iterator[str]:
    """Yield the variables and parameters of a function, those of what stands inside it too."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def counted(texts: Mapping[str, Iterable[str]]) -> Counter[str]:
    """Return by layer how many functions the guard objects to."""
    return Counter(layer for layer, own in texts.items() for text in own for _ in nameless(text))


def test_long_functions_call_things_by_the_words_of_the_field():
    assert counted(layers(ROOT)) == {}


def made_up(head: str, *, last: str = "a", lines: int = SEEN_AT_A_GLANCE + 1) -> str:
    """Return a function of so many lines; `last` is what it returns."""
    return "\n    ".join([head, "'''Say what it does.'''", *["a = b = 1"] * (lines - 1), f"return {last}\n"])


def test_the_guard_sees_offenders():
    heads = "def given(made):", "async def given(*, asked):", "def given(*told):"
    assert [list(nameless(made_up(head))) for head in heads] == [["given"]] * 3
    inside = "[one for one in (a, b)]", "(lambda told: told)(b)", "(found := b)"
    assert [list(nameless(made_up("def named():", last=last))) for last in inside] == [["named"]] * 3
    caught = "def named():\n    try:\n        a = 1\n    except OSError as found:\n        raise\n    return a\n"
    assert list(nameless(caught)) == []
    assert list(nameless(caught.replace("    return a", "\n    return a"))) == ["named"]
    assert counted({"store": [made_up(heads[0]), caught, made_up(heads[2])]}) == {"store": 2}


def test_the_guard_passes_what_is_short_and_what_is_well_named():
    assert list(nameless(made_up("def given(made):", lines=SEEN_AT_A_GLANCE))) == []
    assert list(nameless(made_up("def given(estimate):", last="[draw.one for draw in estimate.told]"))) == []
    assert list(nameless("x = [one for one in ()]\n")) == []
