import unicodedata
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.errors import RefusedDataError
from survey.fieldwork import Agency, ServicePoint, is_code, make_code
from survey.operations.registry.csv_files import Registry, read_sheets, write_registry
from survey.operations.registry.layouts import to_agency, to_service_point
from survey.typed.old_fonts import is_of_old_font
from tests.told import Told, told

SAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "lang-son"
AGENCIES = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\n"
POINTS = "agency_code,name,code,valid_from,valid_to\n"
ONE_AGENCY = AGENCIES + "SNV,Sở Nội vụ,Sở NV,Sở,,,,\n"


@pytest.fixture
def folder(tmp_path):
    """Give a function that writes the two files and returns their folder."""

    def write(agencies=None, points=None):
        for name, content in [("agencies.csv", agencies), ("service_points.csv", points)]:
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def read_registry(folder, *, known_agencies=frozenset()):
    """Return the registry the rows of two files tell."""
    agencies, points = read_sheets(folder, known_agencies=known_agencies)
    return Registry(
        tuple(to_agency(row.cells) for row in agencies.rows), tuple(to_service_point(row.cells) for row in points.rows)
    )


def faults_of(folder, **known):
    with pytest.raises(RefusedDataError) as refused:
        read_registry(folder, **known)
    return told(refused.value)


def the_reason(folder, **known):
    (fault,) = faults_of(folder, **known)
    return fault.reason


def test_both_files_are_read_in_their_order(folder):
    agencies = AGENCIES + "SNV,Sở Nội vụ,Sở NV,Sở,,2025-03-01,,\nTTLT,Trung tâm Lưu trữ,,Sở,SNV,,31/12/2025,SNV\n"
    points = POINTS + "TTLT,Quầy 2,KNH72ZA,1/3/2025,\nSNV,Quầy 1,,,\n"
    assert read_registry(folder(agencies, points)) == Registry(
        (
            Agency("SNV", "Sở Nội vụ", "Sở NV", "Sở", valid_from=date(2025, 3, 1)),
            Agency("TTLT", "Trung tâm Lưu trữ", "", "Sở", "SNV", None, date(2025, 12, 31), "SNV"),
        ),
        (ServicePoint("KNH72ZA", "TTLT", "Quầy 2", date(2025, 3, 1)), ServicePoint("", "SNV", "Quầy 1")),
    )


def test_comments_and_blank_lines_are_passed_over_and_still_counted(folder):
    agencies = "# one, with a comma\n\n# two\n" + AGENCIES + "SNV,Sở Nội vụ,,,,,,\n,,,,,,,\nSCT,,,,,,,\n"
    # 1 and 3 are comments, 2 is blank, 4 the header, 5 is right, 6 is blank, 7 has no name.
    assert faults_of(folder(agencies, POINTS)) == (Told(7, "agencies.csv: name is empty"),)


def test_a_cell_with_a_line_break_counts_as_one_line(folder):
    agencies = AGENCIES + 'SNV,"Sở\nNội vụ",,,,,,\nSCT,,,,,,,\n'
    assert [fault.line for fault in faults_of(folder(agencies, POINTS))] == [3]


def test_a_name_in_decomposed_letters_is_read_in_composed_ones(folder):
    decomposed = unicodedata.normalize("NFD", ONE_AGENCY)
    assert decomposed != ONE_AGENCY
    assert read_registry(folder(decomposed, POINTS)).agencies[0].name == "Sở Nội vụ"


def test_a_byte_order_mark_and_the_semicolons_of_a_spreadsheet_are_read(folder):
    agencies = "\ufeff# note, with comma;;;;;;;\r\n" + ONE_AGENCY.replace(",", ";").replace("\n", "\r\n")
    assert read_registry(folder(agencies, POINTS)).agencies == (Agency("SNV", "Sở Nội vụ", "Sở NV", "Sở"),)


