"""What happens side by side under load: every lane is a list of acts, each drawn from the seed."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path

from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.jobs import find_publishing
from survey.operations.rounds.rounds import NewRound, change_round, open_round
from survey.operations.rounds.visits_page import TypedVisits, VisitUnit, enter_visits
from survey.store.jobs.jobs import JobState
from survey.store.rounds.rounds import find_held
from tests.sign_in import token_of
from tests.together.bustle import children_that_publish, moment
from tests.together.place import DAY, ROUND, Act, Lane, Page
from tests.together.registry_lanes import RegistryLanes

# Of the sample registry: this one has its visits counted.
COUNTED = "SGDDT"
# When the worker that came last dies within 5.5 seconds, granian takes it for a crash loop and ends itself.
BETWEEN_WORKERS = 7.0
# A worker that loads has one thread or two.
MOST_WHILE_LOADING = 4


class Scene(RegistryLanes):
    """All that happens."""

    def lanes(self) -> list[Lane]:
        """Return everything that shall happen."""
        made = (
            *(self._nights(), self._forgetting(), self._publishing(), self._tables()),
            *(self._answers_from_files(), self._mergers(), self._rounds(), self._visits()),
        )
        return [list(lane) for lane in made]

    def kill_workers(self, over: threading.Event) -> None:
        """Kill the older of two workers now and then, once the other one has long begun to serve."""
        chance = self.chance("workers")
        while not over.wait(BETWEEN_WORKERS + chance.uniform(0, BETWEEN_WORKERS)):
            workers = self.server.worker_pids()
            if len(workers) == 2 and all(map(_serves, workers)):
                os.kill(workers[0], signal.SIGKILL)
                self.bustle.kills["worker"] += 1

    def publish_by_page(self, over: threading.Event) -> None:
        """Press the button again and again, and kill the first publication, the third and so on in their work.

        Such a publication steps back for everything else, so nothing here waits for it; the last one goes on alone.
        """
        chance, number = self.chance("publishing by page"), 0
        while not over.wait(1):
            # Before the first answer there is nothing to publish, and the page says so.
            if self._pressed().status_code == 200:
                number += 1
                self._see_through(over, chance.uniform(1, 20) if number % 2 else None)
        self._pressed()

    def _pressed(self) -> Page:
        token = token_of(self.browser, "/staff/password")
        page = self.browser.post(f"/staff/rounds/{ROUND}/publish", {"token": token, "kind": "preliminary"})
        assert page.status_code in (200, 409), page
        return page

    def _see_through(self, over: threading.Event, killed_after: float | None) -> None:
        if killed_after is not None and not over.wait(killed_after):
            self._kill_publications()
        while not over.wait(0.2):
            job = find_publishing(self.store, self.settings, ROUND)
            if job and job.state is not JobState.RUNNING:
                self.bustle.tell(f"publication by page: {job.state}", job.fault)
                return

    def _nights(self) -> Iterator[Act]:
        chance = self.chance("nights")
        for _ in range(self.scale.settlings):
            yield partial(self.bustle.until_done, "db", "settle", chance=chance, tries=30)

    def _forgetting(self) -> Iterator[Act]:
        """Every second round gets its final publication first, and is refused without it; the others go without."""
        chance = self.chance("forgetting")
        for number in range(1, self.scale.old_rounds + 1):
            yield partial(self._forget, f"old-{number}", chance, published=number % 2 == 1)

    def _forget(self, code: str, chance: random.Random, *, published: bool) -> None:
        apply = ("retention", "apply", "--round", code)
        if published:
            refused = self.bustle.command(*apply)
            assert refused.code == 1, refused
            self.bustle.until_done("index", "publish", "--final", "--round", code, chance=chance)
        else:
            apply = (*apply, "--without-run")
        killed = moment(chance)
        self.bustle.at_once(
            partial(self.bustle.command, *apply, killed_after=killed), partial(self.bustle.command, *apply)
        )
        self.bustle.until_done(*apply, chance=chance)

    def _publishing(self) -> Iterator[Act]:
        chance = self.chance("publishing")
        publish = ("index", "publish", "--round", ROUND)
        for number in range(self.scale.publications):
            killed = moment(chance) if number % 2 else None
            yield partial(
                self.bustle.at_once,
                partial(self.bustle.command, *publish, killed_after=killed),
                partial(self.bustle.command, *publish),
            )

    def _kill_publications(self) -> None:
        for pid in children_that_publish(self.settings.database_url):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.bustle.kills["publication by page"] += 1

    def _answers_from_files(self) -> Iterator[Act]:
        chance = self.chance("files")
        for number in range(self.scale.tables):
            yield partial(self._load_answers, self.file_of_answers(number), moment(chance), chance)

    def file_of_answers(self, number: int) -> Path:
        """Write a file of twenty responses and return it."""
        path = self.folder / f"responses-{number}.csv"
        line = f"{today_in_vietnam() - DAY * (number % 3)},NR6Y9SP,paper,5\n"
        path.write_text("collected_on,service_point_code,mode,A1\n" + line * (20 + number), encoding="utf-8")
        return path

    def _load_answers(self, file: Path, killed_after: float, chance: random.Random) -> None:
        load = ("responses", "import", str(file), "--round", ROUND)
        one, other = (partial(self.bustle.command, *load, killed_after=after) for after in (killed_after, None))
        self.bustle.at_once(one, other)
        for _ in range(12):
            # Once it is loaded, the file is refused by name.
            if "already loaded" in self.bustle.command(*load).err:
                return
            time.sleep(chance.uniform(0.1, 1))
        raise RuntimeError(f"{file} did not come through")

    def _rounds(self) -> Iterator[Act]:
        """Two rounds on some of the same days at once, one of them by command; and the open one made longer."""
        chance = self.chance("rounds")
        for number in range(self.scale.quick_acts):
            begins = today_in_vietnam() + DAY * (24 + 12 * number)
            yield partial(self._open_two, number, begins, chance.randrange(12), by_command=number % 3 == 0)
            # The open round ends the day before the first of these: it can be made shorter, and not longer.
            last = today_in_vietnam() + DAY * chance.randrange(20, 26)
            yield partial(self._lengthen, last, f"Đợt r1, lần {number}")

    def _open_two(self, number: int, begins: date, later: int, *, by_command: bool) -> None:
        acts: list[Act] = [partial(self._open, f"a-{number}", begins)]
        if by_command:
            days = ("--opens", str(begins + DAY * later), "--closes", str(begins + DAY * (later + 6)))
            acts.append(partial(self.bustle.command, "round", "open", "--code", f"b-{number}", *days))
        else:
            acts.append(partial(self._open, f"b-{number}", begins + DAY * later))
        self.bustle.at_once(*acts)

    def _open(self, code: str, begins: date) -> bool:
        new = NewRound(code, f"Đợt {code}", "sipas-2023", opens=begins, closes=begins + 6 * DAY)
        return self.bustle.attempt("round opened", lambda: open_round(self.store, new, by="round opened"))

    def _lengthen(self, closes: date, title: str) -> None:
        self.bustle.at_once(*(partial(self._change, closes + DAY * more, title) for more in (0, 1)))

    def _change(self, closes: date, title: str) -> bool:
        with self.store.reading() as connection:
            held = find_held(connection, ROUND)
        own = held.survey_round
        wanted = NewRound(ROUND, title, own.instrument, opens=own.opens, closes=closes)
        return self.bustle.attempt(
            "round changed",
            lambda: change_round(
                self.store, wanted, version=held.version, today=today_in_vietnam(), by="round changed"
            ),
        )

    def _visits(self) -> Iterator[Act]:
        """Two periods with days in common at once: typed by two people, or from two files."""
        chance = self.chance("visits")
        for number in range(self.scale.quick_acts):
            first = date(2026, 1, 1) + DAY * 20 * number
            yield partial(self._count_twice, number, first, chance.randrange(10), by_command=number % 3 == 0)

    def _count_twice(self, number: int, first: date, later: int, *, by_command: bool) -> None:
        act = self._load_visits if by_command else self._type
        self.bustle.at_once(partial(act, first, 100 + number), partial(act, first + DAY * later, 200 + number))

    def _load_visits(self, first: date, visits: int) -> None:
        file = self.folder / f"visits-{visits}.csv"
        line = f"{COUNTED},{first},{first + 9 * DAY},{visits}\n"
        file.write_text(f"agency_code,from,to,visits\n{line}", encoding="utf-8")
        self.bustle.command("visits", "import", str(file))

    def _type(self, first: date, visits: int) -> bool:
        typed = TypedVisits((first, first + 9 * DAY), {VisitUnit("", COUNTED, "Sở"): visits}, {})
        return self.bustle.attempt("visits typed", lambda: enter_visits(self.store, typed, by="visits typed"))


def _serves(worker: int) -> bool:
    """Tell whether a worker has loaded the application: only then it begins the threads that serve."""
    with suppress(OSError):
        return len(list(Path(f"/proc/{worker}/task").iterdir())) > MOST_WHILE_LOADING
    return False
