"""Documents say what the code does: settings, commands, addresses and the columns of files, in both directions."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from survey.cli import MODULES
from survey.instrument import load_instrument
from survey.operations.collecting import response_files
from survey.operations.keeping import trail
from survey.operations.monitoring import board_files
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS
from survey.operations.rounds import visit_files, visits
from survey.operations.sampling import design_files, margin_files
from survey.operations.texts import workbook as texts
from survey.reports import codebook, fact_files
from survey.reports.exports import indices_columns, response_columns
from survey.reports.pack import tables as pack_tables
from survey.settings import SETTINGS
from tests.guards.test_routes import listed_routes

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md")
    # A decision tells of its day.
    if "decisions" not in path.parts and "examples" not in path.parts
}
SPAN = re.compile(r"`([^`\n]+)`|^(?:\S+=\S+ )*(?:flask|\$flask|\.venv/bin/flask)((?: --app wsgi)? .+)$", re.MULTILINE)


def section(text, title):
    """Return what stands beneath a heading that begins with `title`."""
    return re.search(rf"^## {re.escape(title)}.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def table_rows(text):
    """Return the cells of every row of every table but those of headings and lines."""
    rows = [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set(row[0]) <= {"-", " ", ":"}]


def spans(cell):
    return re.findall(r"`([^`]+)`", cell)


# ---- Settings.


def settings_told(text):
    """Return what a document says of each setting, by its name."""
    return {spans(row[0])[0]: row[1] for row in table_rows(section(text, "2. Settings")) if spans(row[0])}


def unlike_settings(told, known):
    """Return the settings that are told and not known, known and not told, or told without what they usually are."""
    usual = {one.name for one in known if one.default and one.name in told and one.default not in told[one.name]}
    return set(told) ^ {one.name for one in known}, usual


def test_the_settings_told_are_those_there_are():
    told = settings_told(DOCUMENTS["docs/operations.md"])
    assert unlike_settings(told, SETTINGS) == (set(), set())


def test_the_guard_of_settings_sees_offenders():
    told = settings_told(DOCUMENTS["docs/operations.md"])
    assert unlike_settings({**told, "COLOUR": "blue"}, SETTINGS)[0] == {"COLOUR"}
    assert unlike_settings({name: one for name, one in told.items() if name != "CONTACT"}, SETTINGS)[0] == {"CONTACT"}
    assert unlike_settings({**told, "CASE_DAYS": "Working days (20)"}, SETTINGS)[1] == {"CASE_DAYS"}


# ---- Commands.


def commands():
    """Return the options and how many arguments of each command, by its whole name."""
    found = {}
    for group in (group for module in MODULES for group in module.GROUPS):
        inside = group.commands.items() if isinstance(group, click.Group) else [("", group)]
        found.update({f"{group.name} {name}".strip(): options_of(one) for name, one in inside})
    return found


def options_of(command):
    return {option for one in command.params if isinstance(one, click.Option) for option in one.opts}


def mentions(text):
    """Return every command line a document writes, without what goes before the command."""
    lines = [re.sub(r"^.*--app wsgi +| *#.*$", "", one or other) for one, other in SPAN.findall(text)]
    return [line.strip() for line in lines if line.strip()]


def wrong_mentions(text, known):
    """Return the command lines that name a group of ours with a verb or an option it does not have."""
    groups = {name.split()[0] for name in known}
    wrong = []
    for line in mentions(text):
        words = line.split()
        if words[0] not in groups or words[0] in known or len(words) < 2 or not re.fullmatch(r"[a-z][a-z-]+", words[1]):
            continue
        name = " ".join(words[:2])
        options = set(re.findall(r"(?<![\w-])--[a-z-]+", line))
        if name not in known or not options <= known[name]:
            wrong.append(line)
    return wrong


def unmentioned(texts, known):
    """Return the commands that no document names."""
    lines = [line for text in texts for line in mentions(text)]
    return {name for name in known if not any(line == name or line.startswith(f"{name} ") for line in lines)}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_command_told_is_there_with_its_options(name):
    assert wrong_mentions(DOCUMENTS[name], commands()) == []


def test_every_command_is_told_somewhere():
    assert unmentioned(DOCUMENTS.values(), commands()) == set()


def test_the_guard_of_commands_sees_offenders():
    known = commands()
    for line in ("`index count`", "`index compute --colour`", "flask --app wsgi registry burn", "`db upgrade --now`"):
        assert len(wrong_mentions(line, known)) == 1, line
    for line in ("`index compute --by agency`", "flask --app wsgi db upgrade   # first", "`settings`", "`case_event`"):
        assert wrong_mentions(line, known) == [], line
    assert unmentioned(["`db upgrade`"], {"db upgrade": set(), "db burn": set()}) == {"db burn"}


# ---- Addresses.


def rules():
    return {line.split(" ", 1)[1] for line in listed_routes()}


def addresses(text):
    """Return the addresses of staff and of programs a document writes, without queries."""
    found = re.findall(r"(?<![\w./…])/(?:staff|api|results|feedback|kiosk|metrics)(?:/[\w<>.{}*-]+)*/?", text)
    return {one.rstrip(".") for one in found}


def is_answered(address, known):
    """Tell whether an address, with any word in the place of a code, is one of the routes or what begins some."""
    wanted = [one for one in address.split("/") if one]
    return any(_fits(wanted, [one for one in rule.split("/") if one]) for rule in known)


def _fits(wanted, rule):
    pairs = zip(wanted, rule, strict=False)
    return len(wanted) <= len(rule) and all(here == there or _pattern(there).fullmatch(here) for here, there in pairs)


def _pattern(part):
    """Return what a part of a rule answers to: whatever stands in the place of a code."""
    return re.compile("".join(".+" if one.startswith("<") else re.escape(one) for one in re.split(r"(<[^>]*>)", part)))


def unknown_addresses(text, known):
    return {one for one in addresses(text) if not is_answered(one, known)}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_address_told_is_answered(name):
    assert unknown_addresses(DOCUMENTS[name], rules()) == set()


def api_addresses(text):
    """Return the addresses in the table of the interface's document."""
    rows = [row for row in table_rows(text) if row[0].startswith("`/")]
    return {re.sub(r"{(\w+)}", r"<\1>", one) for row in rows for one in spans(row[0])}


