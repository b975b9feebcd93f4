"""Tallies against a count a person could follow, and the rules that let them be added and kept."""

import pickle
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.errors import AnswerError
from survey.instrument import Fact, Instrument, LocalText, Option, load_instrument
from survey.instrument.model import number_questions
from survey.responses import AnswerRecord
from survey.tallies import (
    SYMBOLS,
    Counted,
    Misfit,
    Moment,
    RecordLayout,
    Tally,
    count_blocks,
    layout_of,
    parse_dated,
    tally,
)

SIPAS = load_instrument("sipas-2023")
LAYOUT = layout_of(SIPAS)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
CODES = ("sipas-2017", "sipas-2022", "sipas-2023")


def with_multiple_choice() -> Instrument:
    """Return the 2023 questionnaire with one multiple choice of three options as its only fact."""
    options = tuple(Option(symbol, LocalText(symbol, symbol)) for symbol in "123")
    words = LocalText("Kênh thông tin", "Channels")
    channels = Fact("channels", "fact", words, words, options, "ours", asked_by_default=True, multiple=True)
    questions = number_questions(SIPAS.dimensions, SIPAS.scale, (channels,))
    return replace(SIPAS, facts=(channels,), questions=questions)


def random_records(instrument: Instrument, count: int) -> list[str]:
    random = np.random.default_rng(20250417)
    positions = [(".", *question.symbols) for question in instrument.questions for _ in question.positions]
    return ["".join(random.choice(position) for position in positions) for _ in range(count)]


def tally_of(records: list[str], groups: list[int], *, size: int, layout: RecordLayout = LAYOUT) -> Tally:
    return tally("".join(records).encode(), layout, groups=np.array(groups, np.int64), size=size)


records_2023 = st.tuples(
    *(st.sampled_from((".", *question.symbols)) for question in SIPAS.questions for _ in question.positions)
).map("".join)
grouped_records = st.lists(st.tuples(records_2023, st.integers(0, 2)), max_size=12)


def tally_of_pairs(pairs: list[tuple[str, int]]) -> Tally:
    return tally_of([record for record, _ in pairs], [group for _, group in pairs], size=3)


@pytest.mark.parametrize("code", CODES)
def test_counts_are_those_of_a_count_in_plain_python(code: str):
    instrument = load_instrument(code)
    records = random_records(instrument, 400)
    groups = [number % 7 for number in range(400)]
    found = tally_of(records, groups, size=8, layout=layout_of(instrument))
    seen = Counter(
        (group, place, char) for group, record in zip(groups, records, strict=True) for place, char in enumerate(record)
    )
    expected = np.zeros_like(found.counts)
    for (group, place, char), times in seen.items():
        expected[group, place, SYMBOLS.index(char)] = times
    assert np.array_equal(found.counts, expected)
    assert found.responses.tolist() == [58, 57, 57, 57, 57, 57, 57, 0]  # 400 = 7 × 57 + 1, and group 7 has none


@pytest.mark.parametrize("code", CODES)
def test_moments_are_those_of_sums_in_plain_python(code: str):
    instrument = load_instrument(code)
    records = random_records(instrument, 300)
    groups = [number % 5 for number in range(300)]
    found = tally_of(records, groups, size=5, layout=layout_of(instrument))
    parts = [[question.code for question in instrument.questions if question.dimension == dimension.code]
             for dimension in instrument.dimensions]  # fmt: skip
    for row, codes in enumerate([*parts, [item.code for item in instrument.items]]):
        expected = np.zeros((5, len(Moment)), np.int64)
        for group, record in zip(groups, records, strict=True):
            answers = AnswerRecord.unpack(instrument, record)
            points = [int(str(answers[code])) for code in codes if answers.get(code, "N") != "N"]
            n, y, t = len(points), sum(point >= 4 for point in points), sum(points)
            expected[group] += [n > 0, n, n * n, y, y * y, y * n, t, t * t, t * n]
        assert np.array_equal(found.moments[:, row], expected)


def test_moments_of_two_responses_are_what_hand_arithmetic_gives():
    records = [
        AnswerRecord.pack(SIPAS, {"E1": "5", "E2": "4", "E3": "2"}),
        AnswerRecord.pack(SIPAS, {"E1": "N", "E2": "3"}),
    ]
    feedback = tally_of(records, [0, 0], size=1).moments[0, 4]
    # First response: n = 3, y = 2, t = 11. Second: n = 1, y = 0, t = 3.
    # m = 2; Σn = 4, Σn² = 9 + 1; Σy = 2, Σy² = 4, Σyn = 6; Σt = 14, Σt² = 121 + 9, Σtn = 33 + 3.
    assert feedback.tolist() == [2, 4, 10, 2, 4, 6, 14, 130, 36]


