"""The feedback cases of the demonstration, in every state a case can be in; each says that it is simulated."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from survey.operations.feedback import desk as cases
from survey.operations.feedback.desk import FeedbackDesk
from survey.operations.feedback.receipts import (
    CaseDesk,
    LetterKind,
    Message,
    follow_case,
    rate_answer,
    receipt_of,
    send_case,
)
from survey.operations.feedback.reminders import remind
from survey.operations.staff.rights import Scope
from survey.responses import KEY_BYTES
from survey.store.feedback.cases import find_case, find_secret_digest
from survey.store.staff.acts import BY_COMMAND

# Public pages of feedback belong to no round, so they cannot say it.
SIMULATED = "[Mô phỏng]"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Script:
    """What becomes of one case, told by its acts; the key of a case is the same for ever, so that it is made once."""

    desk: CaseDesk
    told: Mapping[str, Any]
    key: bytes
    today: date

    @property
    def code(self) -> str:
        return receipt_of(self.key).code

    @property
    def text(self) -> str:
        return _marked(self.told["text"])

    def is_made(self) -> bool:
        with self.desk.store.reading() as connection:
            return find_secret_digest(connection, self.code) is not None

    def day(self, ago: int) -> date:
        """Return the working day that lies so many of them back."""
        day = self.today
        for _ in range(ago):
            day -= DAY
            while not self.desk.working_days.is_working_day(day):
                day -= DAY
        return day

    def at_desk(self, act: str) -> tuple[FeedbackDesk, int]:
        """Return who does an act on which day, and the version of the case then."""
        told = self.told[act]
        staff, day = told.get("by", BY_COMMAND), self.day(told["ago"])
        with self.desk.store.reading() as connection:
            seen = find_case(connection, self.code).version
        return FeedbackDesk(self.desk.store, Scope(None), staff, day, self.desk.working_days), seen


def make_cases(desk: CaseDesk, acts_of_cases: Sequence[Mapping[str, Any]], *, today: date) -> None:
    """Send the cases that are missing and do with them what is told; then the overdue ones are escalated."""
    scripts = [_Script(desk, acts, _key(number), today) for number, acts in enumerate(acts_of_cases)]
    missing = [script for script in scripts if not script.is_made()]
    for script in missing:
        _send(script)
        for act, do in ACTS.items():
            if act in script.told:
                do(script)
    if missing:
        remind(desk.store, desk.working_days, today=today, days=0)


def _key(number: int) -> bytes:
    return hashlib.blake2b(str(number).encode(), digest_size=KEY_BYTES, person=b"demonstration").digest()


def _marked(text: str) -> str:
    return f"{SIMULATED} {text}"


def _send(script: _Script) -> None:
    told = script.told
    message = Message(told["agency"], LetterKind(told["kind"]), script.text, contact="")
    send_case(script.desk, message, key=script.key, today=script.day(told["received"]))


def _assign(script: _Script) -> None:
    desk, seen = script.at_desk("assigned")
    names = cases.find_case(desk, script.code).colleagues
    to = next(number for number, name in names.items() if name == script.told["assigned"]["to"])
    cases.assign(desk, script.code, to, seen=seen)


def _answer(script: _Script) -> None:
    desk, seen = script.at_desk("answered")
    cases.answer(desk, script.code, _marked(script.told["answered"]["text"]), seen=seen)


def _refuse(script: _Script) -> None:
    desk, seen = script.at_desk("refused")
    cases.refuse(desk, script.code, _marked(script.told["refused"]["text"]), seen=seen)


def _rate(script: _Script) -> None:
    store, receipt = script.desk.store, receipt_of(script.key)
    shown = follow_case(store, receipt.code, receipt.secret, today=script.today)
    if shown:
        said: bool = script.told["satisfied"]
        rate_answer(store, receipt, read=shown.answer_mark, satisfied=said, today=script.today)


def _publish(script: _Script) -> None:
    desk, seen = script.at_desk("published")
    cases.publish(desk, script.code, script.text, _marked(script.told["answered"]["text"]), seen=seen)


# In the order in which they are done.
ACTS: Mapping[str, Callable[[_Script], None]] = {
    "assigned": _assign,
    "answered": _answer,
    "refused": _refuse,
    "satisfied": _rate,
    "published": _publish,
}
