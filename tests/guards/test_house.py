"""What lets one see the house: folders by subject, few modules in each, and no way round in a circle."""

import ast
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_MODULES = 14
MOST_LINES = 299
SUBJECTS = {
    line for line in (Path(__file__).with_name("subjects.txt")).read_text("utf-8").splitlines() if line[:1] != "#"
}

# A module by its dotted name, and the names of what it imports.
Imports = Mapping[str, frozenset[str]]


def modules(root: Path) -> dict[str, Path]:
    """Return the modules below `root`/survey by dotted name; what numbers migrations gives them is no name."""
    paths = (
        path for path in root.glob("survey/**/*.py") if path.name != "__init__.py" and path.parent.name != "versions"
    )
    return by_name(paths, root)


def subject_tests(root: Path) -> dict[str, Path]:
    """Return the tests of functions and of parts together, by dotted name without what stands before the subject."""
    paths = chain(root.glob("tests/unit/**/test_*.py"), root.glob("tests/integration/**/test_*.py"))
    return by_name(paths, root / "tests")


def by_name(paths: Iterable[Path], root: Path) -> dict[str, Path]:
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}


def imports(found: Mapping[str, Path]) -> Imports:
    return {name: frozenset(_imported(path.read_text("utf-8"), found)) for name, path in found.items()}


def _imported(text: str, known: Iterable[str]) -> Iterable[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if name in known else node.module for name in names)


def folder(module: str) -> str:
    return module.rpartition(".")[0]


def strange_folders(names: Iterable[str]) -> set[str]:
    """Return the folders that bear no word of the list."""
    words = chain.from_iterable(name.split(".")[1:-1] for name in names)
    return set(words) - SUBJECTS


def crowded_folders(names: Iterable[str]) -> dict[str, int]:
    """Return the folders with more modules than one can see at once. The root is the customer's, and has its list."""
    count: dict[str, int] = {}
    for name in names:
        count[folder(name)] = count.get(folder(name), 0) + 1
    return {name: number for name, number in count.items() if number > MOST_MODULES and name != "survey"}


def circles(found: Imports) -> set[tuple[str, str]]:
    """Return the pairs of subject folders of which each can be reached from the other."""
    roads: dict[str, set[str]] = {}
    for name, targets in found.items():
        ends = {folder(target) for target in targets if target in found and folder(target).count(".") > 1}
        if folder(name).count(".") > 1:
            roads.setdefault(folder(name), set()).update(ends - {folder(name)})
    reached = {start: _reached(start, roads) for start in roads}
    return {(one, other) for one in reached for other in reached[one] if one in reached.get(other, ())}


def _reached(start: str, roads: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        following = roads.get(waiting.pop(), set()) - seen
        seen |= following
        waiting += following
    return seen


def twice_named(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the public classes that more than one module has, with the modules."""
    places: dict[str, list[str]] = {}
    for module, text in texts.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module)
    return {name: found for name, found in places.items() if len(found) > 1}


def long_files(texts: Mapping[str, str]) -> dict[str, int]:
    """Return the files that one does not read at a glance, with their lines."""
    lines = {name: len(text.splitlines()) for name, text in texts.items()}
    return {name: number for name, number in lines.items() if number > MOST_LINES}


HOUSE = modules(ROOT)
TESTS = subject_tests(ROOT)


def test_every_folder_bears_a_word_of_the_list_and_every_word_has_a_folder():
    assert strange_folders(HOUSE) == set()
    assert (
        SUBJECTS - {"versions", "scripts"} - set(chain.from_iterable(name.split(".")[1:-1] for name in HOUSE)) == set()
    )


def test_a_folder_has_no_more_modules_than_one_sees_at_once():
    assert crowded_folders(HOUSE) == {}


def test_tests_lie_where_their_subject_lies():
    assert strange_folders(TESTS) == set()
    assert crowded_folders(TESTS) == {}


def test_no_file_of_tests_has_300_lines():
    paths = {str(path.relative_to(ROOT)): path for path in ROOT.glob("tests/**/*.py")}
    found = long_files({name: path.read_text("utf-8") for name, path in paths.items()})
    assert found == {}


def test_no_two_folders_of_subjects_need_each_other():
    assert circles(imports(HOUSE)) == set()


def test_no_two_classes_have_one_name():
    assert twice_named({name: path.read_text("utf-8") for name, path in HOUSE.items()}) == {}


def test_the_guards_see_offenders():
    assert long_files({"short": "a\n" * 299, "long": "a\n" * 300}) == {"long": 300}
    assert twice_named({"a": "class Place: ...", "b": "class Place: ...", "c": "class Point: ..."}) == {
        "Place": ["a", "b"]
    }
    assert strange_folders(["survey.operations.helpers.plans"]) == {"helpers"}
    assert crowded_folders([f"survey.operations.plans.m{number}" for number in range(15)]) == {
        "survey.operations.plans": 15
    }
    tied = {
        "survey.operations.plans.a": frozenset({"survey.operations.results.b"}),
        "survey.operations.results.b": frozenset({"survey.operations.staff.c"}),
        "survey.operations.staff.c": frozenset({"survey.operations.plans.a"}),
    }
    assert ("survey.operations.plans", "survey.operations.staff") in circles(tied)
    assert circles({name: targets for name, targets in tied.items() if ".staff." not in name}) == set()