def test_an_answer_to_a_question_outside_the_index_has_no_part_in_the_moments():
    silent = AnswerRecord.pack(SIPAS, {"harassment": "3", "overall_satisfaction": "5", "age": "4"})
    found = tally_of([silent], [0], size=1)
    assert found.responses.tolist() == [1]
    assert not found.moments.any()


@given(grouped_records, grouped_records)
def test_the_tally_of_two_sets_is_the_sum_of_their_tallies(some, others):
    assert (tally_of_pairs(some) + tally_of_pairs(others)).equals(tally_of_pairs(some + others))


@given(grouped_records.flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs))))
def test_the_order_of_responses_does_not_matter(pairs_and_shuffled):
    pairs, shuffled = pairs_and_shuffled
    assert tally_of_pairs(pairs).equals(tally_of_pairs(list(shuffled)))


@given(grouped_records, st.lists(st.integers(0, 1), min_size=3, max_size=3))
def test_regrouping_equals_tallying_in_the_coarser_groups(pairs, coarser):
    regrouped = tally_of_pairs(pairs).regrouped(np.array(coarser), 2)
    directly = tally_of([record for record, _ in pairs], [coarser[group] for _, group in pairs], size=2)
    assert regrouped.equals(directly)


@given(grouped_records)
def test_a_kept_tally_comes_back_the_same_and_is_kept_in_one_way_only(pairs):
    found = tally_of_pairs(pairs)
    assert Tally.from_bytes(found.to_bytes()).equals(found)
    assert Tally.from_bytes(found.to_bytes()).to_bytes() == found.to_bytes()


def test_the_kept_form_of_a_tally_never_changes():
    # Runs are kept for ever and identified by these bytes: a change here breaks every identity in use.
    small = Tally(np.array([2]), np.array([[[1, 0, 1]]]), np.array([[[1, 1, 1, 0, 0, 0, 3, 9, 3]]]))
    assert small.to_bytes() == (
        b'{"counts":{"shape":[1,1,3],"sums":[1,0,1]},'
        b'"moments":{"shape":[1,1,9],"sums":[1,1,1,0,0,0,3,9,3]},'
        b'"responses":{"shape":[1],"sums":[2]}}'
    )


def test_a_tally_without_groups_keeps_its_shape():
    nothing = Tally.empty(LAYOUT, 0)
    assert Tally.from_bytes(nothing.to_bytes()).equals(nothing)


def test_tallies_of_different_groups_do_not_add():
    # Without the check numpy would stretch the single group over both others.
    with pytest.raises(ValueError, match="same groups"):
        Tally.empty(LAYOUT, 1) + Tally.empty(LAYOUT, 2)


def test_equal_sums_in_other_groups_are_not_the_same_tally():
    record = AnswerRecord.pack(SIPAS, {"A1": "5"})
    assert not tally_of([record], [0], size=2).equals(tally_of([record], [1], size=2))


@pytest.mark.parametrize(
    ("question", "character"),
    [("A1", "6"), ("A1", "N"), ("B2", "9"), ("age", "6"), ("age", "N"), ("C1", "z"), ("D3", " "), ("E1", "\0")],
)
def test_a_character_its_position_cannot_hold_is_refused_by_name(question: str, character: str):
    place = SIPAS.question(question).positions[0]
    good = AnswerRecord.pack(SIPAS, {"A1": "5", "E1": "N"})
    bad = good[:place] + character + good[place + 1 :]
    with pytest.raises(AnswerError) as caught:
        tally_of([good, bad, good], [0, 1, 0], size=2)
    offered = SIPAS.question(question).symbols
    assert (caught.value.question, caught.value.value) == (question, character)
    assert sorted(caught.value.offered) == sorted(offered)


def test_a_multiple_choice_is_counted_by_option_and_takes_no_other_mark():
    instrument = with_multiple_choice()
    layout = layout_of(instrument)
    record = AnswerRecord.pack(instrument, {"A1": "4", "channels": frozenset("13")})
    found = tally_of([record, record], [0, 0], size=1, layout=layout)
    ticked, unticked = SYMBOLS.index("1"), SYMBOLS.index("2")
    assert [found.counts[0, place, ticked] for place in (16, 17, 18)] == [2, 0, 2]
    assert [found.counts[0, place, unticked] for place in (16, 17, 18)] == [0, 2, 0]
    with pytest.raises(AnswerError, match="channels: '3'"):
        tally_of([record[:-1] + "3"], [0], size=1, layout=layout)


def test_records_of_another_width_are_refused():
    with pytest.raises(ValueError, match="24 characters"):
        tally(b"5" * 25, LAYOUT, groups=np.zeros(1, np.int64), size=1)
    with pytest.raises(ValueError, match="24 characters"):
        tally(np.full((1, 23), ord("5"), np.uint8), LAYOUT, groups=np.zeros(1, np.int64), size=1)


