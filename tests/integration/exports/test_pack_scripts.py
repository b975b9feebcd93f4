"""The scripts of the pack make its figures again from its responses, in Python and in R."""

import unicodedata
from datetime import timedelta

import pyreadstat
import pytest

from survey.operations.publishing.publishing import publish_run
from survey.operations.registry.csv_import import import_registry
from survey.operations.rounds.rounds import NewRound, open_round
from tests.integration.exports.packs import POINTS, TODAY, answer, rows, run_python, run_r, unpacked

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

RUNS = [run_python, pytest.param(run_r, marks=pytest.mark.oracle)]


def told(output):
    return {name: float(value) for name, value in (line.split(":") for line in output.splitlines())}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("instrument", ["sipas-2023", "sipas-2022", "sipas-2017"])
def test_the_scripts_make_the_published_table_again(store, sample_registry, tmp_path, run, instrument):
    opens = TODAY - timedelta(days=7)
    closes = opens + timedelta(days=30)
    open_round(store, NewRound(code="r1", title="Đợt 1", instrument=instrument, opens=opens, closes=closes))
    for times, point in zip((60, 25, 4), POINTS, strict=True):
        answer(store, point, times=times, seed=times)
    publish_run(store, "r1", today=TODAY)
    folder = unpacked(store, tmp_path)
    status, output = run(folder)
    assert status == 0, output
    found = told(output)
    assert found["largest difference"] < 1e-9
    # Two agencies are shown, each with five dimensions and the whole.
    assert found["figures compared"] == 2 * 6


@pytest.mark.parametrize("run", RUNS)
def test_the_scripts_tell_a_figure_that_the_responses_do_not_give(answered, tmp_path, run):
    folder = unpacked(answered, tmp_path)
    table = (folder / "indices.csv").read_text(encoding="utf-8")
    figure = next(row["index"] for row in rows(folder / "indices.csv") if row["index"])
    (folder / "indices.csv").write_text(table.replace(figure, str(float(figure) + 0.001), 1), encoding="utf-8")
    status, output = run(folder)
    assert status == 1
    assert told(output)["largest difference"] == pytest.approx(0.001, rel=1e-2)


@pytest.mark.parametrize("run", RUNS)
def test_the_scripts_know_the_other_ways_to_put_items_together(answered, tmp_path, run):
    folder = unpacked(answered, tmp_path)
    table = (folder / "indices.csv").read_text(encoding="utf-8")
    ours = {}
    for aggregation in ("P2", "P3"):
        (folder / "indices.csv").write_text(table.replace("L1+P1", f"L1+{aggregation}"), encoding="utf-8")
        ours[aggregation] = told(run(folder)[1])["largest difference"]
    assert ours == pytest.approx(differences_by_hand(folder), rel=1e-2)


def differences_by_hand(folder):
    """Return by how much P2 and P3 differ from P1 at most, computed here from responses.csv once more."""
    items = {row["variable"]: row["dimension"] for row in rows(folder / "codebook.csv") if row["worth"]}
    found = {"P2": 0.0, "P3": 0.0}
    for row in rows(folder / "indices.csv"):
        mine = [item for item, dimension in items.items() if row["dimension"] in ("overall", dimension)]
        given = [one for one in rows(folder / "responses.csv") if one["agency_code"] == row["agency_code"]]
        if not row["index"]:
            continue
        for name, key in (("P2", lambda item: item), ("P3", items.get)):
            scores = {}
            for item in mine:
                scores.setdefault(key(item), []).extend(int(one[item]) for one in given if one[item] in tuple("12345"))
            means = [20 * sum(some) / len(some) for some in scores.values() if some]
            found[name] = max(found[name], abs(sum(means) / len(means) - float(row["index"])))
    return found


AGENCIES = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n"
SERVICE_POINTS = "agency_code,name,code,valid_from,valid_to\n"
HOSTILE = {
    "T": "@SUM(1)",
    "F-1": '=HYPERLINK("http://example.org")',
    "NA": unicodedata.normalize("NFD", "Huyện Đắk R'lấp"),
}


@pytest.mark.parametrize("run", RUNS)
def test_names_that_look_like_formulas_and_codes_that_look_like_nothing_are_only_names(store, tmp_path, run):
    registry, folder = tmp_path / "registry", tmp_path / "pack"
    registry.mkdir()
    names = {code: name.replace('"', '""') for code, name in HOSTILE.items()}
    agencies = [f'{code},"{name}",{code},Sở,,,,' for code, name in names.items()]
    points = [f"{code},Quầy,{point},," for code, point in zip(HOSTILE, POINTS, strict=True)]
    (registry / "agencies.csv").write_text(AGENCIES + "\n".join(agencies), encoding="utf-8")
    (registry / "service_points.csv").write_text(SERVICE_POINTS + "\n".join(points), encoding="utf-8")
    import_registry(store, registry)
    closes = TODAY + timedelta(days=30)
    open_round(store, NewRound(code="r1", title="=1+1", instrument="sipas-2023", opens=TODAY, closes=closes))
    for seed, point in enumerate(POINTS):
        answer(store, point, times=20, seed=seed)
    unpacked(store, folder)
    status, output = run(folder)
    assert status == 0, output
    assert told(output)["figures compared"] == 3 * 6
    assert {row["agency_code"] for row in rows(folder / "responses.csv")} == set(HOSTILE)
    assert {row["agency"] for row in rows(folder / "indices.csv")} == {
        "'@SUM(1)",
        "'" + HOSTILE["F-1"],
        "Huyện Đắk R'lấp",
    }
    frame, _ = pyreadstat.read_sav(folder / "responses.sav")
    assert set(frame["agency_code"]) == set(HOSTILE)
