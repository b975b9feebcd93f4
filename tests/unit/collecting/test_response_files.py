import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.errors import RefusedDataError
from survey.fieldwork import ServicePoint, SurveyRound
from survey.instrument.model import (
    Dimension,
    Fact,
    IndexMethod,
    Instrument,
    Item,
    LocalText,
    Option,
    Scale,
    number_questions,
)
from survey.operations.collecting.response_files import read_responses
from survey.responses import AnswerRecord, HalfDay, Mode, Response
from tests.told import Told, told

HEADER = "collected_on,half_day,service_point_code,mode,A1,B1,channels,gender\n"
POINTS = {
    "KNH72ZA": ServicePoint("KNH72ZA", "SNV", "Quầy 1"),
    "L4E3SZF": ServicePoint("L4E3SZF", "SNV", "Quầy 2", valid_to=date(2025, 7, 10)),
}
TODAY = date(2025, 7, 20)


def text(words):
    return LocalText(words, words)


def options(count):
    return tuple(Option(str(number), text(f"option {number}"), number) for number in range(1, count + 1))


def make_instrument():
    """Make two items (only B1 may be not applicable), a multiple choice of three, and two profile questions."""
    items = (
        Item("A1", text("a"), text("a"), "ours"),
        Item("B1", text("b"), text("b"), "ours", not_applicable=text("none")),
    )
    dimensions = (
        Dimension("access", "A", text("access"), items[:1]),
        Dimension("procedures", "B", text("procedures"), items[1:]),
    )
    facts = (
        Fact("channels", "fact", text("c"), text("c"), options(3), "ours", asked_by_default=True, multiple=True),
        Fact("gender", "profile", text("g"), text("g"), options(2), "ours", asked_by_default=False),
        Fact("age", "profile", text("n"), text("n"), options(5), "ours", asked_by_default=False),
    )
    scale = Scale(options(5), satisfied_from=4)
    return Instrument(
        code="test",
        title=text("t"),
        legal_basis=text("l"),
        unit=text("u"),
        verified=False,
        note=text(""),
        scale=scale,
        dimensions=dimensions,
        facts=facts,
        method=IndexMethod("mean_over_max", "pooled_answers", "exclude", 2),
        digest="0" * 64,
        questions=number_questions(dimensions, scale, facts),
    )


INSTRUMENT = make_instrument()
ROUND = SurveyRound(
    "R1",
    "Đợt 1",
    INSTRUMENT.code,
    INSTRUMENT.digest,
    opens=date(2025, 7, 1),
    closes=date(2025, 7, 31),
    seals=date(2025, 8, 7),
    asks=("channels", "gender"),
)


def read(content, today=TODAY):
    data = content if isinstance(content, bytes) else content.encode()
    return read_responses(
        data, name="r.csv", instrument=INSTRUMENT, survey_round=ROUND, service_points=POINTS, today=today
    )


def faults_of(content):
    with pytest.raises(RefusedDataError) as refused:
        read(content)
    assert refused.value.file == "r.csv"
    return told(refused.value)


def test_a_row_becomes_the_record_of_the_codebook():
    # A1=5, B1=N, the first and third of three channels, gender 2; the round does not ask age, so it has no answer.
    assert read(HEADER + "2025-07-02,am,KNH72ZA,qr,5,N,1 3,2\n") == [
        Response("KNH72ZA", date(2025, 7, 2), HalfDay.MORNING, Mode.QR, "5N1212.")
    ]


def test_an_empty_cell_is_no_answer():
    assert read(HEADER + "2025-07-02,,KNH72ZA,qr,,4,,\n")[0].record == ".4....."


def test_columns_may_come_in_any_order_and_those_of_questions_may_be_missing():
    assert read("B1,mode,service_point_code,collected_on\n3,kiosk,KNH72ZA,02/07/2025\n") == [
        Response("KNH72ZA", date(2025, 7, 2), None, Mode.KIOSK, ".3.....")
    ]


