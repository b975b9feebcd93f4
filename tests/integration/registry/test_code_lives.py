"""A code replaced, revoked, moved, merged and taken back in any order: what the registry says is what was done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from survey.errors import RegistryError
from survey.operations.clock import today_in_vietnam
from survey.operations.registry import codes
from survey.operations.registry.code_trail import ReplacementReason, in_words
from survey.operations.registry.codes import Acting, find_life
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.store.engine import Store
from survey.store.registry.points import list_points
from tests.trail import deeds_of

ACTS = ("replace", "replace", "revoke", "move", "undo", "undo", "undo", "merge", "undo_merger")
STEPS = 60
AGENCIES = ("P-DONGKINH", "P-KYLUA", "P-TAMTHANH")


def row_of(store: Store, code: str) -> tuple[object, ...]:
    """Return what can be taken back of a code: its days and the code that takes its place."""
    row = find_life(store, code).row
    return row.point.valid_from, row.point.valid_to, row.successor_code


@dataclass
class Walk:
    """Somebody who does things with codes, and what must have come of them.

    `told` is, by code, what its page must tell, the first act first. `endings` has, by code, the row before the ending
    that stands, and the code made by it.
    """

    store: Store
    random: Random
    told: dict[str, list[str]] = field(default_factory=dict)
    endings: dict[str, tuple[tuple[object, ...], str | None]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Try one thing; what is refused leaves no trace."""
        with self.store.reading() as connection:
            # Of few codes, so that much is done with each.
            near = [one.point.code for one in list_points(connection) if one.point.agency_code in AGENCIES]
        code = self.random.choice(sorted(near))
        name = self.random.choice(ACTS)
        act: Callable[[str, Acting], None] = getattr(self, f"_{name}")
        seen = Acting("mai", code, find_life(self.store, code).row.version, today_in_vietnam())
        try:
            act(code, seen)
        except RegistryError:
            return
        self.done.append(name)

    def _replace(self, code: str, seen: Acting) -> None:
        before, reason = row_of(self.store, code), self.random.choice(list(ReplacementReason))
        new = codes.replace_code(self.store, seen, reason=reason)
        self.endings[code] = before, new
        self._tell(code, f"Thay bằng mã {new}")
        self._tell(new, f"Cấp mã này thay cho mã {code}")

    def _revoke(self, code: str, seen: Acting) -> None:
        before = row_of(self.store, code)
        codes.revoke_code(self.store, seen)
        self.endings[code] = before, None
        self._tell(code, "Thu hồi mã")

    def _move(self, code: str, seen: Acting) -> None:
        codes.move_code(self.store, seen, name=f"Chỗ “{self.random.random()}”, to “", day=seen.today)
        self._tell(code, "Chuyển từ “")

    def _undo(self, code: str, seen: Acting) -> None:
        _, new = self.endings.get(code, (None, None))
        takes_over = row_of(self.store, new)[1:] if new else ()
        codes.undo_ending(self.store, seen)
        before, new = self.endings.pop(code)
        # An end that was set for the new code meanwhile is the old one's.
        assert row_of(self.store, code) == (before[0], *(takes_over or before[1:]))
        self._tell(code, "Hoàn tác: mã này được dùng lại")
        if new:
            self._tell(new, f"Hủy mã này; mã {code} được dùng lại")

    def _merge(self, code: str, seen: Acting) -> None:
        source = find_life(self.store, code).row.point.agency_code
        target = self.random.choice([one for one in AGENCIES if one != source])
        wish = MergerWish(seen.today + timedelta(days=1), (source,), (target,), (), {})
        plan = plan_takeover(self.store, wish, today=seen.today)
        take_over(self.store, wish, seen=plan.digest, today=seen.today, by="mai")

    def _undo_merger(self, code: str, seen: Acting) -> None:
        source = find_life(self.store, code).row.point.agency_code
        found = find_takeover(self.store, source)
        if found is None:
            raise RegistryError("nothing to undo")
        undo_takeover(self.store, source, reopened=(), seen=found.digest, today=seen.today, by="mai")

    def _tell(self, code: str, what: str) -> None:
        self.told.setdefault(code, []).append(what)

    def check(self) -> None:
        """Hold every code's page, and whether its ending can be taken back, against what was done."""
        with self.store.reading() as connection:
            every = [one.point.code for one in list_points(connection)]
        for code in every:
            life = find_life(self.store, code)
            told = [in_words(event, code).in_language("vi") for event in reversed(life.events)]
            wanted = self.told.get(code, [])
            assert len(told) == len(wanted)
            assert all(one.startswith(start) for one, start in zip(told, wanted, strict=True))
            assert life.can_be_undone_on(today_in_vietnam()) == (code in self.endings)
            assert (life.ending.new_code if life.ending else None) == self.endings.get(code, (None, None))[1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("sample_registry")
def test_whatever_is_done_with_codes_in_any_order_is_told_and_can_be_taken_back(store, seed) -> None:
    walk = Walk(store, Random(seed))
    for _ in range(STEPS):
        walk.step()
    walk.check()
    assert len(walk.done) > STEPS / 4
    acts = ("code_replaced", "code_revoked", "code_moved", "agencies_merged")
    assert len(deeds_of(store, *acts)) == len(walk.done)