def test_the_interface_tells_every_address_it_has_and_no_other():
    has = {rule.removeprefix("/api/v1") for rule in rules() if rule.startswith("/api/v1/")} - {"/openapi.json"}
    assert api_addresses(DOCUMENTS["docs/api.md"]) == has
    assert "/api/v1/openapi.json" in DOCUMENTS["docs/api.md"]


def test_the_guard_of_addresses_sees_offenders():
    assert unknown_addresses("see /staff/weather and `/staff/points/<code>`", rules()) == {"/staff/weather"}
    assert unknown_addresses("`/api/v2/rounds`", rules()) == {"/api/v2/rounds"}
    assert api_addresses("| `/rounds`, `/rounds/{code}/moods` | x |") == {"/rounds", "/rounds/<code>/moods"}


# ---- Columns.

SIPAS = load_instrument("sipas-2023")
BY = (("agency", "dimension"), ("agency", "item"), ("agency", "service_point", "dimension"))


def columns_of_indices():
    """Return every column the indices can have: whatever they are by, of made-up responses too."""
    return {one for by in BY for one in indices_columns(SimpleNamespace(by=by, simulated=True))}


def columns_of_responses():
    """Return the columns of responses that are no question's."""
    own = re.compile(f"({'|'.join(question.code for question in SIPAS.questions)})(_.+)?")
    return [one for one in response_columns(SIPAS, "made up") if not own.fullmatch(one)]


