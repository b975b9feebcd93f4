"""Decisions stand one a page, in an index, with their day; what they name is there."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
# A path may be told from the root, or from where the reader of a page stands: the package, or the documents.
STARTS = (ROOT, ROOT / "survey", ROOT / "docs")
TOPS = {path.name for start in STARTS for path in start.iterdir() if not path.name.startswith(".")}

DAY = re.compile(r"\b(\d{2}/\d{2}/\d{4})\b")
ROW = re.compile(r"\| \[(?P<number>\d{4})\]\((?P<file>[^)]+)\) \| (?P<day>\d{2}/\d{2}/\d{4}) \| (?P<title>[^|]+) \|")
QUOTED = re.compile(r"`([^`]+)`")
LINKED = re.compile(r"\]\(([^)#:]+)[^):]*\)")
SLASHED = re.compile(r"[\w.-]+(/[\w.*-]+)+/?")
NUMBER = re.compile(r"decisions?[/ ](\d{4})")


def pages(folder: Path) -> dict[str, str]:
    """Return the pages of decisions by file name."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("[0-9]*.md"))}


def faults(texts: Mapping[str, str], index: str) -> set[str]:
    """Return what is wrong between pages and their index: a page without a row, without its day, a number twice."""
    rows = {row["file"]: (row["number"], row["day"], row["title"]) for row in ROW.finditer(index)}
    numbers = [name[:4] for name in texts]
    twice = {f"{number} is given twice" for number in numbers if numbers.count(number) > 1}
    strange = {f"{name} is in the index and nowhere else" for name in rows.keys() - texts.keys()}
    return twice | strange | set(_faults_of_pages(texts, rows))


def _faults_of_pages(texts: Mapping[str, str], rows: Mapping[str, tuple[str, str, str]]) -> Iterator[str]:
    for name, text in texts.items():
        head, _, rest = text.partition("\n")
        day = DAY.search(rest)
        if day is None:
            yield f"{name} has no day"
        elif name not in rows:
            yield f"{name} is not in the index"
        elif rows[name] != (name[:4], day[1], re.sub(r"^# (\d{4} – )?", "", head)):
            yield f"{name} is told otherwise in the index"


def missing(text: str, tests: str) -> set[str]:
    """Return the paths, modules and tests a text names and there are not; an address begins with a slash."""
    return {quoted for quoted in QUOTED.findall(text) if not _is_there(quoted, tests)}


def _is_there(quoted: str, tests: str) -> bool:
    if re.fullmatch(r"test_\w+", quoted):
        return f"def {quoted}(" in tests or any(ROOT.glob(f"tests/**/{quoted}.py"))
    if re.fullmatch(r"\w+\.py", quoted):
        return any(any(ROOT.glob(f"{top}/**/{quoted}")) for top in ("survey", "tests"))
    if SLASHED.fullmatch(quoted) and quoted.partition("/")[0] in TOPS:
        return any(any(start.glob(quoted.rstrip("/"))) for start in STARTS)
    return True


def test_every_decision_is_in_the_index_once_with_its_day():
    assert faults(pages(FOLDER), (FOLDER / "README.md").read_text("utf-8")) == set()


def test_what_a_decision_names_is_there():
    tests = "\n".join(path.read_text("utf-8") for path in ROOT.glob("tests/**/*.py"))
    texts = pages(FOLDER) | {"README.md": (FOLDER / "README.md").read_text("utf-8")}
    assert {name: gone for name, text in texts.items() if (gone := missing(text, tests))} == {}


def test_links_of_decisions_lead_somewhere():
    links = {
        (path.name, link)
        for path in FOLDER.glob("*.md")
        for link in LINKED.findall(path.read_text("utf-8"))
        if not (FOLDER / link).exists()
    }
    assert links == set()


def test_whoever_names_a_decision_names_one_there_is():
    numbers = {name[:4] for name in pages(FOLDER)}
    told = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "README.md")]
    told += [path for place in ("docs/**/*.md", "survey/**/*.py") for path in ROOT.glob(place)]
    named = {(path.name, number) for path in told for number in NUMBER.findall(path.read_text("utf-8"))}
    assert {(name, number) for name, number in named if number not in numbers} == set()


def test_the_guards_see_offenders():
    index = "| [0001](0001-a.md) | 21/11/2026 | One thing | why |\n| [0009](0009-gone.md) | 21/11/2026 | Gone | why |"
    texts = {
        "0001-a.md": "# Another thing\n\n21/11/2026.",
        "0001-b.md": "# Two\n\n21/11/2026.",
        "0002-c.md": "# Three\n\nLast autumn.",
    }
    assert faults(texts, index) == {
        "0001 is given twice",
        "0001-a.md is told otherwise in the index",
        "0001-b.md is not in the index",
        "0002-c.md has no day",
        "0009-gone.md is in the index and nowhere else",
    }
    assert faults({"0001-a.md": "# 0001 – One thing\n\nStatus: accepted, 21/11/2026"}, index.splitlines()[0]) == set()
    named = "`survey/nowhere.py` `store/engine.py` `tests/guards` `/staff/plans` `made_up.py` `test_made_up` `a/b`"
    assert missing(named, "def test_other():") == {"survey/nowhere.py", "made_up.py", "test_made_up"}