def test_a_typed_code_is_read_as_a_code_is_written(folder):
    points = POINTS + "SNV,Quầy 1,knh-72za,,\n"
    assert read_registry(folder(ONE_AGENCY, points)).service_points[0].code == "KNH72ZA"


def test_the_code_column_may_be_left_out(folder):
    points = "agency_code,name,valid_from,valid_to\nSNV,Quầy 1,,\n"
    assert read_registry(folder(ONE_AGENCY, points)).service_points == (ServicePoint("", "SNV", "Quầy 1"),)


def test_service_points_alone_may_name_agencies_already_known(folder):
    points = POINTS + "SNV,Quầy 1,,,\n"
    read = read_registry(folder(points=points), known_agencies=frozenset({"SNV"}))
    assert read == Registry((), (ServicePoint("", "SNV", "Quầy 1"),))


def test_agencies_alone_are_a_registry_without_service_points(folder):
    assert read_registry(folder(ONE_AGENCY)).service_points == ()


def test_service_points_alone_are_refused_when_no_agency_is_known(folder):
    assert the_reason(folder(points=POINTS)) == "agencies.csv: there is no such file in the folder"


def test_a_wrong_header_says_what_is_missing_and_what_is_unknown(folder):
    reason = the_reason(folder(ONE_AGENCY.replace("block", "loại"), POINTS))
    assert reason.startswith(
        "agencies.csv: missing columns: block; unknown columns: loại; known columns are code, name,"
    )


def test_a_doubled_column_is_refused(folder):
    assert "doubled columns: name" in the_reason(folder(ONE_AGENCY, POINTS.replace("code,valid", "name,valid")))


@pytest.mark.parametrize("encoding", ["cp1258", "utf-16"])
def test_a_file_in_another_encoding_is_refused_with_what_to_do(folder, encoding):
    content = (AGENCIES + "STC,Sơ,,,,,,\n").encode(encoding)
    assert "is not UTF-8 text; in Excel choose File > Save As > “CSV UTF-8" in the_reason(folder(content, POINTS))


def test_an_empty_file_is_refused(folder):
    assert the_reason(folder("# only a comment\n", POINTS)) == "agencies.csv: there is no header line"