@pytest.mark.parametrize(
    ("cell", "half"),
    [("am", "am"), ("PM", "pm"), ("sáng", "am"), ("Chiều", "pm"), (unicodedata.normalize("NFD", "chiều"), "pm")],
)
def test_the_half_day_is_read_in_both_languages(cell, half):
    assert read(HEADER + f"2025-07-02,{cell},KNH72ZA,paper,5,,,\n")[0].half is HalfDay(half)


def test_rows_keep_the_order_of_the_file():
    rows = "".join(f"2025-07-{day:02},,KNH72ZA,qr,{day % 5 + 1},,,\n" for day in (9, 3, 5))
    assert [response.day.day for response in read(HEADER + rows)] == [9, 3, 5]


def test_the_first_and_the_last_day_of_the_round_and_today_are_taken():
    rows = "".join(f"{day},,KNH72ZA,qr,5,,,\n" for day in ("01/07/2025", "20/07/2025", "31/07/2025"))
    assert len(read(HEADER + rows, today=date(2025, 7, 31))) == 3


def test_spaces_a_typed_code_and_a_byte_order_mark_do_no_harm():
    content = "\ufeff" + HEADER.replace("\n", "\r\n") + " 2025-07-02 ,am,knh-72za, QR , 5 ,, 1  3 ,\r\n"
    assert read(content) == [Response("KNH72ZA", date(2025, 7, 2), HalfDay.MORNING, Mode.QR, "5.121..")]


GOOD = {
    "collected_on": "2025-07-02",
    "half_day": "am",
    "service_point_code": "KNH72ZA",
    "mode": "qr",
    "A1": "5",
    "B1": "",
    "channels": "",
    "gender": "",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"collected_on": ""}, "'' is not a date; write yyyy-mm-dd or dd/mm/yyyy"),
        ({"collected_on": "07/13/2025"}, "'07/13/2025' is not a date of the calendar"),
        ({"collected_on": "20250702"}, "'20250702' is not a date; write yyyy-mm-dd or dd/mm/yyyy"),
        (
            {"collected_on": "2025-06-30"},
            "collected_on: 30/06/2025 is outside the round (01/07/2025 to 31/07/2025)",
        ),
        (
            {"collected_on": "2025-08-01"},
            "collected_on: 01/08/2025 is outside the round (01/07/2025 to 31/07/2025)",
        ),
        ({"collected_on": "2025-07-21"}, "collected_on: 21/07/2025 lies in the future"),
        ({"half_day": "noon"}, "half_day: 'noon' is not one of am, pm, “sáng”, “chiều” or nothing"),
        ({"service_point_code": "532JS8E"}, "no service point has the code '532JS8E'"),
        ({"service_point_code": ""}, "no service point has the code ''"),
        (
            {"service_point_code": "L4E3SZF", "collected_on": "2025-07-11"},
            "service point L4E3SZF was not in use on 11/07/2025",
        ),
        ({"mode": "fax"}, "mode: 'fax' is not one of qr, kiosk, paper, assisted, import"),
        ({"A1": "6"}, "A1: '6' is not offered; expected one of 1, 2, 3, 4, 5 or nothing"),
        ({"A1": "."}, "A1: '.' is not offered; expected one of 1, 2, 3, 4, 5 or nothing"),
        ({"A1": "N"}, "A1: 'N' is not offered; expected one of 1, 2, 3, 4, 5 or nothing"),
        ({"A1": "4 5"}, "A1: '4 5' is not offered; expected one of 1, 2, 3, 4, 5 or nothing"),
        ({"channels": "13"}, "channels: '13' is not offered; expected one of 1, 2, 3 or nothing"),
        ({"channels": "1 4"}, "channels: '14' is not offered; expected one of 1, 2, 3 or nothing"),
        ({"channels": "N"}, "channels: 'N' is not offered; expected one of 1, 2, 3 or nothing"),
        ({"A1": ""}, "the row holds no answer"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_reason(change, reason):
    rows = [",".join((GOOD | one).values()) for one in ({}, change, {})]
    assert faults_of(HEADER + "\n".join(rows)) == (Told(3, reason),)


@pytest.mark.parametrize("cells", [7, 9])
def test_a_row_with_too_few_or_too_many_cells_is_refused(cells):
    row = ",".join([*GOOD.values(), ""][:cells])
    assert faults_of(f"{HEADER}{row}\n") == (Told(2, f"the row has {cells} cells, the header has 8"),)


def test_padding_of_a_spreadsheet_is_passed_over_but_not_a_value_in_it():
    padded = HEADER.replace("\n", ",,\n") + ",".join(GOOD.values())
    assert len(read(f"{padded},,\n")) == 1
    assert faults_of(f"{padded},5,\n") == (Told(2, "a cell stands beyond the last named column"),)


def test_every_fault_of_every_bad_row_is_told():
    rows = "2025-07-02,,KNH72ZA,fax,9,,,\n2025-07-02,,KNH72ZA,qr,5,,,\nx,,KNH72ZA,qr,5,,,\n2025-07-02\n"
    assert faults_of(HEADER + rows) == (
        Told(
            2,
            "mode: 'fax' is not one of qr, kiosk, paper, assisted, import; "
            "A1: '9' is not offered; expected one of 1, 2, 3, 4, 5 or nothing",
        ),
        Told(4, "'x' is not a date; write yyyy-mm-dd or dd/mm/yyyy"),
        Told(5, "the row has 1 cells, the header has 8"),
    )


def test_a_hundred_faults_are_listed_and_the_others_counted():
    faults = faults_of(HEADER + "2025-07-02,,KNH72ZA,fax,5,,,\n" * 1000)
    assert len(faults) == 101
    assert faults[99].line == 101
    assert faults[100] == Told(102, "and from here on 900 more bad rows, not listed")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("collected_on,mode,A1", "missing columns: service_point_code; known columns are"),
        ("collected_on,service_point_code,mode,Z9", "unknown columns: Z9; known columns are"),
        ("collected_on,service_point_code,mode,A1,,B1", "unknown columns: (no name); known columns are"),
        ("collected_on,service_point_code,mode,A1,A1", "doubled columns: A1; known columns are"),
        ("collected_on,service_point_code,mode,a1", "unknown columns: a1; known columns are"),
    ],
)
def test_a_wrong_header_is_refused_with_the_names(header, reason):
    (fault,) = faults_of(f"{header}\n")
    assert fault.line == 1
    assert fault.reason.startswith(reason)


