"""Lanes of the registry under load: tables of new counters, and mergers that are undone."""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_files import read_sheets
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.operations.registry.preview import apply_import, preview_import
from survey.store.registry.agencies import list_agencies
from tests.together.bustle import moment
from tests.together.place import DAY, Act, Place

# Of the sample registry: these merge with each other, and that one gets new counters.
MERGING = ("P-TAMTHANH", "P-LUONGVANTRI", "P-KYLUA", "P-DONGKINH", "X-DONGDANG", "X-LOCBINH")
GROWING = "SVHTTDL"
AGENCY_HEADER = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n"


class RegistryLanes(Place):
    """What happens to agencies and service points."""

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


def counters_of(number: int) -> list[str]:
    """Return the names of the new counters of a table."""
    return [f"Quầy mới {number}.{place}" for place in range(1, 11)]
