"""What 3,000 citizens sent, as they know it, and what a running survey shows of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from survey.responses import SubmissionKey
from survey.store.engine import Store

HALF_DAYS, IN_HALF_DAY, LATE = 8, 360, 15
TOKEN = "whoever-looks-all-day"
WATCHED = {"LOG_LEVEL": "debug", "LOG_FORMAT": "text", "METRICS_TOKEN": TOKEN}
# Service points of three agencies: somebody who sees a comment knows its agency.
POINTS = ("L4E3SZF", "KNH72ZA", "PM83ELJ")
EACH_COMPLAINS = 10
ITEMS = ("A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3", "E1", "E2", "E3")
# A trace shows every row (by its key) at a place; what it is worth is how well the places tell what happened.
Places: TypeAlias = dict[bytes, float]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answering as the citizen knows it; `half_day` is the half-day it was given on, counted from 0."""

    key: SubmissionKey
    half_day: int
    point: str
    record: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A case as its sender knows it, who answered the survey just before as number `sender`; `key` is of its form."""

    sender: int
    key: bytes
    code: bytes
    secret: str
    text: str


@dataclass(frozen=True, slots=True)
class Hall:
    """The database, the instance folder, what was sent in the order of arrival, and what was seen at first."""

    store: Store
    folder: Path
    sent: tuple[Sent, ...]
    complaints: tuple[Complaint, ...]
    early: tuple[dict[str, Places], dict[str, Places], dict[str, Places]]
    seen: "Seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """All lines of the log, down to the smallest, and all counts that were shown after each answer."""

    lines: str
    counts: tuple[str, ...]
