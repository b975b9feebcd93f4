"""Wherever a CSV can be had, the same table can be had as a workbook and as a CSV for Excel in Vietnamese."""

import re
from pathlib import Path

import click
import pytest

from survey.operations.exports.files import LAYOUTS
from survey.reports.sheets import KINDS, SHEET_LAYOUTS

SURVEY = Path(__file__).parents[2] / "survey"
TEMPLATES = SURVEY.parent / "templates"


@pytest.fixture
def database_url(sqlite_url):
    """Look once: what is offered does not depend on the database."""
    return sqlite_url


def commands(group, path=()):
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_address_of_a_csv_is_one_of_the_others_too(app) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules() if "csv" in rule.rule]
    assert len(rules) >= 6
    assert [rule for rule in rules if not re.search(r"any\(csv, 'vi\.csv', xlsx\)", rule)] == []


def test_every_command_that_writes_a_csv_writes_the_others_too(app) -> None:
    offered = {}
    for path, command in commands(app.cli):
        for option in command.params:
            if isinstance(option.type, click.Choice) and "csv" in option.type.choices:
                offered[" ".join(path)] = set(SHEET_LAYOUTS) <= set(option.type.choices)
    assert offered.keys() == {
        *("registry export", "visits export", "visits goals", "plan export"),
        *("export write", "export full-responses", "index compute"),
    }
    assert all(offered.values())
    assert set(SHEET_LAYOUTS) <= set(LAYOUTS)


def test_no_module_writes_a_csv_but_the_one_that_writes_all_of_them() -> None:
    writing = [path.name for path in SURVEY.rglob("*.py") if "csv.writer" in path.read_text(encoding="utf-8")]
    assert writing == ["sheets.py"]


def test_no_page_links_to_a_csv_alone() -> None:
    alone = [
        path.name
        for path in TEMPLATES.rglob("*.html")
        if re.search(r'href="[^"]*(?<!as=vi)\.csv|layout="csv"', path.read_text(encoding="utf-8"))
        and path != TEMPLATES / "table.html"
    ]
    assert alone == []
    for ending in KINDS:
        assert f'layout="{ending}"' in (TEMPLATES / "table.html").read_text(encoding="utf-8")
