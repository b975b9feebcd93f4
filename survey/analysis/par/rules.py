"""The rules of administrative reform indices as a file: `par.toml` beside this module, read once, checked whole."""

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from survey.analysis.par.par import ParComponent, ParRule
from survey.checked_toml import WORDS, KeyPlace, Reader, is_filled, listed, one_of, read_toml, repeats, ruled, table
from survey.errors import ParError, UnknownCodeError
from survey.instrument.model import LocalText

RULES = Path(__file__).with_name("par.toml")
# How an index becomes points. In every source we know it takes the share of the points that it is of 100.
PROPORTIONAL = "proportional"
# What a rule can score.
WHOLE, AGENCY = "whole", "agency"


@cache
def par_rules(path: Path | None = None) -> tuple[ParRule, ...]:
    """Return the rules at hand, in the order of their file: that at `path`, or the one that comes with the program.

    >>> [(rule.code, rule.most) for rule in par_rules()]
    [('so-2023', 100.0), ('tinh', 100.0)]
    """
    return read_par_rules(path or RULES)


def load_par_rule(code: str, path: Path | None = None) -> ParRule:
    """Return the rule with this code; raises UnknownCodeError.

    >>> load_par_rule("tinh").own.most
    10.0
    """
    rules = {rule.code: rule for rule in par_rules(path)}
    if code not in rules:
        raise UnknownCodeError("rule of the PAR index", code, tuple(rules))
    return rules[code]


def default_rule(*, whole: bool, path: Path | None = None) -> ParRule:
    """Return the first rule made for all agencies together, or for one; the first of all where there is none.

    >>> default_rule(whole=True).code
    'tinh'
    """
    rules = par_rules(path)
    return next((rule for rule in rules if rule.whole is whole), rules[0])


def read_par_rules(path: Path) -> tuple[ParRule, ...]:
    """Return the rules of a file; raises ParError that names the file, the rule and what was expected."""
    place = KeyPlace(path.name, lambda *told: ParError(": ".join(told)))
    _, found = read_toml(path, place)
    return _FILE(found, place)


def _make_component(code: str, label: LocalText, most: float, converts: str | None = None) -> ParComponent:
    return ParComponent(code, label, most, from_index=converts is not None)


def _read_points(value: object, place: KeyPlace) -> float:
    # Exactly these types, because true is a whole number to Python.
    if type(value) not in (int, float) or not 0 < float(str(value)) < math.inf:
        place.refuse(f"must be a number of points above 0, not {value!r}")
    return float(str(value))


def _read_rule(value: object, place: KeyPlace) -> ParRule:
    """Return a rule whose components bring the points it says they do."""
    declared = _RULE(value, place)
    rule = ParRule(
        code=declared["code"],
        name=declared["name"],
        whom=declared["whom"],
        whole=declared["scores"] == WHOLE,
        source=declared["source"],
        components=declared["component"],
    )
    if len(rule.others) != len(rule.components) - 1:
        place.refuse("exactly one component must come from the index (converts)")
    if not math.isclose(rule.most, declared["most"]):
        place.refuse(f"its components bring {rule.most:g} points, not the {declared['most']:g} of most")
    return rule


def _codes_differ(parts: Iterable[ParComponent | ParRule]) -> str:
    return repeats((one.code for one in parts), "a code")


_FILLED = ruled(WORDS, is_filled)
_TEXT = table(LocalText, {"vi": _FILLED, "en": _FILLED})
_COMPONENT = table(
    _make_component, {"code": _FILLED, "label": _TEXT, "most": _read_points}, {"converts": one_of(PROPORTIONAL)}
)
_RULE: Reader[dict[str, Any]] = table(
    dict,
    {
        "code": _FILLED,
        "scores": one_of(WHOLE, AGENCY),
        "most": _read_points,
        **dict.fromkeys(("name", "whom", "source"), _TEXT),
        "component": ruled(listed(_COMPONENT, fewest=1, most=99), _codes_differ),
    },
)
_RULES = ruled(listed(_read_rule, fewest=1, most=99), _codes_differ)
_FILE: Reader[tuple[ParRule, ...]] = table(lambda rule: rule, {"rule": _RULES})