def test_a_quotation_mark_that_is_never_closed_is_refused_where_it_opens(folder):
    (fault,) = faults_of(folder(AGENCIES + 'SNV,Sở Nội vụ,,,,,,\nSCT,"Sở,,,,,,\nSYT,Sở Y tế,,,,,,\n', POINTS))
    assert fault.line == 3
    assert "quotation marks" in fault.reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Sở Y tế,,,,,,", "code is empty"),
        ("SYT,  ,,,,,,", "name is empty"),
        ("SNV,Sở Y tế,,,,,,", "code 'SNV' already stands on line 2"),
        ("SỞ-YT,Sở Y tế,,,,,,", "code 'SỞ-YT' may hold only letters without accents"),
        ("=SYT,Sở Y tế,,,,,,", "code '=SYT' may hold only letters without accents"),
        ("SYT," + "x" * 301 + ",,,,,,", "name has 301 characters, at most 300 fit"),
        ("SYT,Sở Y tế," + "x" * 101 + ",,,,,", "short_name has 101 characters, at most 100 fit"),
        ("SYT,Sở\u200bY tế,,,,,,", "name holds an invisible character"),
        ("SYT,Sở Y tế,,,XX,,,", "parent_code 'XX' names no agency"),
        ("SYT,Sở Y tế,,,,,,XX", "successor_code 'XX' names no agency"),
        ("SYT,Sở Y tế,,,SYT,,,", "parent_code 'SYT' leads back to 'SYT'"),
        ("SYT,Sở Y tế,,,,2025-02-29,,", "valid_from: '2025-02-29' is not a date of the calendar"),
        ("SYT,Sở Y tế,,,,,tháng 3,", "valid_to: 'tháng 3' is not a date; write yyyy-mm-dd or dd/mm/yyyy"),
        ("SYT,Sở Y tế,,,,02/03/2025,01/03/2025,", "valid_to 01/03/2025 lies before valid_from 02/03/2025"),
        ("SYT,Sở Y tế,,,,,", "the row has 7 cells, the header has 8"),
        ("SYT,Sở Y tế,,,,,,,", "the row has 9 cells, the header has 8"),
    ],
)
def test_a_bad_agency_is_refused_with_its_line_and_the_reason(folder, row, reason):
    (fault,) = faults_of(folder(f"{ONE_AGENCY}{row}\n", POINTS))
    assert fault.line == 3
    assert fault.reason.startswith(f"agencies.csv: {reason}")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Quầy 2,,,", "agency_code is empty"),
        ("SYT,Quầy 2,,,", "agency_code 'SYT' names no agency"),
        ("SNV,,,,", "name is empty"),
        ("SNV," + "x" * 201 + ",,,", "name has 201 characters, at most 200 fit"),
        ("SNV,Quầy 2,KNH72ZB,,", "code 'KNH72ZB' is mistyped"),
        ("SNV,Quầy 2,KNH72Z0,,", "code 'KNH72Z0' is mistyped"),
        ("SNV,Quầy 2,KNH72Z,,", "code 'KNH72Z' is mistyped"),
        ("SNV,Quầy 2,knh72za,,", "code 'KNH72ZA' already stands on line 2"),
        ("SNV,Quầy 2,,2025-07-02,2025-07-01", "valid_to 01/07/2025 lies before valid_from 02/07/2025"),
        ("SNV,Quầy 2,,", "the row has 4 cells, the header has 5"),
    ],
)
def test_a_bad_service_point_is_refused_with_its_line_and_the_reason(folder, row, reason):
    (fault,) = faults_of(folder(ONE_AGENCY, f"{POINTS}SNV,Quầy 1,KNH72ZA,,\n{row}\n"))
    assert fault.line == 3
    assert fault.reason.startswith(f"service_points.csv: {reason}")


def test_a_circle_of_parents_is_refused_on_each_of_its_lines_and_on_no_other(folder):
    agencies = AGENCIES + "A,a,,,C,,,\nB,b,,,A,,,\nC,c,,,B,,,\nD,d,,,A,,,\n"
    assert [fault.line for fault in faults_of(folder(agencies, POINTS))] == [2, 3, 4]


def test_all_that_is_wrong_in_both_files_comes_at_once_with_one_fault_for_a_row(folder):
    agencies = AGENCIES + "SNV,,,,,,,\nSNV,Sở Nội vụ,,,XX,,,\nSYT,Sở Y tế\n"
    points = POINTS + "SYT,Quầy 1,,,\nSCT,,,,\n"
    assert faults_of(folder(agencies, points)) == (
        Told(2, "agencies.csv: name is empty"),
        Told(3, "agencies.csv: code 'SNV' already stands on line 2; parent_code 'XX' names no agency"),
        Told(4, "agencies.csv: the row has 2 cells, the header has 8"),
        Told(3, "service_points.csv: agency_code 'SCT' names no agency; name is empty"),
    )


def test_the_header_faults_of_both_files_come_at_once(folder):
    assert len(faults_of(folder(ONE_AGENCY.replace("block,", ""), POINTS.replace("name,", "")))) == 2


def test_the_hundredth_fault_is_listed_and_the_others_are_counted(folder):
    faults = faults_of(folder(AGENCIES + ",x,,,,,,\n" * 250, POINTS))
    assert len(faults) == 101
    assert faults[99].line == 101
    assert faults[100] == Told(102, "and from here on 150 more bad rows, not listed")


