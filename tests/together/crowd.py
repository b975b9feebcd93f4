"""A crowd of phones that behave as the form's script does: one key is sent again and again until its receipt comes."""

import http.client
import json
import random
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from survey.forms.form_token import FormTokens
from survey.operations.clock import today_in_vietnam
from survey.responses import SubmissionKey
from tests.servers import Caller, Reply

# What a phone is told when its answers cannot be taken now; anything else would be a fault.
WAITS = {409, 429, 503}
SEALED, STORED = 410, 201
OTHER_ANSWERS = "Phiếu này đã được lưu trước đó"
GIVE_UP_SECONDS = 600.0
# Shares: with a comment; sent twice at the same moment; sent again at once after the receipt; much later.
COMMENTED, TWINNED, AT_ONCE, LATER = 0.5, 0.08, 0.08, 0.15
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Sending:
    """One answering on its way: the counter, and the fields the page's script sends."""

    point: str
    key: SubmissionKey
    fields: Mapping[str, str]

    @property
    def comment(self) -> str:
        """The comment, empty without one."""
        return self.fields.get("comment", "")


@dataclass
class Crowd:
    """Phones at `points` with forms that `tokens` make as the server does, and all that was sent and came back.

    `ghosts` are answers of rounds whose time is over: they are sent again as well, and never taken.
    """

    port: int
    points: Sequence[str]
    tokens: FormTokens
    wanted: int
    seed: str
    ghosts: Sequence[Sending] = ()
    sent: list[Sending] = field(default_factory=list)
    acknowledged: list[Sending] = field(default_factory=list)
    again: int = 0
    interruptions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _twins: deque[Sending] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def share(self) -> float:
        """Return the share of the wanted answers that were sent; all of it once something went wrong."""
        return 1.0 if self.faults else len(self.sent) / self.wanted

    def answer(self, phones: int, progress: Callable[[], float]) -> None:
        """Let so many phones send all that is wanted, spread over the time in which `progress` goes from 0 to 1."""
        with ThreadPoolExecutor(phones) as pool:
            for one in [pool.submit(self._phone, number, progress) for number in range(phones)]:
                one.result()

    def _phone(self, number: int, progress: Callable[[], float]) -> None:
        chance = random.Random(f"{self.seed} phone {number}")
        while not self.faults:
            done = progress()
            if len(self.sent) < self.wanted and (done >= 1 or len(self.sent) <= self.wanted * done + 8):
                self._answer_anew(chance)
            elif done < 1:
                self._send_old_one(chance)
                time.sleep(0.1)
            else:
                return

    def _answer_anew(self, chance: random.Random) -> None:
        sending = self._new(chance)
        with self._lock:
            self.sent.append(sending)
        if chance.random() < TWINNED:
            self._twins.append(sending)
        self._until_receipt(sending)
        with self._lock:
            self.acknowledged.append(sending)
        if chance.random() < AT_ONCE:
            self._send_again(sending)
        if chance.random() < LATER:
            self._send_old_one(chance)

    def _send_old_one(self, chance: random.Random) -> None:
        """Send again what is on its way from another phone, or what was acknowledged long ago."""
        with self._lock:
            twin = self._twins.popleft() if self._twins else None
        if twin is None and self.ghosts and chance.random() < 0.1:
            self._haunt(chance.choice(self.ghosts))
        elif twin or self.acknowledged:
            self._send_again(twin or chance.choice(self.acknowledged))

    def _send_again(self, sending: Sending) -> None:
        with self._lock:
            self.again += 1
        self._until_receipt(sending)

    def _new(self, chance: random.Random) -> Sending:
        # The secret of a key is drawn from the seed too: what comes out can be looked at again.
        point, key = chance.choice(self.points), SubmissionKey(chance.randbytes(16))
        token = self.tokens.make(point, today_in_vietnam(), key=key)
        said = {"comment": f"Ý kiến {in_letters(key)}"} if chance.random() < COMMENTED else {}
        answers = {"A1": chance.choice("12345"), "B1": chance.choice("12345"), "E3": "N"}
        return Sending(point, key, {**answers, **said, "key": key.secret.hex(), "token": token})

    def _haunt(self, ghost: Sending) -> None:
        """Send what belongs to a round that was sealed long ago: the citizen hears that it is."""
        reply = self._posted(ghost)
        # As long as its row is there, a key that is stored may have its receipt.
        if reply and reply.status not in {SEALED, STORED, *WAITS}:
            self._complain(ghost, reply)

    def _until_receipt(self, sending: Sending) -> None:
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            reply = self._posted(sending)
            if reply and reply.status == STORED:
                if json.loads(reply.body)["receipt"] != sending.key.receipt:
                    self._complain(sending, reply)
                return
            if reply and (reply.status not in WAITS or OTHER_ANSWERS in words_of(reply)):
                self._complain(sending, reply)
                return
            time.sleep(0.05)
        self.faults.append(f"no receipt for {sending} within {GIVE_UP_SECONDS:.0f} seconds")

    def _posted(self, sending: Sending) -> Reply | None:
        """Send once; None when the server went away."""
        try:
            with Caller(self.port) as caller:
                reply = caller.post(f"/K/{sending.point}", sending.fields)
        except (OSError, http.client.HTTPException) as error:
            with self._lock:
                self.interruptions[type(error).__name__] += 1
            time.sleep(0.05)
            return None
        if reply.status != STORED:
            words = words_of(reply)
            with self._lock:
                self.refusals[words] += 1
            if words.count(" ") < 4:
                self._complain(sending, reply)
        return reply

    def _complain(self, sending: Sending, reply: Reply) -> None:
        self.faults.append(f"{sending} was answered with {reply}")


def in_letters(key: SubmissionKey) -> str:
    """Return a key in letters alone: long numbers in comments are masked, as they may be somebody's telephone."""
    return key.secret.hex().translate(str.maketrans("0123456789", "ghijklmnop"))


def words_of(reply: Reply) -> str:
    """Return the status and the words of a refusal; a page's words stand between its tags."""
    try:
        told = json.loads(reply.body)
        text = str(told.get("message") or told)
    except ValueError:
        text = " ".join(TAG.sub(" ", reply.body.partition("<h1")[2]).split())[:200]
    return f"{reply.status}: {text}"
