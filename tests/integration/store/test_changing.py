"""Two who change one row: the database itself sees that only the first one does."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from survey.errors import ChangedMeanwhileError
from survey.store.changing import change, change_all, remove, require_unchanged
from survey.store.subjects import REGISTRY
from survey.store.tables import agency

STORE = Path(__file__).parents[3] / "survey" / "store"
# Of the sample registry.
CODE, OTHER = "SCT", "TTPVHCC"


def held(store, code: str = CODE) -> tuple[int, str]:
    with store.reading() as connection:
        row = connection.execute(select(agency.c.version, agency.c.name).where(agency.c.code == code)).one()
    return row.version, row.name


def test_whoever_saw_the_row_as_it_is_changes_it_and_counts_it(store, sample_registry) -> None:
    version, _ = held(store)
    with store.writing(REGISTRY) as connection:
        change(connection, agency, agency.c.code == CODE, seen=version, name="Sở Công Thương mới")
    assert held(store) == (version + 1, "Sở Công Thương mới")


def test_whoever_comes_second_changes_nothing_and_is_told(store, sample_registry) -> None:
    version, _ = held(store)
    with store.writing(REGISTRY) as connection:
        change(connection, agency, agency.c.code == CODE, seen=version, name="Người thứ nhất")
    told = "agency was changed meanwhile; nothing was stored"
    with pytest.raises(ChangedMeanwhileError, match=told), store.writing(REGISTRY) as connection:
        change(connection, agency, agency.c.code == CODE, seen=version, name="Người thứ hai")
    assert held(store) == (version + 1, "Người thứ nhất")


def test_a_row_that_was_changed_is_not_removed(store, sample_registry) -> None:
    version, name = held(store)
    with pytest.raises(ChangedMeanwhileError), store.writing(REGISTRY) as connection:
        remove(connection, agency, agency.c.code == CODE, seen=version + 1)
    assert held(store) == (version, name)


def test_of_many_rows_all_are_changed_or_none(store, sample_registry) -> None:
    seen = {code: held(store, code)[0] for code in (CODE, OTHER)}
    values = {code: {"name": f"Tên mới {code}"} for code in seen}
    with pytest.raises(ChangedMeanwhileError), store.writing(REGISTRY) as connection:
        change_all(connection, agency, values, seen={**seen, OTHER: seen[OTHER] + 1})
    assert "Tên mới" not in held(store)[1]
    with store.writing(REGISTRY) as connection:
        change_all(connection, agency, values, seen=seen)
    assert [held(store, code) for code in seen] == [(seen[code] + 1, f"Tên mới {code}") for code in seen]


def test_what_is_as_it_was_seen_passes() -> None:
    require_unchanged("round r1", (3, "x"), (3, "x"))
    with pytest.raises(ChangedMeanwhileError, match="round r1 was changed meanwhile; nothing was stored"):
        require_unchanged("round r1", (3, "x"), (4, "x"))


def spelled_out(text: str) -> list[str]:
    """Return where a module looks at a version by itself, or raises by itself after an act that met no row."""
    return re.findall(r"\.version ==|rowcount == 0|rowcount != 1", text)


def test_no_other_module_of_the_store_spells_this_out() -> None:
    modules = [path for path in STORE.rglob("*.py") if "migrations" not in path.parts and path.name != "changing.py"]
    assert len(modules) > 30
    assert [path.name for path in modules if spelled_out(path.read_text("utf-8"))] == []
    assert spelled_out("same = (t.c.version == seen)\nif connection.execute(s).rowcount == 0:") == [
        ".version ==",
        "rowcount == 0",
    ]
