"""All that goes on at once besides the answers: real commands, some of them killed, and acts of this process."""

import random
import re
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from survey.errors import SurveyError
from tests.together.commands import COMMAND_SECONDS, Told, run_command

# So many commands at a time: each of them takes a processor for a while.
AT_A_TIME = 4
KILLED_WITHIN = 3.0
AHEAD = 0.15
# What tells one refusal from another of the same kind: codes, numbers, dates, digests.
PARTICULAR = re.compile(r"[0-9a-f]{16,}|“[^”]*”|\b[A-Z0-9]{7}\b|\b[a-z]+-?\d[\w-]*|\d[\d/.:-]*")


@dataclass
class Bustle:
    """Runs lanes of acts at once; knows how far they are, what was killed, refused and went wrong."""

    environment: Mapping[str, str]
    seed: str
    total: int = 0
    over: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_A_TIME))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def progress(self) -> float:
        """Return the share of acts that are over."""
        return self.over / self.total if self.total else 1.0

    def run(self, lanes: Sequence[Sequence[Callable[[], object]]], answered: Callable[[], float]) -> None:
        """Run the lanes side by side, the acts of each one after the other, none far ahead of the share `answered`."""
        self.total = sum(map(len, lanes))
        with ThreadPoolExecutor(len(lanes)) as pool:
            for one in [pool.submit(self._lane, acts, answered) for acts in lanes]:
                one.result()

    def _lane(self, acts: Sequence[Callable[[], object]], answered: Callable[[], float]) -> None:
        for place, act in enumerate(acts):
            while answered() < place / len(acts) - AHEAD:
                time.sleep(0.05)
            try:
                act()
            except Exception:
                self.faults.append(traceback.format_exc())
            with self._lock:
                self.over += 1

    def attempt(self, name: str, act: Callable[[], object]) -> bool:
        """Do an act in this process and tell whether it was done; a refusal is counted by its words."""
        try:
            act()
        except SurveyError as refusal:
            self._refused(f"{name}: {refusal}")
            return False
        except Exception:
            self.faults.append(f"{name}: {traceback.format_exc()}")
            return False
        with self._lock:
            self.ended[name] += 1
        return True

    def at_once(self, *acts: Callable[[], object]) -> list[object]:
        """Begin acts at the same moment and return what they returned."""
        together = threading.Barrier(len(acts))

        def begin(act: Callable[[], object]) -> object:
            together.wait(COMMAND_SECONDS)
            return act()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(begin, acts))

    def command(self, *args: str, killed_after: float | None = None) -> Told:
        """Run a command of ours, or kill it so long after it began to speak to the database."""
        with self._room:
            told = run_command(args, self.environment, killed_after)
        name = " ".join(args[:2])
        with self._lock:
            self.faults += [told.fault] if told.fault else []
            self.kills[name] += told.is_killed
            self.ended[name] += told.code == 0
        if told.code == 1:
            self._refused(f"{name}: {told.err.strip().splitlines()[-1]}")
        return told

    def until_done(self, *args: str, chance: random.Random, kills: float = 0.4, tries: int = 12) -> Told:
        """Run a command until it has done its work, killing some of its attempts on the way."""
        for attempt in range(tries):
            killed = moment(chance) if attempt < tries // 2 and chance.random() < kills else None
            told = self.command(*args, killed_after=killed)
            if told.code == 0:
                return told
            time.sleep(chance.uniform(0.1, 1))
        raise RuntimeError(f"{args} did not come through in {tries} attempts: {told}")

    def tell(self, name: str, fault: str) -> None:
        """Count how something ended, and what was said if it was refused."""
        with self._lock:
            self.ended[name] += 1
        if fault:
            self._refused(f"{name}: {fault}")

    def _refused(self, words: str) -> None:
        with self._lock:
            self.refusals[PARTICULAR.sub("…", words)] += 1


def moment(chance: random.Random) -> float:
    """Draw after how many seconds of work to kill: half of them within 0.2 s, for much of the work takes no longer."""
    return KILLED_WITHIN * chance.random() ** 4


def children_that_publish(database_url: str) -> list[int]:
    """Return the processes that publish for pages on this database."""
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit() and _publishes(one, database_url)]


def _publishes(process: Path, database_url: str) -> bool:
    with suppress(OSError):
        asked = b"survey.cli.worker" in (process / "cmdline").read_bytes()
        return asked and f"DATABASE_URL={database_url}\0".encode() in (process / "environ").read_bytes()
    return False