@pytest.mark.parametrize("groups", [[-1], [2], [0, 1]])
def test_a_group_outside_the_range_or_one_too_many_is_refused(groups: list[int]):
    with pytest.raises(ValueError, match="1 groups, each from 0 to 1"):
        tally_of(["." * 24], groups, size=2)


def test_groups_that_are_no_whole_numbers_are_refused():
    with pytest.raises(TypeError):
        tally(b"." * 24, LAYOUT, groups=np.array([0.5]), size=2)


def test_small_integer_groups_do_not_overflow():
    # 250 groups × 10 symbols are more than a byte counts to.
    found = tally(b"." * 24, LAYOUT, groups=np.array([249], np.uint8), size=250)
    assert found.responses[249] == 1
    assert found.counts[249, :, 0].tolist() == [1] * 24


def test_a_block_becomes_service_points_and_records():
    record = AnswerRecord.pack(SIPAS, {"A1": "5", "B1": "3"})
    block = f"0000422026-03-01{record}1200072026-11-21{record}".encode()
    points, days, records = parse_dated(block, width=24, point_digits=6)
    assert points.tolist() == [42, 120007]
    assert days.tolist() == [20260301, 20261121]
    assert [bytes(row).decode() for row in records] == [record, record]


def test_a_block_that_is_not_made_of_lines_is_refused():
    with pytest.raises(ValueError, match="41 bytes do not divide into lines of 40"):
        parse_dated(b"0" * 41, width=24, point_digits=6)


def test_what_is_no_id_and_no_date_is_told_from_what_is():
    ids = ("000042", "00 042", "00-042", "999999")
    dates = ("2026-03-01", "2026-0x-01", "2026/03/01", "20260-3-01")
    block = "".join(f"{point}{day}{'.' * 24}" for point in ids for day in dates).encode()
    points, days, _ = parse_dated(block, width=24, point_digits=6)
    assert points.reshape(4, 4)[:, 0].tolist() == [42, -1, -1, 999999]
    assert days.tolist() == [20260301, 0, 0, 0] * 4


@settings(max_examples=30)
@given(st.lists(st.tuples(records_2023, st.sampled_from([3, 17, 998])), max_size=9), st.integers(1, 4))
def test_blocks_of_any_length_give_the_tally_of_all_their_lines(pairs, per_block):
    lines = [f"{point:03}2026-03-01{record}" for record, point in pairs]
    blocks = ("".join(lines[at : at + per_block]).encode() for at in range(0, len(lines), per_block))
    found = count_blocks(blocks, LAYOUT, service_points=[998, 3, 17], point_digits=3, days=MARCH).tally
    groups = [[998, 3, 17].index(point) for _, point in pairs]
    assert found.equals(tally_of([record for record, _ in pairs], groups, size=3))


@pytest.mark.parametrize("stranger", [2, 4, 999])
def test_a_service_point_that_was_not_listed_is_passed_by(stranger: int):
    lines = [f"{point:03}2026-03-01{'.' * 24}" for point in (1, stranger, 3)]
    found = count_blocks(["".join(lines).encode()], LAYOUT, service_points=[1, 3], point_digits=3, days=MARCH)
    assert found.tally.responses.tolist() == [1, 1]
    assert found.misfits == {(Misfit.POINT, 20260301): 1}


def test_a_record_with_a_character_its_position_cannot_hold_is_passed_by_and_leaves_the_others_as_they_are():
    right = [AnswerRecord.pack(SIPAS, {"A1": answer}) for answer in "12345"]
    wrong = ["9" + "." * 23, "?" * 24, "!" * 24, "5" * 24]

    def count(records: list[str]) -> Counted:
        block = "".join(f"0012026-03-01{record}" for record in records).encode()
        return count_blocks([block], LAYOUT, service_points=[1], point_digits=3, days=MARCH)

    found, alone = count([*right[:2], *wrong, *right[2:]]), count(right)
    assert found.to_bytes() == alone.to_bytes()
    assert (found.misfits[Misfit.RECORD, 20260301], found.misfits[Misfit.MODE, 20260301]) == (3, 1)
    assert not alone.misfits


def test_a_layout_can_travel_to_another_process():
    copy = pickle.loads(pickle.dumps(LAYOUT))
    record = AnswerRecord.pack(SIPAS, {"A1": "2", "E3": "N"})
    assert tally_of([record], [0], size=1, layout=copy).equals(tally_of([record], [0], size=1))


def test_sums_that_a_double_could_not_hold_exactly_are_refused():
    # One response of 10⁸ items with 5 points each could reach Σt² = (5 × 10⁸)² = 2.5e17, more than 2⁵³ = 9.0e15.
    endless = replace(LAYOUT, dimensions=(range(10**8),))
    with pytest.raises(ValueError, match="summed exactly"):
        tally(b"." * 24, endless, groups=np.zeros(1, np.int64), size=1)