COLUMNS = {
    "agencies.csv": AGENCIES.columns,
    "service_points.csv": SERVICE_POINTS.columns,
    "visits.csv": visit_files.LAYOUT.columns,
    "visits beside responses": visits.COLUMNS,
    "design of a round": design_files.LAYOUT.columns,
    "responses.csv (in)": [one.name for one in response_files.COLUMNS],
    "responses (out)": columns_of_responses(),
    "indices": columns_of_indices(),
    "ranks.*": pack_tables.ranks_sheet(()).columns,
    "replicate_weights.*, also .sav, .dta, .parquet": (
        *("replicate_class", "agency_code", "classes"),
        *(pack_tables.REPLICATE_NAMES[0], pack_tables.REPLICATE_NAMES[-1]),
    ),
    "margins": margin_files.LAYOUT.columns,
    "facts": fact_files.facts_sheet(()).columns,
    "monitoring": board_files.COLUMNS,
    "audit trail": trail.COLUMNS,
    "texts": texts.LAYOUT.columns,
    "variance.*": pack_tables.variance_sheet({}).columns,
    "codebook.*, codebook.xml": codebook.CODEBOOK_COLUMNS,
}


def columns_told(text):
    """Return the columns of each file, by its name in the first cell; what is in parentheses is no column."""
    return {row[0]: set(spans(re.sub(r"\([^)]*\)", "", row[-1]))) for row in table_rows(text)}


def unlike_columns(told, known):
    """Return for each file the columns that are told and not there, or there and not told."""
    found = {name: told.get(name, set()) ^ set(columns) for name, columns in known.items()}
    return {name: columns for name, columns in found.items() if columns}


def test_the_columns_told_are_those_of_the_files():
    assert unlike_columns(columns_told(DOCUMENTS["docs/files.md"]), COLUMNS) == {}


def test_the_guard_of_columns_sees_offenders():
    told = columns_told(DOCUMENTS["docs/files.md"])
    assert unlike_columns(told, {"margins": ["margin", "category", "weight"]}) == {"margins": {"total", "weight"}}
    assert unlike_columns(told, {"new.csv": ["code"]}) == {"new.csv": {"code"}}
    changed = columns_told("| margins | x | `margin`, `total` (optional, `no_column`) |")
    assert unlike_columns(changed, {"margins": ["margin", "category", "total"]}) == {"margins": {"category"}}


# A module that writes a table is told of here, so that no file comes without its columns in the document.
WRITERS = {
    "survey/operations/exports/full_rows.py": "full responses",
    "survey/operations/monitoring/board_files.py": "monitoring",
    "survey/operations/plans/annex.py": "annex of a plan",
    "survey/operations/registry/csv_files.py": "agencies.csv",
    "survey/operations/rounds/visits.py": "visits beside responses",
    "survey/operations/rounds/visit_files.py": "visits.csv",
    "survey/operations/keeping/trail.py": "audit trail",
    "survey/reports/codebook.py": "codebook.*, codebook.xml",
    "survey/reports/exports.py": "indices",
    "survey/reports/fact_files.py": "facts",
    "survey/reports/pack/tables.py": "variance.*",
    "survey/operations/texts/workbook.py": "texts",
    "survey/web/staff/rounds/sampling.py": "design of a round",
    # What others made, in the form that was asked for.
    "survey/reports/pack/pack.py": "",
    "survey/reports/sheets.py": "",
    "survey/web/analysis/tables.py": "",
}


def writes_tables(text):
    """Tell whether a module makes a table to be written: a sheet, or a CSV file."""
    makers = {"Sheet", "FileSheet", "write_csv", "write_sheet_file"}
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return any(isinstance(one, ast.Name) and one.id in makers for one in calls)


def test_every_module_that_writes_a_table_has_its_file_in_the_document():
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("survey/**/*.py")
        if writes_tables(path.read_text(encoding="utf-8"))
    }
    assert found == set(WRITERS)
    told = columns_told(DOCUMENTS["docs/files.md"])
    assert [name for name in WRITERS.values() if name and name not in told] == []
    assert writes_tables("made = Sheet('x', COLUMNS, rows)")
    assert not writes_tables("made = PlanSheet('x')")
