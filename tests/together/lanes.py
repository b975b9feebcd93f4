"""What happens side by side under load: every lane is a list of acts, each drawn from the seed."""

import http.cookiejar
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.jobs import find_publishing
from survey.operations.registry.csv_files import read_sheets
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.operations.registry.preview import apply_import, preview_import
from survey.operations.rounds.rounds import NewRound, change_round, open_round
from survey.operations.rounds.visits_page import TypedVisits, VisitUnit, enter_visits
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.jobs.jobs import JobState
from survey.store.registry.agencies import list_agencies
from survey.store.rounds.rounds import find_held
from tests.servers import Server
from tests.sign_in import token_of
from tests.together.bustle import Bustle, children_that_publish, moment

DAY = timedelta(days=1)
ROUND = "r1"
# Of the sample registry: these merge with each other, those get new counters and have their visits counted.
MERGING = ("P-TAMTHANH", "P-LUONGVANTRI", "P-KYLUA", "P-DONGKINH", "X-DONGDANG", "X-LOCBINH")
GROWING, COUNTED = "SVHTTDL", "SGDDT"
AGENCY_HEADER = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n"
# When the worker that came last dies within 5.5 seconds, granian takes it for a crash loop and ends itself.
BETWEEN_WORKERS = 7.0
# A worker that loads has one thread or two.
MOST_WHILE_LOADING = 4

Act = Callable[[], object]
Lane = Sequence[Act]


class Scale(NamedTuple):
    """How much is done: `settlings` are those that came to their end, whatever was killed before."""

    answers: int
    phones: int
    settlings: int
    old_rounds: int
    publications: int
    tables: int
    quick_acts: int


class Page(NamedTuple):
    """What came back to staff."""

    status_code: int
    text: str


class Browser:
    """A browser of staff with its cookies; asks as `tests.sign_in` does of a test client, but over the network."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> Page:
        """Fetch a page."""
        return self._ask(path, None)

    def post(self, path: str, data: dict[str, str]) -> Page:
        """Send a form and follow where it leads."""
        return self._ask(path, urllib.parse.urlencode(data).encode())

    def _ask(self, path: str, body: bytes | None) -> Page:
        for _ in range(20):
            try:
                with self._opener.open(self._address + path, body, timeout=30) as answer:
                    return Page(answer.status, answer.read().decode())
            except urllib.error.HTTPError as error:
                with error:
                    return Page(error.code, error.read().decode())
            except OSError:
                # A worker was killed; a person presses again.
                time.sleep(0.3)
        raise TimeoutError(f"no page came from {path}")


@dataclass(frozen=True)
class Scene:
    """Where all of it happens."""

    bustle: Bustle
    store: Store
    server: Server
    settings: Settings
    browser: Browser
    folder: Path
    scale: Scale

    def chance(self, lane: str) -> random.Random:
        """Return the chance of one lane, drawn from the seed."""
        return random.Random(f"{self.bustle.seed} {lane}")

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

    def _tables(self) -> Iterator[Act]:
        """Two copies of each table of new counters at once: by command, one killed; and by two people on pages."""
        chance = self.chance("tables")
        for number in range(self.scale.tables):
            folder = self.table(number)
            yield partial(self._import_by_command, folder, moment(chance), chance)
            yield partial(self._import_by_people, self.table(1000 + number))

    def table(self, number: int) -> Path:
        """Write a registry of new counters without codes, and return its folder."""
        folder = self.folder / f"table-{number}"
        folder.mkdir(exist_ok=True)
        lines = "".join(f"{GROWING},{name},,,\n" for name in counters_of(number))
        (folder / "agencies.csv").write_text(AGENCY_HEADER, encoding="utf-8")
        header = "agency_code,name,code,valid_from,valid_to\n"
        (folder / "service_points.csv").write_text(header + lines, encoding="utf-8")
        return folder

    def _import_by_command(self, folder: Path, killed_after: float, chance: random.Random) -> None:
        bring = ("registry", "import", str(folder))
        one, other = (partial(self.bustle.command, *bring, killed_after=after) for after in (killed_after, None))
        self.bustle.at_once(one, other)
        self.bustle.until_done(*bring, chance=chance)

    def _import_by_people(self, folder: Path) -> None:
        with self.store.reading() as connection:
            known = {one.code for one in list_agencies(connection).values()}
        sheets = read_sheets(folder, known_agencies=known)

        def confirm() -> bool:
            return self.bustle.attempt(
                "import by people", lambda: apply_import(self.store, sheets, seen=seen, staff="import by people")
            )

        for _ in range(50):
            seen = preview_import(self.store, sheets).digest
            if any(self.bustle.at_once(confirm, confirm)):
                return
        raise RuntimeError("a table of people did not come through")

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

    def _mergers(self) -> Iterator[Act]:
        chance = self.chance("mergers")
        for number in range(self.scale.quick_acts):
            # Counters that were withdrawn begin on the day of their merger: the next one is for a later day.
            yield partial(self._merge, chance.sample(MERGING, 3), today_in_vietnam() + DAY * (3 + number))

    def _merge(self, codes: Sequence[str], day: date) -> None:
        """One into another while this goes into a third; then what was done is undone by two people at once."""
        first, second, third = codes
        self.bustle.at_once(partial(self._take, first, second, day), partial(self._take, second, third, day))
        for code in (first, second):
            self.bustle.at_once(partial(self._undo, code), partial(self._undo, code))

    def _take(self, source: str, target: str, day: date) -> bool:
        def act() -> None:
            wish = MergerWish(day=day, sources=(source,), targets=(target,), new=(), fates={})
            seen = plan_takeover(self.store, wish, today=today_in_vietnam()).digest
            take_over(self.store, wish, seen=seen, today=today_in_vietnam(), by="merger")

        return self.bustle.attempt("merger", act)

    def _undo(self, code: str) -> bool:
        found = find_takeover(self.store, code)
        return found is not None and self.bustle.attempt(
            "merger undone",
            lambda: undo_takeover(
                self.store, code, reopened=(), seen=found.digest, today=today_in_vietnam(), by="merger undone"
            ),
        )

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


def counters_of(number: int) -> list[str]:
    """Return the names of the new counters of a table."""
    return [f"Quầy mới {number}.{place}" for place in range(1, 11)]
