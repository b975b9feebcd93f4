"""Every text people read says what the glossary says; what is let off has its reason here, and is still needed."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from flask import Flask

from survey.operations.texts.catalogue import read_catalogue
from survey.operations.texts.rules import OF_VIETNAMESE, listed, wrong_text, wrong_words

REPOSITORY = Path(__file__).parents[2]
SURVEY, TEMPLATES, POSTERS = (REPOSITORY / name for name in ("survey", "templates", "qr"))
DOCUMENTS = SURVEY / "reports" / "documents"
# Modules with the heads of files whose form is fixed; they stand in no catalogue.
HEADS = (
    *("operations/registry/templates.py", "operations/texts/workbook.py", "operations/rounds/visit_files.py"),
    *("reports/codebook.py", "reports/ddi.py", "reports/pack/contents.py", "reports/pack/tables.py"),
    *("operations/plans/annex.py", "operations/report/pictures.py"),
)
NAMED = "these words are not Vietnamese"
MESSAGE = re.compile(r"""\b_\(\s*(?:"([^"]*)"|'([^']*)')""")
BUTTON = re.compile(r"<button\b[^>]*>(.*?)</button>", re.DOTALL)
HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>|\{%- block heading %\}(.*?)\{% endblock", re.DOTALL)
TYPST_TEXT = re.compile(r"\[([^\[\]#]+)\]|\"([^\"\n]+)\"")
# Headings that tell no content.
EMPTY = frozenset(
    {"Thông báo", "Lỗi", "Chú ý", "Lưu ý", "Xin xem lại", "Xem lại", "Khác", "Chi tiết", "Thông tin", "Nội dung"}
)
# What is let off, each with its reason: (language, text) → why.
EXCEPTIONS: Mapping[tuple[str, str], str] = {}
# Buttons that are an answer, not a deed.
ANSWERS = frozenset({"Hài lòng", "Không hài lòng"})


def texts_of(found: str) -> list[str]:
    """Return the messages in a piece of a template."""
    return [first or second for first, second in MESSAGE.findall(found)]


def not_a_verb(template: str) -> list[str]:
    """Return the buttons of a template that do not say what they do."""
    words = [text for piece in BUTTON.findall(template) for text in texts_of(piece)]
    return [text for text in words if text.split()[0].lower() not in listed("verbs") and text not in ANSWERS]


def empty_headings(template: str) -> list[str]:
    """Return the headings of a template that tell no content."""
    pieces = [first or second for first, second in HEADING.findall(template)]
    return [text for piece in pieces for text in texts_of(piece) if text.strip(" .:!") in EMPTY]


def templates() -> list[Path]:
    """Return every template."""
    return sorted(TEMPLATES.rglob("*.html"))


def texts_in_code(code: str) -> Iterator[str]:
    """Yield the Vietnamese texts of a module, pieces of f-strings whole, but for its docstrings."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    kept = [
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
    ]
    inner = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner and node not in kept:
            text = node.value
        else:
            continue
        if OF_VIETNAMESE.search(text):
            yield text


def wrong_in(texts: Iterator[str]) -> dict[str, list[str]]:
    """Return what is wrong with texts that are Vietnamese only."""
    found = {text: [str(told) for told in wrong_words(text, "vi")] for text in texts if ("vi", text) not in EXCEPTIONS}
    return {text: told for text, told in found.items() if told}


def test_every_text_of_the_catalogue_says_what_the_glossary_says():
    wrong = {
        (language, text.said(language)): [told.in_language("vi") for told in found]
        for text in read_catalogue()
        for language in ("vi", "en")
        if (found := list(wrong_text(text, language))) and (language, text.said(language)) not in EXCEPTIONS
    }
    assert wrong == {}


@pytest.mark.parametrize("path", sorted(DOCUMENTS.rglob("*.py")), ids=lambda path: path.name)
def test_the_report_says_what_the_glossary_says(path: Path) -> None:
    assert wrong_in(texts_in_code(path.read_text("utf-8"))) == {}


@pytest.mark.parametrize("name", HEADS)
def test_heads_of_files_say_what_the_glossary_says(name: str) -> None:
    told = wrong_in(texts_in_code((SURVEY / name).read_text("utf-8")))
    # They name columns and programs, which are in no tongue.
    others = {text: [one for one in faults if NAMED not in one] for text, faults in told.items()}
    assert {text: faults for text, faults in others.items() if faults} == {}


def commands(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """Yield what a command and all below it say of themselves and of what they take."""
    yield path, command.help or ""
    yield from ((f"{path} {one.name}", getattr(one, "help", None) or "") for one in command.params)
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


def test_commands_say_what_the_glossary_says(app: Flask) -> None:
    told = [pair for name, group in app.cli.commands.items() for pair in commands(group, name)]
    assert len(told) > 100
    wrong = {path: [str(one) for one in wrong_words(text, "en")] for path, text in told if text}
    assert {path: faults for path, faults in wrong.items() if faults} == {}


@pytest.mark.parametrize("path", sorted(POSTERS.glob("*.typ")), ids=lambda path: path.name)
def test_posters_say_what_the_glossary_says(path: Path) -> None:
    pieces = [first or second for first, second in TYPST_TEXT.findall(path.read_text("utf-8"))]
    assert wrong_in(piece.replace("~", " ") for piece in pieces if OF_VIETNAMESE.search(piece)) == {}


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_button_is_a_verb_and_a_heading_tells_something(path: Path) -> None:
    template = path.read_text("utf-8")
    assert not_a_verb(template) == []
    assert empty_headings(template) == []


def test_what_is_let_off_is_little_reasoned_and_still_there():
    assert len(EXCEPTIONS) <= 15
    assert all(reason.endswith(".") for reason in EXCEPTIONS.values())
    texts = {(language, text.said(language)) for text in read_catalogue() for language in ("vi", "en")}
    texts |= {("vi", text) for path in DOCUMENTS.rglob("*.py") for text in texts_in_code(path.read_text("utf-8"))}
    assert set(EXCEPTIONS) - texts == set()


def test_the_guard_sees_what_is_wrong():
    assert not_a_verb('<button class="go">{{ _("Biểu mẫu") }}</button><button>{{ _("Lưu lại") }}</button>') == [
        "Biểu mẫu"
    ]
    assert empty_headings('<h2>{{ _("Chú ý") }}</h2>{%- block heading %}{{ _("Tên") }}{% endblock -%}') == ["Chú ý"]
    told = wrong_in(texts_in_code('"""Đợt đánh giá."""\nx = f"cơ sở {n} phiếu"\n'))
    assert list(told) == ["cơ sở {x} phiếu"]
