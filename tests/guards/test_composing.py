"""Text from outside is composed in one place: it takes the square of a run of marks, unless that is bounded."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Who may ask Unicode alone, and why nobody can send it anything long.
ALONE = {
    "survey/formatting.py": "the one place: it cuts the text and its runs of marks before",
    "survey/telex.py": "a code of seven keys at most, which its caller counts",
    "survey/instrument/library.py": "our own questionnaire files",
    "qr/posters.py": "names of the registry, of 300 signs at most, composed when they were typed",
}
NORMALISING = {"normalize", "is_normalized"}


def normalises(text: str) -> bool:
    """Tell whether a module asks Unicode to compose or decompose, whatever it calls the library."""
    nodes = list(ast.walk(ast.parse(text)))
    imported = {
        name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "unicodedata"
        for name in node.names
    }
    return bool(imported & NORMALISING) or any(
        isinstance(node, ast.Attribute) and node.attr in NORMALISING for node in nodes
    )


def test_no_module_composes_text_on_its_own():
    modules = [*ROOT.glob("survey/**/*.py"), *ROOT.glob("qr/**/*.py"), ROOT / "wsgi.py"]
    alone = {path.relative_to(ROOT).as_posix() for path in modules if normalises(path.read_text("utf-8"))}
    assert alone == set(ALONE)


def test_the_guard_sees_every_way_of_asking():
    assert normalises("import unicodedata as u\nu.normalize('NFC', x)")
    assert normalises("from unicodedata import normalize\nnormalize('NFC', x)")
    assert normalises("import unicodedata\nunicodedata.is_normalized('NFC', x)")
    assert not normalises("import unicodedata\nunicodedata.category(x)")