def test_a_question_the_round_does_not_ask_is_refused():
    (fault,) = faults_of("collected_on,service_point_code,mode,A1,age\n2025-07-02,KNH72ZA,qr,5,1\n")
    assert fault.reason.endswith("the round does not ask age")


@pytest.mark.parametrize("content", [HEADER.encode("utf-16"), HEADER.encode() + b"2025-07-02,\xff\n"])
def test_another_encoding_is_refused_with_what_to_do(content):
    (fault,) = faults_of(content)
    assert "is not UTF-8 text; in Excel choose File > Save As" in fault.reason


def test_nul_bytes_are_refused_on_each_of_their_lines():
    content = HEADER.encode() + b"2025-07-02,,KNH72ZA,qr,5\0,,,\n2025-07-02,,KNH72ZA,qr,5,,,\n\0\n"
    assert [fault.line for fault in faults_of(content)] == [2, 4]


def test_a_file_without_any_line_is_refused():
    assert faults_of(b"") == (Told(1, "there is no header line"),)


symbols = {"A1": "12345", "B1": "12345N", "gender": "12"}


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {code: st.sampled_from(["", *offered]) for code, offered in symbols.items()}
            | {"channels": st.sets(st.sampled_from("123"))}
        ).filter(lambda answers: any(answers.values())),
        max_size=20,
    )
)
def test_every_row_holds_what_the_record_packs(rows):
    columns = ["gender", "channels", "B1", "A1"]
    lines = [",".join(["collected_on,service_point_code,mode", *columns])]
    for answers in rows:
        cells = [" ".join(sorted(cell)) if isinstance(cell, set) else cell for cell in map(answers.get, columns)]
        lines.append(",".join(["2025-07-02,KNH72ZA,qr", *cells]))
    packed = [
        AnswerRecord.pack(
            INSTRUMENT,
            {code: frozenset(cell) if code == "channels" else cell for code, cell in answers.items() if cell},
        )
        for answers in rows
    ]
    assert [response.record for response in read("\n".join(lines))] == packed
