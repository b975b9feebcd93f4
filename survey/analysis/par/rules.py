"""The rules of administrative reform indices as a file: `par.toml` beside this module, read once, checked whole."""

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from survey.analysis.par.par import ParComponent, ParRule
from survey.errors import ParError, UnknownCodeError
from survey.instrument.model import LocalText

RULES = Path(__file__).with_name("par.toml")
# How an index becomes points. In every source we know it takes the share of the points that it is of 100.
PROPORTIONAL = "proportional"
# What a rule can score.
WHOLE, AGENCY = "whole", "agency"
KINDS: dict[type, str] = {str: "a text", list: "a list of tables", dict: "a text in vi and en"}

T = TypeVar("T")


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
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParError(f"{path.name}: must be TOML in UTF-8 ({error})") from error
    rules = tuple(_rule(one, f"{path.name}: rule {number}") for number, one in _rows(table, "rule", path.name))
    _check_distinct([rule.code for rule in rules], path.name)
    return rules


def _rule(table: object, place: str) -> ParRule:
    rule = ParRule(
        code=_value(table, "code", str, place),
        name=_text(table, "name", place),
        whom=_text(table, "whom", place),
        whole=_scores_whole(table, place),
        source=_text(table, "source", place),
        components=tuple(
            _component(one, f"{place}, component {number}") for number, one in _rows(table, "component", place)
        ),
    )
    _check_distinct([one.code for one in rule.components], place)
    if len(rule.others) != len(rule.components) - 1:
        raise ParError(f"{place}: exactly one component must come from the index (converts)")
    total = _points(table, "most", place)
    if not math.isclose(rule.most, total):
        raise ParError(f"{place}: its components bring {rule.most:g} points, not the {total:g} of most")
    return rule


def _scores_whole(table: object, place: str) -> bool:
    scores = _value(table, "scores", str, place)
    if scores not in (WHOLE, AGENCY):
        raise ParError(f"{place}: scores must be {WHOLE!r} or {AGENCY!r}, not {scores!r}")
    return scores == WHOLE


def _component(table: object, place: str) -> ParComponent:
    code, label, most = _value(table, "code", str, place), _text(table, "label", place), _points(table, "most", place)
    converts = _find(table, "converts")
    if converts not in (None, PROPORTIONAL):
        raise ParError(f"{place}: converts must be {PROPORTIONAL!r}, not {converts!r}")
    return ParComponent(code, label, most, from_index=converts is not None)


def _rows(table: object, key: str, place: str) -> enumerate[object]:
    return enumerate(_value(table, key, list, place), 1)


def _points(table: object, key: str, place: str) -> float:
    found = _find(table, key)
    # Exactly these types, because true is a whole number to Python.
    if type(found) not in (int, float) or not 0 < float(str(found)) < math.inf:
        raise ParError(f"{place}: {key} must be a number of points above 0, not {found!r}")
    return float(str(found))


def _text(table: object, key: str, place: str) -> LocalText:
    texts = _value(table, key, dict, place)
    return LocalText(*(_value(texts, language, str, f"{place}: {key}") for language in ("vi", "en")))


def _value(table: object, key: str, kind: type[T], place: str) -> T:
    found = _find(table, key)
    if not isinstance(found, kind) or not found:
        raise ParError(f"{place}: {key} must be given, as {KINDS[kind]}")
    return found


def _find(table: object, key: str) -> object:
    return table.get(key) if isinstance(table, dict) else None


def _check_distinct(codes: Sequence[str], place: str) -> None:
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        raise ParError(f"{place}: must not repeat a code: {', '.join(repeated)}")
