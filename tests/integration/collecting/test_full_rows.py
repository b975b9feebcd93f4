"""Full rows: for an administrator with a reason, which stands in the audit trail before the first row is read."""

import csv
import secrets
from datetime import date

import pytest

from survey.errors import SurveyError, UnknownCodeError
from survey.instrument import load_instrument
from survey.operations.exports.full_rows import export_full_rows
from survey.operations.rounds.rounds import NewRound, open_round
from survey.operations.staff.accounts import add_staff, disable_staff
from survey.responses import AnswerRecord, Mode, SubmissionKey
from survey.store.collecting.responses import NewResponse, save_responses
from survey.store.registry.points import list_points
from survey.store.staff.acts import Act
from tests.trail import deeds_of

# Many pages or files on two databases: left out of the fast suite, run with the slow group.
pytestmark = pytest.mark.slow

SIPAS = load_instrument("sipas-2023")
REASON = "Kiểm tra chất lượng phiếu quý IV"
DAY = date(2026, 11, 20)
FIRST, SECOND = {"A1": "5", "E1": "N"}, {"A1": "1"}


@pytest.fixture
def filled(store, sample_registry):
    """Open a round with two responses and an administrator."""
    add_staff(store, "lan")
    open_round(store, NewRound("r1", "Đợt 1", "sipas-2023", DAY, DAY, profile=True))
    keys = SubmissionKey(secrets.token_bytes(16)), SubmissionKey(secrets.token_bytes(16))
    rows = zip(keys, (Mode.QR, Mode.PAPER), (FIRST, SECOND), strict=True)
    save_responses(
        store,
        [NewResponse(key.row, 1, 1, mode, DAY, None, AnswerRecord.pack(SIPAS, given)) for key, mode, given in rows],
    )
    return store


def entries(store):
    return [(one.staff, one.subject, one.after) for one in deeds_of(store, Act.FULL_ROWS)]


def test_every_response_comes_with_day_point_mode_and_all_answers(filled):
    with filled.reading() as connection:
        code = next(one.point.code for one in list_points(connection) if one.id == 1)
    full = export_full_rows(filled, "r1", staff="lan", reason=REASON)
    found = [dict(zip(full.columns, row, strict=True)) for row in full.rows]
    blank = dict.fromkeys((question.code for question in SIPAS.questions), "")
    where = {"collected_on": "2026-11-20", "service_point_code": code}
    assert sorted(found, key=lambda row: row["mode"]) == [
        {**where, "mode": "paper", **blank, **SECOND},
        {**where, "mode": "qr", **blank, **FIRST},
    ]


def test_the_reason_is_written_down_before_the_first_row_is_read(filled):
    full = export_full_rows(filled, "r1", staff="lan", reason=f"  {REASON}\n ")
    assert entries(filled) == [("lan", "r1", {"purpose": REASON})]
    assert len(list(full.rows)) == 2


@pytest.mark.parametrize("reason", ["", " " * 20, "cần gấp", "a        b"])
def test_without_a_reason_nothing_is_handed_out(filled, reason):
    with pytest.raises(SurveyError, match="at least 10 characters"):
        export_full_rows(filled, "r1", staff="lan", reason=reason)
    assert entries(filled) == []


@pytest.mark.parametrize("name", ["nobody", "", "minh"])
def test_only_an_administrator_who_may_sign_in_gets_them(filled, name):
    add_staff(filled, "minh")
    disable_staff(filled, "minh")
    with pytest.raises(UnknownCodeError, match="administrator"):
        export_full_rows(filled, "r1", staff=name, reason=REASON)
    assert entries(filled) == []


def test_an_unknown_round_is_refused_and_not_written_down(filled):
    with pytest.raises(UnknownCodeError, match="r9"):
        export_full_rows(filled, "r9", staff="lan", reason=REASON)
    assert entries(filled) == []


def test_the_command_writes_a_file_only_its_owner_reads(app, filled, tmp_path):
    out = tmp_path / "full.csv"
    options = ["--round", "r1", "--staff", "lan", "--out", str(out), "--reason"]
    run = app.test_cli_runner().invoke
    refused = run(args=["export", "full-responses", *options, "gấp"])
    assert (refused.exit_code, out.exists()) == (1, False)
    assert run(args=["export", "full-responses", *options, REASON]).exit_code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["A1"] for row in sorted(csv.DictReader(file), key=lambda row: row["mode"])] == ["1", "5"]
    assert out.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*full*")] == ["full.csv"]
