"""Files of a publication: its figures, ranks and changes, whatever came in since, and nothing that is withheld."""

import csv
import io
import secrets
from datetime import timedelta

import pyreadstat
import pytest

from survey.errors import UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.exports.files import indices_file
from survey.operations.publishing.publishing import publish_run
from survey.operations.results.published import shown_results
from survey.operations.results.standing import PublishedRuns
from survey.operations.rounds.rounds import NewRound, open_round
from survey.responses import AnswerRecord, Mode
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.agencies import find_round
from survey.store.registry.points import find_point
from tests.beginnings import beginning
from tests.conftest import sample_round

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

TODAY = today_in_vietnam()
SIPAS = load_instrument("sipas-2023")
# Three wards of one block.
DONG_KINH, KY_LUA, TAM_THANH = "P2MCN3E", "UED34VN", "PM83ELJ"
BY_ITEM = ("agency", "item")


def answer(store, service_point: str, *symbols: str, times: int, round_code: str = "r1") -> None:
    """Store `times` responses for each symbol, saying the same on every item, on five days in turn.

    Below four days nothing is ranked.
    """
    with store.reading() as connection:
        round_id, survey_round = find_round(connection, round_code)
        point = find_point(connection, service_point)
    rows = [
        NewResponse(secrets.token_bytes(16), round_id, point.id, Mode.QR, day, None, record)
        for symbol in symbols
        for record in [AnswerRecord.pack(SIPAS, {item.code: symbol for item in SIPAS.items})]
        for day in (survey_round.opens + timedelta(one % 7 % 5) for one in range(times))
    ]
    save_responses(store, rows)


