"""Every text that people read is a message of the catalogue: marked where it stands, so that it has its English.

In templates it stands in `_("…")`, in code it is the first argument of one of `MARKS`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.operations.texts.rules import OF_VIETNAMESE

REPOSITORY = Path(__file__).parents[2]
SURVEY, TEMPLATES = REPOSITORY / "survey", REPOSITORY / "templates"
MARKS = {"word", "mark", "phrase", "said", "_", "fault"}
MESSAGE = re.compile(r"""\b_\(\s*("[^"]*"|'[^']*')""")
IN_VIETNAMESE = re.compile(r'<(\w+)[^>]* lang="?vi"?[^>]*>.*?</\1>', re.DOTALL)
# What is Vietnamese in English too, each group with its reason.
LEFT = {
    # How Vietnamese is written: letters, tones, keyboards, and what people write that has to be found or hidden.
    *("formatting.py", "telex.py", "operations/texts/rules.py", "operations/plans/owners.py"),
    *("typed/masking.py", "typed/screening.py"),
    # The wording of an instrument is data in both languages; its loader names two fields of it.
    "instrument/model.py",
    # Files whose form is fixed, so that they can be read again or joined with those of another year.
    *("operations/collecting/response_files.py", "operations/registry/templates.py", "operations/texts/workbook.py"),
    *("operations/rounds/visit_files.py", "reports/codebook.py", "reports/ddi.py"),
    *("reports/pack/contents.py", "reports/pack/tables.py"),
    # Papers of a Vietnamese office: the annex of a plan, and the pictures of the report.
    *("operations/plans/annex.py", "operations/report/pictures.py"),
    # Made-up content of the demonstration, as people would have typed it.
    *("operations/demo/cases.py", "operations/demo/trial.py"),
}
# Whole folders whose texts are Vietnamese in every language, each with its reason.
LEFT_FOLDERS = (
    # The report is a paper of a Vietnamese office.
    "reports/documents/",
    # They brought old words into tables once, and are never changed.
    "store/migrations/",
)


def unmarked_in_code(code: str) -> Iterator[str]:
    """Yield the Vietnamese texts of a module that are in no catalogue."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    fine = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            fine.update(ast.walk(node.args[0]) if name in MARKS else ())
    for node in ast.walk(tree):
        told = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in fine
        if told and OF_VIETNAMESE.search(node.value):
            yield node.value


def out_of_reach(code: str) -> Iterator[str]:
    """Yield the messages inside an f-string, where the extraction of messages does not look."""
    strings = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.JoinedStr)]
    calls = [node for string in strings for node in ast.walk(string) if isinstance(node, ast.Call) and node.args]
    for call in calls:
        name, message = getattr(call.func, "id", getattr(call.func, "attr", "")), call.args[0]
        if name in MARKS and isinstance(message, ast.Constant):
            yield str(message.value)


def unmarked_in_template(text: str) -> Iterator[str]:
    """Yield the Vietnamese words of a template that are in no catalogue."""
    seen = IN_VIETNAMESE.sub("", MESSAGE.sub("", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)))
    return (line.strip() for line in seen.splitlines() if OF_VIETNAMESE.search(line))


def not_literal(text: str) -> list[str]:
    """Return the calls of `_` in a template whose message is not written there: `tell` is for those."""
    return re.findall(r"""\b_\((?!\s*["'])[^)]*\)""", text)


def modules() -> list[Path]:
    """Return the modules whose texts people read."""
    names = {path: path.relative_to(SURVEY).as_posix() for path in sorted(SURVEY.rglob("*.py"))}
    return [path for path, name in names.items() if name not in LEFT and not name.startswith(LEFT_FOLDERS)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SURVEY).as_posix())
def test_every_text_of_the_code_is_in_the_catalogue(path: Path) -> None:
    code = path.read_text("utf-8")
    assert list(unmarked_in_code(code)) == []
    assert list(out_of_reach(code)) == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_every_text_of_a_template_is_in_the_catalogue(path: Path) -> None:
    text = path.read_text("utf-8")
    assert list(unmarked_in_template(text)) == []
    assert not_literal(text) == []
    messages = [found[1:-1] for found in MESSAGE.findall(text)]
    # A message may hold marks of ours; a quotation mark would end the attribute it may stand in.
    assert [message for message in messages if '"' in message] == []


def test_what_is_left_out_still_needs_to_be():
    needless = {name for name in LEFT if not list(unmarked_in_code((SURVEY / name).read_text("utf-8")))}
    assert needless == set()


def test_the_guard_sees_what_is_not_marked():
    assert list(unmarked_in_code('label = StringField("Tên cơ quan")\n')) == ["Tên cơ quan"]
    assert list(unmarked_in_code('"""Tên."""\nlabel = mark("Tên cơ quan")\nsaid("Đã {n}", n=1)\n')) == []
    assert list(out_of_reach("x = f\"{said('hoặc')} {said(n)}\"\n")) == ["hoặc"]
    assert list(unmarked_in_code('said(f"Đã {n}")\nsaid("x", name="Sở")\n')) == ["Sở"]
    assert list(unmarked_in_template('<p>{{ _("Tên") }}</p>\n<p>Tên cơ quan</p>')) == ["<p>Tên cơ quan</p>"]
    assert list(unmarked_in_template('{# Tên #}<a lang="vi">Tiếng Việt</a>')) == []
    assert not_literal('{{ _(label) }} {{ _("Tên") }}') == ["_(label)"]
