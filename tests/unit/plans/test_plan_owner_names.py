"""Which agencies a text of lead units names: by whole names, whatever their marks, the longest first."""

import unicodedata
from datetime import date, timedelta

import pytest

from survey.fieldwork import Agency
from survey.operations.plans.owners import handed_on, named_in, names_of, with_owners
from survey.operations.registry.acting import CaseAgencies
from survey.store.plans.plans import PlanTask

TODAY = date(2026, 3, 2)
OVER, LATER = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
AGENCIES = (
    Agency("SCT", "Sở Công Thương", "Sở CT", "Sở"),
    Agency("SNV", "Sở Nội vụ", "", "Sở"),
    Agency("SNN", "Sở Nông nghiệp", "", "Sở"),
    Agency("SNNMT", "Sở Nông nghiệp và Môi trường", "", "Sở"),
    Agency("SVHTTDL", "Sở Văn hóa, Thể thao và Du lịch", "", "Sở"),
    Agency("SKHCN", "Sở Khoa học và Công nghệ", "Sở KH&CN", "Sở"),
    Agency("STC", "Sở Tài chính", "", "Sở"),
    Agency("SKHDT", "Sở Kế hoạch và Đầu tư", "", "Sở", valid_to=OVER, successor_code="STC"),
    Agency("SNGV", "Sở Ngoại vụ", "", "Sở", valid_to=OVER),
    Agency("SDL", "Sở Du lịch", "", "Sở", valid_from=LATER),
    Agency("X-DD", "Ủy ban nhân dân xã Đồng Đăng", "", "Xã"),
    Agency("P-TAN", "Ủy ban nhân dân phường Tân An", "", "Xã"),
    Agency("P-TANS", "Ủy ban nhân dân phường Tấn An", "", "Xã"),
    Agency("P1", "Phòng Nội vụ", "", "Phòng"),
    Agency("P2", "Phòng Nội vụ", "", "Phòng"),
)


def registry(*some: Agency) -> CaseAgencies:
    by_id = dict(enumerate(some, start=1))
    by_code = {one.code: one for one in some}
    return CaseAgencies(by_id, by_code, {one.code: number for number, one in by_id.items()}, TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("Sở Công Thương; Sở Nội vụ", ("SCT", "SNV")),
        ("- Sở Nội vụ\n- Sở Công Thương;", ("SCT", "SNV")),
        ("Sở Công Thương, Sở Nội vụ và các sở, ngành", ("SCT", "SNV")),
        ("SỞ CÔNG THƯƠNG", ("SCT",)),
        ("so cong thuong", ("SCT",)),
        (unicodedata.normalize("NFD", "Sở Nội vụ"), ("SNV",)),
        ("Sở  Nội\tvụ (Phòng Cải cách hành chính)", ("SNV",)),
        ("Các phòng thuộc Sở Công Thương", ("SCT",)),
        ("Sở CT", ("SCT",)),
        ("Sở KH & CN", ("SKHCN",)),
        # A name inside a longer one is not that agency's; beside it, it is.
        ("Sở Nông nghiệp và Môi trường", ("SNNMT",)),
        ("Sở Nông nghiệp và Môi trường; Sở Nông nghiệp", ("SNN", "SNNMT")),
        ("Sở Văn hóa, Thể thao và Du lịch", ("SVHTTDL",)),
        # Only whole words, and no name across a border.
        ("Sở Công", ()),
        ("Sở Công Thươngg", ()),
        ("Trụ sở Nội vụ cũ", ("SNV",)),
        ("Sở Công; Thương", ()),
        ("Văn phòng", ()),
        # The committee of people's, cut short or not, with either place of the mark.
        ("UBND xã Đồng Đăng", ("X-DD",)),
        ("Uỷ ban nhân dân xã Đồng Đăng", ("X-DD",)),
        ("Ủy ban  nhân dân xã Đồng Đăng", ("X-DD",)),
        # Names that only their marks tell apart.
        ("UBND phường Tân An", ("P-TAN",)),
        ("UBND phường Tấn An", ("P-TANS",)),
        ("UBND phuong Tan An", ()),
        ("Phòng Nội vụ", ()),
        # Whoever has ended is whoever does the work today; nobody where nobody does, or nobody yet.
        ("Sở Kế hoạch và Đầu tư", ("STC",)),
        ("Sở Kế hoạch và Đầu tư; Sở Tài chính", ("STC",)),
        ("Sở Ngoại vụ", ()),
        ("Sở Du lịch", ()),
    ],
)
def test_lead_units_name_their_agencies(text, expected) -> None:
    assert named_in(text, names_of(registry(*AGENCIES))) == expected


def test_the_name_of_an_agency_that_works_is_not_that_of_one_that_ended() -> None:
    ended = Agency("OLD", "Sở Nội vụ", "", "Sở", valid_to=OVER, successor_code="SCT")
    assert named_in("Sở Nội vụ", names_of(registry(*AGENCIES, ended))) == ("SNV",)


def test_a_choice_goes_before_the_lead_units() -> None:
    known = registry(*AGENCIES)
    task = PlanTask("", "", {}, "Việc", lead="Sở Công Thương")
    assert with_owners(task, known).owners == ("SCT",)
    chosen = PlanTask("", "", {}, "Việc", lead="Sở Công Thương", owners=("SNV",))
    assert with_owners(chosen, known).owners == ("SNV",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("SNV",), ("SNV",)),
        (("SKHDT",), ("STC",)),
        (("SKHDT", "SNV", "STC"), ("SNV", "STC")),
        # Nobody does the work of the first: the lead unit is asked again.
        (("SNGV",), ("SCT",)),
        ((), ("SCT",)),
    ],
)
def test_a_task_is_handed_on_to_whoever_does_the_work(before, after) -> None:
    task = PlanTask("", "", {}, "Việc", lead="Sở Công Thương", owners=before)
    (handed,) = handed_on([task], registry(*AGENCIES))
    assert handed.owners == after
