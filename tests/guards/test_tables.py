"""Every table of a page is written by one macro, so that none forgets what a screen reader or a phone needs."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
# The form on paper, which nobody reads on a screen, has a group of rows for each part.
ON_PAPER = {"staff/collecting/printed.html"}
BY_HAND = re.compile(r"""<table\b|role=["']?(?:table|rowgroup|row|cell|rowheader|columnheader)\b""")


def by_hand(text: str) -> list[str]:
    """Return what a template writes of a table that the macro would write."""
    return BY_HAND.findall(re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))


def test_no_template_writes_a_table_by_hand() -> None:
    names = {str(path.relative_to(TEMPLATES)): path for path in TEMPLATES.rglob("*.html")}
    found = {name: by_hand(path.read_text("utf-8")) for name, path in names.items() if name != "table.html"}
    assert {name for name, some in found.items() if some} == ON_PAPER
    assert sum("{% call table(" in path.read_text("utf-8") for path in names.values()) > 30


def test_a_table_by_hand_is_seen() -> None:
    assert by_hand('<table class="stack"><tr role="row"><td role="cell">') == ["<table", 'role="row', 'role="cell']
    assert by_hand('<p role="status"><form role="search"><b role="alert">') == []
