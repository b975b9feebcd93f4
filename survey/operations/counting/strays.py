"""Name the responses that have no place in their round, and so are in no figure."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from survey.fieldwork import SurveyRound
from survey.instrument.model import NO_ANSWER, Instrument, Question
from survey.operations.collecting.responses import load_round_instrument
from survey.operations.seldom import Seldom
from survey.responses import NOT_TICKED, TICKED, Mode
from survey.store.collecting.blocks import POINT_DIGITS, iter_blocks
from survey.store.engine import Store
from survey.store.registry.agencies import find_round
from survey.store.registry.points import list_points
from survey.tallies import Misfit, Misfits, Places, layout_of

MOST_DAYS = 10
_log = Seldom(logging.getLogger(__name__))


class Placing:
    """Tells of one response after the other whether it has a place in a round."""

    def __init__(self, survey_round: SurveyRound, instrument: Instrument) -> None:
        self._first, self._last = survey_round.opens.isoformat(), survey_round.closes.isoformat()
        self._modes = frozenset(Mode)
        self._record = re.compile("".join(map(_pattern, instrument.questions)))

    def __call__(self, day: str, mode: str, record: str) -> bool:
        """Tell it of a response with a day as it is written, a mode and a record."""
        inside = self._first <= day <= self._last and len(day) == len(self._first)
        return inside and mode in self._modes and self._record.fullmatch(record) is not None


def _pattern(question: Question) -> str:
    """Return what the places of a question may hold: of a multiple choice nothing at all, or what was ticked."""
    if not question.multiple:
        return f"[{re.escape(NO_ANSWER)}{''.join(question.symbols)}]"
    number, marks = len(question.options), TICKED + NOT_TICKED
    return f"(?:{re.escape(NO_ANSWER)}{{{number}}}|(?=[{marks}]*{TICKED})[{marks}]{{{number}}})"


def find_strays(store: Store, round_code: str) -> Misfits:
    """Return the responses of a round that have no place in it: how many there are of each kind, and on which days.

    Raises UnknownCodeError, RoundError when the instrument is not the one the round began with.
    """
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        layout = layout_of(load_round_instrument(survey_round))
        points = [placed.id for placed in list_points(connection)]
        days = survey_round.opens, survey_round.closes
        places = Places(layout, service_points=points, point_digits=POINT_DIGITS, days=days)
        blocks = iter_blocks(connection, round_id, width=layout.width)
        return sum((places.of(block).readable(layout).misfits for block in blocks), Misfits())


def name_strays(round_code: str, misfits: Misfits) -> Iterator[str]:
    """Yield a line for each kind of response that is passed by: how many there are, and of which days."""
    for why in Misfit:
        days = Counter[str]()
        for (reason, day), count in sorted(misfits.items()):
            days[_day(day)] += count if reason is why else 0
        dated = [f"{day} ({count})" for day, count in days.items() if count]
        if dated:
            more = f" and {len(dated) - MOST_DAYS} more days" if len(dated) > MOST_DAYS else ""
            listed = ", ".join(dated[:MOST_DAYS]) + more
            yield f"round {round_code}: {days.total()} responses are passed by ({why}), dated {listed}"


def _day(number: int) -> str:
    try:
        return f"{date(number // 10_000, number // 100 % 100, number % 100):%d/%m/%Y}"
    except ValueError:
        return "no day"


def log_strays(round_code: str, misfits: Misfits) -> None:
    """Write into the log, once an hour at most, what of a round was passed by."""
    for line in name_strays(round_code, misfits):
        _log.warn(line)
