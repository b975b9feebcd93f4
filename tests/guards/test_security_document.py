"""docs/security.md claims nothing without a test that exists, and leaves no section of the standard out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
# The sections of ASVS 5.0.0 that have requirements of level 1 or 2.
SECTIONS = {
    "V1": (1, 2, 3, 4, 5),
    "V2": (1, 2, 3, 4),
    "V3": (2, 3, 4, 5, 7),
    "V4": (1, 2, 3, 4),
    "V5": (1, 2, 3, 4),
    "V6": (1, 2, 3, 4, 5, 6, 8),
    "V7": (1, 2, 3, 4, 5, 6),
    "V8": (1, 2, 3, 4),
    "V9": (1, 2),
    "V10": (1, 2, 3, 4, 5, 6, 7),
    "V11": (1, 2, 3, 4, 5, 6),
    "V12": (1, 2, 3),
    "V13": (1, 2, 3, 4),
    "V14": (1, 2, 3),
    "V15": (1, 2, 3),
    "V16": (1, 2, 3, 4, 5),
    "V17": (1, 2, 3),
}
NAMED = re.compile(r"`(test_\w+)`")
PATH = re.compile(r"`((?:tests|docs|survey)/[\w/.-]+)`")
ROW = re.compile(r"^\| (V\d[^|]*) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def names_there_are() -> set[str]:
    """Return the names of all tests."""
    return {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }


def sections_told(text: str) -> set[str]:
    """Return the sections a page has rows for; «V10.1–V10.7» stands for all between."""
    told: set[str] = set()
    for cell, _, _ in ROW.findall(text):
        for first, last in re.findall(r"(V\d+\.\d+)(?:–(V\d+\.\d+))?", cell):
            chapter, start = first.split(".")
            end = last.split(".")[1] if last else start
            told |= {f"{chapter}.{number}" for number in range(int(start), int(end) + 1)}
    return told


def test_every_test_and_file_that_is_named_is_there():
    assert set(NAMED.findall(TEXT)) - names_there_are() == set()
    assert [path for path in PATH.findall(TEXT) if not (ROOT / path).exists()] == []


def test_every_section_of_level_2_has_a_row():
    wanted = {f"{chapter}.{number}" for chapter, numbers in SECTIONS.items() for number in numbers}
    assert sections_told(TEXT) == wanted


def test_what_passes_says_by_what():
    passing = [(cell, why) for cell, result, why in ROW.findall(TEXT) if result.startswith("pass")]
    assert len(passing) > 40
    assert [cell for cell, why in passing if not re.search(r"`[^`]+`|:", why)] == []


def test_the_guard_sees_what_is_missing():
    assert sections_told("| V6.6 Out of band, V6.8 Providers | n/a | none |\n| V10.1–V10.3 | n/a | none |") == {
        *("V6.6", "V6.8"),
        *("V10.1", "V10.2", "V10.3"),
    }