def rows_of(store, **options) -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows of the CSV file by agency and part."""
    made = indices_file(store, options.pop("round_code", "r1"), layout="csv", **options)
    assert made.published
    rows = csv.DictReader(io.StringIO(made.data.decode("utf-8-sig")))
    return {(row["agency_code"], row.get("dimension") or row["item"]): row for row in rows}


@beginning
def three_wards(store):
    """Give three wards 40 responses each, at 90, 70 and 50% of all points, and publish."""
    sample_round(store)
    answer(store, DONG_KINH, "5", "4", times=20)
    answer(store, KY_LUA, "4", "3", times=20)
    answer(store, TAM_THANH, "3", "2", times=20)
    publish_run(store, "r1", today=TODAY)


def test_ranks_stand_beside_the_overall_figures_only(three_wards):
    rows = rows_of(three_wards)
    # (20×5 + 20×4) / (40×5) = 90%, then 70% and 50%: far apart for 40 people a ward, so no rank is in doubt.
    names = ("index", "rank", "rank_low", "rank_upp")
    ranks = {code: [row[name] for name in names] for (code, part), row in rows.items() if part == "overall"}
    assert ranks == {
        "P-DONGKINH": ["90.0", "1", "1", "1"],
        "P-KYLUA": ["70.0", "2", "2", "2"],
        "P-TAMTHANH": ["50.0", "3", "3", "3"],
    }
    assert {row["rank"] for (_, part), row in rows.items() if part != "overall"} == {""}
    assert {row["change"] for row in rows.values()} == {""}
    # All of three are among the five, so nothing is said of it.
    assert {row["top_five"] for row in rows.values()} == {""}


def test_items_come_from_the_publication_not_from_todays_count(three_wards):
    answer(three_wards, DONG_KINH, "1", times=40)
    rows = rows_of(three_wards, by=BY_ITEM)
    assert rows["P-DONGKINH", "A1"]["index"] == "90.0"
    assert {part for _, part in rows} == {item.code for item in SIPAS.items}
    both = rows_of(three_wards, by=("item", "dimension", "agency"))
    assert {part for _, part in both} >= {"A1", "access", "overall"}


def test_blocks_and_everybody_come_from_the_publication_too(three_wards):
    answer(three_wards, DONG_KINH, "1", times=40)
    # (90 + 70 + 50) / 3, as each ward has as many answers.
    assert rows_of(three_wards, by=("block", "dimension"))["", "overall"]["index"] == "70.0"
    assert rows_of(three_wards, by=("dimension",))["", "overall"]["index"] == "70.0"


def test_service_points_are_in_no_publication(three_wards):
    assert not indices_file(three_wards, "r1", layout="csv", by=("service_point",)).published


def test_rows_that_are_withheld_or_empty_are_left_out(store, round_of_2023_form):
    answer(store, DONG_KINH, "5", times=9)
    answer(store, KY_LUA, "2", "4", times=5)
    answer(store, TAM_THANH, "2", "4", times=20)
    publish_run(store, "r1", today=TODAY)
    assert {code for code, _ in rows_of(store)} == {"P-TAMTHANH"}
    assert {code for code, _ in rows_of(store, by=BY_ITEM)} == {"P-TAMTHANH"}


def test_a_withheld_total_is_not_told_by_the_number_of_responses(store, round_of_2023_form):
    answer(store, DONG_KINH, "5", times=9)
    publish_run(store, "r1", today=TODAY)
    published = PublishedRuns(store).latest("r1")
    assert (published.analysis.results.responses, shown_results(published).responses) == (9, 0)


def test_the_file_names_the_published_run_whatever_parts_it_holds(three_wards):
    published = PublishedRuns(three_wards).latest("r1")
    assert shown_results(published).run == shown_results(published, by=BY_ITEM).run == published.head.id


def test_the_change_is_the_difference_of_unrounded_figures(store, sample_registry):
    opens = TODAY - timedelta(days=40)
    open_round(store, NewRound("r0", "Đợt 0", "sipas-2023", opens, opens + timedelta(days=20)))
    new = NewRound(
        "r1", "Đợt 1", "sipas-2023", opens + timedelta(days=21), TODAY + timedelta(days=20), previous_code="r0"
    )
    open_round(store, new)
    answer(store, DONG_KINH, "5", "4", times=20, round_code="r0")
    answer(store, KY_LUA, "4", "3", times=20, round_code="r0")
    answer(store, DONG_KINH, "5", "4", "3", times=20)
    answer(store, TAM_THANH, "3", "2", times=20)
    publish_run(store, "r0", today=TODAY)
    publish_run(store, "r1", today=TODAY)
    overall = {code: row["change"] for (code, part), row in rows_of(store).items() if part == "overall"}
    # Đông Kinh: (20×5 + 20×4 + 20×3) / (60×5) = 80% after 90%. The others answered in one round only.
    assert float(overall.pop("P-DONGKINH")) == pytest.approx(-10, abs=1e-12)
    assert overall == {"P-TAMTHANH": ""}
    assert float(rows_of(store, by=BY_ITEM)["P-DONGKINH", "A1"]["change"]) == pytest.approx(-10, abs=1e-12)
    assert {row["change"] for row in rows_of(store, round_code="r0").values()} == {""}


def test_statistics_files_hold_ranks_as_numbers(three_wards, tmp_path):
    path = tmp_path / "indices.sav"
    path.write_bytes(indices_file(three_wards, "r1", layout="sav").data)
    frame, _ = pyreadstat.read_sav(path)
    assert sorted(frame.loc[frame["dimension"] == "overall", "rank"]) == [1, 2, 3]
    assert frame.loc[frame["dimension"] != "overall", "rank"].isna().all()


@pytest.mark.parametrize("layout", ["csv", "xlsx", "sav", "parquet"])
def test_the_same_publication_makes_the_same_bytes(three_wards, layout):
    first, second = (indices_file(three_wards, "r1", layout=layout).data for _ in range(2))
    assert first == second


def test_an_axis_nobody_knows_is_refused(three_wards):
    with pytest.raises(UnknownCodeError, match="colour"):
        indices_file(three_wards, "r1", layout="csv", by=("agency", "colour"))