def test_files_for_people_start_with_a_mark_end_lines_for_spreadsheets_and_run_no_formula(tmp_path):
    write_registry(Registry((Agency("SNV", "=1+1", "-Sở", "@khối"),), (ServicePoint("", "SNV", "+84"),)), tmp_path)
    assert (tmp_path / "agencies.csv").read_bytes() == (
        b"\xef\xbb\xbfcode,name,short_name,block,parent_code,valid_from,valid_to,successor_code\r\n"
        b"SNV,'=1+1,'-S\xe1\xbb\x9f,'@kh\xe1\xbb\x91i,,,,\r\n"
    )
    assert b"SNV,'+84,,,\r\n" in (tmp_path / "service_points.csv").read_bytes()


names = (
    st.text(st.sampled_from("aÂâđỵ0 ,;\"'=+-@#\t\n—ở"), min_size=1, max_size=30)
    .map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
    .filter(lambda text: bool(text) and not is_of_old_font(text))
)
days = st.none() | st.dates()
periods = st.tuples(days, days).filter(lambda period: None in period or period[0] <= period[1])


@st.composite
def registries(draw):
    codes = draw(st.lists(st.from_regex(r"[A-Z0-9][A-Z0-9._-]{0,8}", fullmatch=True), unique=True, max_size=5))
    # A parent or successor stands above in the list, so that no circle can come about.
    above = [st.sampled_from([None, *codes[:place]]) for place in range(len(codes))]
    agencies = [
        Agency(code, draw(names), draw(names), draw(names), draw(link), *draw(periods), draw(link))
        for code, link in zip(codes, above, strict=True)
    ]
    taken = [make_code(Random(seed)) for seed in draw(st.lists(st.integers(0, 10**6), unique=True, max_size=4))]
    points = [
        ServicePoint(code, draw(st.sampled_from(codes)), draw(names), *draw(periods))
        for code in [*dict.fromkeys(taken), "", ""]
        if codes
    ]
    return Registry(tuple(agencies), tuple(points))


@pytest.mark.slow
@settings(deadline=None)  # It writes and reads two files, whose time is not ours.
@given(registries())
def test_what_was_written_is_read_back_unchanged(registry):
    with TemporaryDirectory() as folder:
        write_registry(registry, Path(folder))
        assert read_registry(Path(folder)) == registry


@pytest.fixture(scope="module")
def sample():
    return read_registry(SAMPLE)


def test_the_sample_registry_holds_19_agencies_and_40_points_in_two_blocks(sample):
    assert (len(sample.agencies), len(sample.service_points)) == (19, 40)
    assert {agency.block for agency in sample.agencies} == {"Sở, ban, ngành", "UBND cấp xã"}


def test_the_codes_of_the_sample_stay_as_they_were_first_drawn(sample):
    random = Random(2025)
    codes = [point.code for point in sample.service_points]
    assert codes == [make_code(random) for _ in codes]
    assert all(is_code(code) for code in codes)


def test_the_sample_shows_a_merger_a_parent_and_retired_points(sample):
    by_code = {agency.code: agency for agency in sample.agencies}
    assert by_code["SKHDT"].valid_to == date(2025, 2, 28)
    assert by_code[by_code["SKHDT"].successor_code].valid_from == date(2025, 3, 1)
    assert by_code["TTPVHCC"].parent_code == "VPUBND"
    assert sum(point.valid_to is not None for point in sample.service_points) == 3


def test_every_agency_of_the_sample_that_still_exists_has_a_point_to_answer_at(sample):
    day = date(2026, 1, 15)
    answering = {point.agency_code for point in sample.service_points if point.is_valid_on(day)}
    assert answering == {agency.code for agency in sample.agencies if agency.valid_to is None}


def test_the_sample_files_say_what_is_real_and_what_is_made_up():
    for name in ("agencies.csv", "service_points.csv"):
        header = [line for line in (SAMPLE / name).read_text("utf-8-sig").splitlines() if line.startswith("# ")]
        assert any("CÓ THẬT" in line for line in header)
        assert any("ĐẶT RA ĐỂ LÀM MẪU" in line for line in header)
