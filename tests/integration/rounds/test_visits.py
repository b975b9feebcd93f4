"""visits.csv into both databases and out again, and the rules the database states about counts."""

from datetime import date

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from survey.errors import RefusedDataError
from survey.operations.rounds.visit_files import export_visits, import_visits
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import list_points
from survey.store.rounds.visits import agencies_without_visits, list_visits
from survey.store.subjects import ADDED
from survey.store.tables import visit_count

pytestmark = pytest.mark.usefixtures("sample_registry")
HEADER = "service_point_code,agency_code,from,to,visits\n"


@pytest.fixture
def codes(store):
    """Give the code of a service point and the codes of its agency and another one."""
    with store.reading() as connection:
        point = list_points(connection)[0].point
        other = next(one.code for one in list_agencies(connection).values() if one.code != point.agency_code)
    return point.code, point.agency_code, other


def load(store, text):
    return import_visits(store, text.encode(), name="visits.csv")


def held(store):
    with store.reading() as connection:
        return [(one.service_point_code or one.agency_code, one.visits) for one in list_visits(connection)]


def test_a_count_loaded_again_for_the_same_period_is_replaced(store, codes):
    point, _, other = codes
    first = load(store, HEADER + f"{point},,2026-01-01,2026-03-31,10\n,{other},2026-01-01,2026-03-31,20\n")
    again = load(store, HEADER + f"{point},,2026-01-01,2026-03-31,11\n{point},,2026-04-01,2026-06-30,12\n")
    assert (first.added, first.replaced, again.added, again.replaced) == (2, 0, 1, 1)
    assert held(store) == [(other, 20), (point, 11), (point, 12)]


def test_agencies_of_which_nothing_is_counted_are_named(store, codes):
    point, agency, other = codes
    loaded = load(store, HEADER + f"{point},,2026-01-01,2026-03-31,10\n,{other},2026-01-01,2026-03-31,0\n")
    with store.reading() as connection:
        everybody = {one.code for one in list_agencies(connection).values()}
        assert agencies_without_visits(connection) == loaded.without
    assert set(loaded.without) == everybody - {agency, other}


def test_a_refused_file_changes_nothing(store, codes):
    point, *_ = codes
    load(store, HEADER + f"{point},,2026-01-01,2026-03-31,10\n")
    with pytest.raises(RefusedDataError):
        load(store, HEADER + f"{point},,2026-01-01,2026-03-31,99\n{point},,2026-06-01,2026-06-30,-1\n")
    assert held(store) == [(point, 10)]


def test_what_is_exported_is_taken_back_as_it_was(store, codes, tmp_path):
    point, _, other = codes
    load(store, HEADER + f"{point},,2026-01-01,2026-03-31,10\n,{other},2026-01-01,2026-03-31,20\n")
    before = held(store)
    assert export_visits(store, tmp_path / "visits.csv") == 2
    loaded = import_visits(store, (tmp_path / "visits.csv").read_bytes(), name="visits.csv")
    assert (loaded.added, loaded.replaced, held(store)) == (0, 2, before)


@pytest.mark.parametrize(
    "wrong",
    [{"agency_id": 1}, {"service_point_id": None}, {"visits": -1}, {"to_day": date(2025, 12, 31)}],
    ids=["both units", "no unit", "negative", "days in wrong order"],
)
def test_the_database_refuses_counts_that_make_no_sense(store, wrong):
    right = {"service_point_id": 1, "from_day": date(2026, 1, 1), "to_day": date(2026, 1, 31), "visits": 0}
    with store.writing(ADDED) as connection:
        connection.execute(insert(visit_count).values(**right))
    other_days = {"from_day": date(2026, 2, 1), "to_day": date(2026, 2, 28)}
    with pytest.raises(IntegrityError), store.writing(ADDED) as connection:
        connection.execute(insert(visit_count).values(**(right | other_days | wrong)))


def test_the_commands_say_what_was_loaded_refused_and_written(app, store, codes, tmp_path):
    point, _, other = codes
    run = app.test_cli_runner().invoke
    file, out = tmp_path / "visits.csv", tmp_path / "out.csv"
    file.write_text(HEADER + f"{point},,2026-01-01,2026-03-31,10\n", encoding="utf-8")
    assert run(args=["visits", "import", str(file)]).stdout == "1 visit counts added, 0 replaced\n"
    again = run(args=["visits", "import", str(file)])
    assert again.stdout == "0 visit counts added, 1 replaced\n"
    assert other in again.stderr.removeprefix("note: no visits are counted of: ").strip().split(", ")
    assert run(args=["visits", "export", "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8-sig").splitlines()[1] == f"{point},,2026-01-01,2026-03-31,10"
    file.write_text(HEADER + "KHONGCO,,2026-01-01,2026-03-31,x\n", encoding="utf-8")
    refused = run(args=["visits", "import", str(file)])
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert refused.stderr.startswith("visits.csv: line 2: service_point_code 'KHONGCO' is not in the registry; visits:")
