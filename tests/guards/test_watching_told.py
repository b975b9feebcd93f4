"""What docs/operations.md tells of the counts is what is counted, and its alarms ask for nothing else."""

import re
from pathlib import Path

from survey.watching.counts import Event, Fallback, Refused, Trouble
from survey.web.metrics import HELP
from tests.guards.test_documents import section, spans, table_rows

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
WATCHING = section(OPERATIONS, "13. Watching")
VALUES = {
    "hai_long_answers_total": Event,
    "hai_long_refusals_total": Refused,
    "hai_long_citizen_troubles_total": Trouble,
    "hai_long_fallbacks_total": Fallback,
}
METRIC = re.compile(r"hai_long_\w+")


def shown_names():
    """Return the names under which counts are shown."""
    return {f"{name}_total" if kind == "counter" else name for name, (kind, _) in HELP.items()} | {
        "hai_long_build_info"
    }


def told_names(text):
    """Return what a document tells of each name, without its labels."""
    found = ((METRIC.match(spans(row[0])[0]), row[1]) for row in table_rows(text) if spans(row[0]))
    return {name[0]: words for name, words in found if name}


def strange_names(text, known):
    """Return the names an alarm asks for that are not shown."""
    rules = "\n".join(re.findall(r"expr: (.*)", text))
    assert rules
    return set(METRIC.findall(rules)) - known


def strange_values(text, values):
    """Return the label values an alarm asks for that no count has."""
    asked = re.findall(r'(hai_long_\w+){\w+=~?"([^"]+)"}', "\n".join(re.findall(r"expr: (.*)", text)))
    return {
        value
        for name, several in asked
        for value in several.split("|")
        if not any(re.fullmatch(value, one.value) for one in values[name])
    }


def test_the_counts_told_are_those_shown_with_all_their_values():
    told = told_names(WATCHING)
    assert told.keys() == shown_names()
    for name, kinds in VALUES.items():
        assert {one for one in spans(told[name]) if re.fullmatch(r"[a-z_0-9]+", one)} == {one.value for one in kinds}


def test_the_four_alarms_ask_for_what_is_shown():
    assert len(re.findall(r"- alert: ", WATCHING)) == 4
    assert strange_names(WATCHING, shown_names()) == set()
    assert strange_values(WATCHING, VALUES) == set()


def test_the_guard_sees_offenders():
    offender = 'expr: sum(hai_long_moods_total) + hai_long_fallbacks_total{place=~"intake|window"}'
    assert strange_names(offender, shown_names()) == {"hai_long_moods_total"}
    assert strange_values(offender, VALUES) == {"window"}
    assert told_names("| `hai_long_new_total{x}` | words |").keys() - shown_names() == {"hai_long_new_total"}
