"""Every act that decides something, as somebody begins it.

A function here reads what a page would have shown, and returns the act itself. `covers` names the functions of
`survey` whose decision it tries; test_pairs.py finds those that nobody tries.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeAlias

from pyotp import TOTP
from sqlalchemy import select

from survey.fieldwork import Agency, ServicePoint
from survey.operations.collecting import entry, kiosks
from survey.operations.collecting.responses import import_responses
from survey.operations.exports.full_rows import export_full_rows
from survey.operations.feedback import desk
from survey.operations.feedback.desk import FeedbackDesk
from survey.operations.feedback.receipts import follow_case, forget_contacts, rate_answer, receipt_of
from survey.operations.feedback.reminders import remind
from survey.operations.feedback.screening import decide
from survey.operations.jobs import jobs
from survey.operations.keeping.retention import forget_overdue
from survey.operations.plans import plans
from survey.operations.plans.findings import Fallen
from survey.operations.plans.order import Way, move_task
from survey.operations.publishing.publishing import Order, Stage, publish_stages
from survey.operations.registry import agencies as registry
from survey.operations.registry import codes
from survey.operations.registry.code_trail import ReplacementReason
from survey.operations.registry.codes import Acting
from survey.operations.registry.csv_import import import_registry
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.operations.registry.preview import apply_import, preview_import
from survey.operations.rounds import rounds
from survey.operations.rounds.rounds import NewRound
from survey.operations.rounds.visit_files import import_visits
from survey.operations.rounds.visits_page import (
    TypedVisits,
    VisitUnit,
    enter_visits,
    find_visit_sheet,
    load_visit_table,
)
from survey.operations.sampling import designs
from survey.operations.staff import accounts, api_keys, people, second_factor
from survey.operations.staff.accounts import make_attempt
from survey.operations.staff.people import Rights
from survey.operations.staff.rights import Role, Scope
from survey.operations.staff.second_factor import reset_second_factor
from survey.operations.uploads.tables import TableRow
from survey.responses import HalfDay
from survey.store.collecting.entry import KeyedSheet as PaperSheet
from survey.store.collecting.responses import save_responses
from survey.store.collecting.settling import settle
from survey.store.engine import Store
from survey.store.feedback.tables import feedback_case
from survey.store.jobs.jobs import Job, JobState, find_job
from survey.store.plans.plans import Plan
from survey.store.plans.progress import TaskProgress
from survey.store.registry.editing import agency_version
from survey.store.registry.points import find_point
from survey.store.rounds.rounds import find_held
from survey.store.staff.accounts import Account, find_account
from tests.together.scenes import (
    ANSWERS,
    BY,
    CASE_KEYS,
    DAY,
    DAYS,
    ENDING,
    KEY,
    NEXT,
    OLD,
    OPEN,
    OVER,
    PASSWORD,
    SEALED,
    TAKER,
    TODAY,
    A,
    B,
    C,
    new_response,
    points,
    task,
)
from tests.turns import wait_for_room

Thunk: TypeAlias = Callable[[], object]
MERGED_ON = TODAY + 5 * DAY
PERIOD = TODAY - 5 * DAY, TODAY
LATER = TODAY - 3 * DAY, TODAY + DAY
EVERYTHING = Scope(None)


@dataclass(frozen=True, slots=True)
class Act:
    """An act, the functions whose decision it tries, and how it begins."""

    name: str
    covers: tuple[str, ...]
    begin: Callable[[Store], Thunk]


ACTS: dict[str, Act] = {}


def tries(*covers: str) -> Callable[[Callable[[Store], Thunk]], Callable[[Store], Thunk]]:
    """Name what an act tries."""

    def note(begin: Callable[[Store], Thunk]) -> Callable[[Store], Thunk]:
        ACTS[begin.__name__] = Act(begin.__name__, covers, begin)
        return begin

    return note


# The registry.


@tries("registry.agencies.add_agency")
def add_an_agency(store: Store) -> Thunk:
    return partial(registry.add_agency, store, Agency("N", "Cơ quan N", "N", "khối"), staff=BY)


@tries("registry.agencies.add_agency")
def add_it_in_small_letters(store: Store) -> Thunk:
    return partial(registry.add_agency, store, Agency("n", "Cơ quan n", "n", "khối"), staff=BY)


def _edit_agency(store: Store, code: str, **values: object) -> Thunk:
    with store.reading() as connection:
        seen = agency_version(connection, code)
    edit = partial(replace, **values)
    return partial(registry.change_agency, store, code, edit, seen=seen, staff=BY)


@tries("registry.agencies.change_agency")
def put_a_under_b(store: Store) -> Thunk:
    return _edit_agency(store, A, parent_code=B)


@tries("registry.agencies.change_agency")
def put_b_under_a(store: Store) -> Thunk:
    return _edit_agency(store, B, parent_code=A)


@tries("registry.agencies.change_agency")
def end_an_agency(store: Store) -> Thunk:
    return _edit_agency(store, OVER, valid_to=MERGED_ON)


@tries("registry.agencies.add_point")
def add_a_point(store: Store) -> Thunk:
    return partial(registry.add_point, store, ServicePoint("", OVER, "Quầy mới"), staff=BY)


def _edit_point(store: Store, agency: str, **values: object) -> Thunk:
    code = points(store)[agency]
    with store.reading() as connection:
        seen = find_point(connection, code).version
    edit = partial(replace, **values)
    return partial(registry.change_point, store, code, edit, seen=seen, staff=BY, today=TODAY)


@tries("registry.agencies.change_point")
def rename_a_point(store: Store) -> Thunk:
    return _edit_point(store, A, name="Quầy khác")


def _acting(store: Store, agency: str) -> Acting:
    code = points(store)[agency]
    with store.reading() as connection:
        return Acting(BY, code, find_point(connection, code).version, TODAY)


@tries("registry.codes.replace_code")
def replace_a_code(store: Store) -> Thunk:
    return partial(codes.replace_code, store, _acting(store, A), reason=next(iter(ReplacementReason)))


@tries("registry.codes.revoke_code")
def revoke_a_code(store: Store) -> Thunk:
    return partial(codes.revoke_code, store, _acting(store, A))


@tries("registry.codes.move_code")
def move_a_code(store: Store) -> Thunk:
    return partial(codes.move_code, store, _acting(store, A), name="Chỗ khác", day=TODAY)


@tries("registry.codes.undo_ending")
def undo_an_ending(store: Store) -> Thunk:
    return partial(codes.undo_ending, store, _acting(store, A))


def _sheets(store: Store) -> tuple[RegistrySheet, RegistrySheet]:
    own = {"code": A, "name": "Cơ quan A mới", "short_name": A, "block": "khối"}
    empty = {"parent_code": "", "valid_from": "", "valid_to": "", "successor_code": ""}
    old = {"agency_code": A, "name": "Quầy A, tầng 2", "code": points(store)[A], "valid_from": "", "valid_to": ""}
    new = {"agency_code": B, "name": "Quầy nhập", "code": "", "valid_from": "", "valid_to": ""}
    return RegistrySheet(AGENCIES, (TableRow(2, {**own, **empty}),)), RegistrySheet(
        SERVICE_POINTS, (TableRow(2, old), TableRow(3, new))
    )


@tries("registry.preview.apply_import")
def confirm_a_table(store: Store) -> Thunk:
    sheets = _sheets(store)
    return partial(apply_import, store, sheets, seen=preview_import(store, sheets).digest, staff=BY)


@tries("registry.csv_import.import_registry")
def import_a_folder(store: Store) -> Thunk:
    folder = Path(mkdtemp())
    for sheet in _sheets(store):
        columns = sheet.layout.columns
        rows = (",".join(f'"{row.cells[one]}"' for one in columns) for row in sheet.rows)
        (folder / sheet.layout.file).write_text("\n".join((",".join(columns), *rows)), encoding="utf-8")
    return partial(import_registry, store, folder)


def _merger(store: Store, source: str, target: str) -> Thunk:
    wish = MergerWish(MERGED_ON, (source,), (target,), (), {})
    seen = plan_takeover(store, wish, today=TODAY).digest
    return partial(take_over, store, wish, seen=seen, today=TODAY, by=BY)


@tries("registry.mergers.take_over")
def merge_a_into_b(store: Store) -> Thunk:
    return _merger(store, A, B)


@tries("registry.mergers.take_over")
def merge_b_into_c(store: Store) -> Thunk:
    return _merger(store, B, C)


@tries("registry.mergers.take_over")
def merge_b_into_a(store: Store) -> Thunk:
    return _merger(store, B, A)


@tries("registry.merger_undo.undo_takeover")
def undo_a_merger(store: Store) -> Thunk:
    if find_takeover(store, ENDING) is None:
        _merger(store, ENDING, TAKER)()
    found = find_takeover(store, ENDING)
    assert found
    return partial(undo_takeover, store, ENDING, reopened=(), seen=found.digest, today=TODAY, by=BY)


# Rounds and visits.


def _round(code: str, first: int, last: int) -> NewRound:
    opens = TODAY + timedelta(days=first)
    return NewRound(code, f"Đợt {code}", "sipas-2023", opens, TODAY + timedelta(days=last))


@tries("rounds.rounds.open_round")
def open_a_round(store: Store) -> Thunk:
    return partial(rounds.open_round, store, _round("new", 50, 70), today=TODAY, by=BY)


@tries("rounds.rounds.open_round")
def open_another_round(store: Store) -> Thunk:
    return partial(rounds.open_round, store, _round("other", 60, 80), today=TODAY, by=BY)


def _edit_round(store: Store, code: str, wanted: NewRound) -> Thunk:
    with store.reading() as connection:
        version = find_held(connection, code).version
    return partial(rounds.change_round, store, wanted, version=version, today=TODAY, by=BY)


@tries("rounds.rounds.change_round")
def lengthen_a_round(store: Store) -> Thunk:
    return _edit_round(store, NEXT, _round(NEXT, 30, 55))


@tries("rounds.rounds.change_round")
def name_other_agencies(store: Store) -> Thunk:
    wanted = replace(_round(OPEN, -9, 20), agencies=frozenset({A, B, C}))
    return _edit_round(store, OPEN, wanted)


@tries("rounds.rounds.close_round")
def close_a_round(store: Store) -> Thunk:
    return partial(rounds.close_round, store, OPEN, today=TODAY, by=BY)


@tries("rounds.rounds.set_goals")
def set_a_goal(store: Store) -> Thunk:
    with store.reading() as connection:
        version = find_held(connection, OPEN).version
    return partial(rounds.set_goals, store, OPEN, {A: 50}, version=version, today=TODAY, by=BY)


def _design(store: Store, population: int) -> Thunk:
    seen = designs.find_design(store, SEALED).number
    new = designs.GivenFile(f"agency_code,population\n{A},{population}\n".encode(), "design.csv")
    return partial(designs.give_design, store, SEALED, new, today=TODAY, by=BY, seen=seen)


@tries("sampling.designs.give_design")
def give_a_design(store: Store) -> Thunk:
    return _design(store, 100)


@tries("sampling.designs.give_design")
def give_another_design(store: Store) -> Thunk:
    return _design(store, 200)


def _type(store: Store, period: tuple, visits: int) -> Thunk:
    unit = VisitUnit("", A, "Cơ quan A")
    return partial(enter_visits, store, TypedVisits(period, {unit: visits}, {}), by=BY)


@tries("rounds.visits_page.enter_visits")
def type_visits(store: Store) -> Thunk:
    return _type(store, PERIOD, 10)


@tries("rounds.visits_page.enter_visits")
def type_visits_of_other_days(store: Store) -> Thunk:
    return _type(store, LATER, 20)


def _visits(period: tuple) -> bytes:
    return f"service_point_code,agency_code,from,to,visits\n,{A},{period[0]},{period[1]},30\n".encode()


@tries("rounds.visit_files.import_visits")
def load_visits(store: Store) -> Thunk:
    return partial(import_visits, store, _visits(PERIOD), name="visits.csv")


@tries("rounds.visits_page.load_visit_table")
def upload_visits(store: Store) -> Thunk:
    sheet = find_visit_sheet(store, OPEN, EVERYTHING)
    return partial(load_visit_table, store, sheet, _visits(LATER), name="visits.csv", by=BY)


# People, keys and tablets.


def _account(store: Store, name: str) -> Account:
    with store.reading() as connection:
        found = find_account(connection, name)
    assert found
    return found


@tries("staff.accounts.add_staff")
def add_a_person(store: Store) -> Thunk:
    return partial(accounts.add_staff, store, "moi", role=Role.CLERK, agency_code=A)


@tries("staff.accounts.reset_staff")
def reset_by_command(store: Store) -> Thunk:
    return partial(accounts.reset_staff, store, "ma")


@tries("staff.accounts.disable_staff")
def disable_by_command(store: Store) -> Thunk:
    return partial(accounts.disable_staff, store, "ma")


@tries("staff.accounts._admitted")
def sign_in(store: Store) -> Thunk:
    attempt = make_attempt(KEY, username="ma", password=PASSWORD, address="127.0.0.1")
    return partial(accounts.sign_in, store, attempt)


@tries("staff.accounts.sign_out")
def sign_out(store: Store) -> Thunk:
    begun = sign_in(store)()
    return partial(accounts.sign_out, store, begun.signed_in)


@tries("staff.accounts._change_password")
def change_a_password(store: Store) -> Thunk:
    begun = sign_in(store)()
    attempt = make_attempt(KEY, username="ma", password=PASSWORD, address="127.0.0.1")
    new = "một mật khẩu khác hẳn"
    return partial(accounts.change_password, store, attempt, new=new, asking=begun.signed_in)


@tries("staff.second_factor.set_up")
def set_up_a_factor(store: Store) -> Thunk:
    begun = sign_in(store)().signed_in
    return partial(second_factor.set_up, store, KEY, begun, code=_code(second_factor.offer_secret(KEY, begun)))


@tries("staff.second_factor._prove")
def prove_a_code(store: Store) -> Thunk:
    begun = sign_in(store)().signed_in
    if begun.account.totp_secret is None:
        secret = second_factor.offer_secret(KEY, begun)
        second_factor.set_up(store, KEY, begun, code=_code(secret))
        _SECRETS["ma"] = secret
        begun = sign_in(store)().signed_in
    # The code of the step before this one has not been used.
    code = _code(_SECRETS["ma"], steps=-1)
    return partial(second_factor.prove, store, KEY, begun, code=code, address="127.0.0.1")


_SECRETS: dict[str, str] = {}


def _code(secret: str, *, steps: int = 0) -> str:
    # A code that is old when the act comes to it is another matter.
    wait_for_room(3, within=second_factor.STEP_SECONDS)
    totp = TOTP(secret, interval=second_factor.STEP_SECONDS)
    return totp.generate_otp(int(time.time()) // second_factor.STEP_SECONDS + steps)


@tries("staff.people.change_rights")
def take_rights_from_one(store: Store) -> Thunk:
    one = _account(store, "admin")
    return partial(people.change_rights, store, one.id, Rights(Role.AUDITOR, None, one.version), by=BY)


@tries("staff.people.change_rights")
def move_a_manager(store: Store) -> Thunk:
    one = _account(store, "ma")
    return partial(people.change_rights, store, one.id, Rights(Role.MANAGER, B, one.version), by=BY)


@tries("staff.people.disable_person")
def disable_the_other(store: Store) -> Thunk:
    return partial(people.disable_person, store, _account(store, "boss").id, by=BY)


@tries("staff.people.disable_person")
def disable_a_person(store: Store) -> Thunk:
    return partial(people.disable_person, store, _account(store, "ma").id, by=BY)


@tries("staff.people.enable_person")
def enable_a_person(store: Store) -> Thunk:
    return partial(people.enable_person, store, _account(store, "ma").id, by=BY)


@tries("staff.people.give_new_password")
def give_a_password(store: Store) -> Thunk:
    return partial(people.give_new_password, store, _account(store, "ma").id, by=BY)


@tries("staff.people.end_sessions")
def end_sessions(store: Store) -> Thunk:
    return partial(people.end_sessions, store, _account(store, "ma").id, by=BY)


@tries("staff.people.end_other_sessions")
def end_other_sessions(store: Store) -> Thunk:
    return partial(people.end_other_sessions, store, sign_in(store)().signed_in)


@tries("staff.second_factor.reset_second_factor")
def reset_a_factor(store: Store) -> Thunk:
    return partial(reset_second_factor, store, "ma")


@tries("exports.full_rows.export_full_rows")
def export_rows(store: Store) -> Thunk:
    return partial(export_full_rows, store, OPEN, staff="boss", reason="Kiểm tra số liệu")


@tries("staff.api_keys.add_key")
def add_a_key(store: Store) -> Thunk:
    return partial(api_keys.add_key, store, "Cổng dữ liệu", today=TODAY, agency_code=A)


@tries("staff.api_keys.revoke_key")
def revoke_a_key(store: Store) -> Thunk:
    made = api_keys.add_key(store, "Cổng cũ", today=TODAY)
    return partial(api_keys.revoke_key, store, made.number, today=TODAY)


@tries("collecting.kiosks.add_kiosk")
def add_a_tablet(store: Store) -> Thunk:
    new = kiosks.NewKiosk(points(store)[A], "Máy mới", "1234", 10)
    return partial(kiosks.add_kiosk, store, new, scope=EVERYTHING, by=BY, today=TODAY)


@tries("collecting.kiosks.revoke_kiosk")
def revoke_a_tablet(store: Store) -> Thunk:
    (one,) = kiosks.list_kiosks(store, EVERYTHING)
    return partial(kiosks.revoke_kiosk, store, one.id, scope=EVERYTHING, by=BY, today=TODAY)


# Paper.


@tries("collecting.entry.open_batch")
def open_a_batch(store: Store) -> Thunk:
    new = entry.ChosenBatch(OPEN, points(store)[A], TODAY - DAY, False)
    return partial(entry.open_batch, store, new, staff=BY, today=TODAY)


@tries("collecting.entry._open_desk")
def key_a_sheet(store: Store) -> Thunk:
    return partial(entry.key_sheet, store, 1, PaperSheet(2, 1, ANSWERS, BY), seen="", today=TODAY)


@tries("collecting.entry._open_desk")
def remove_a_sheet(store: Store) -> Thunk:
    return partial(entry.remove_sheet, store, 1, 1, 1, today=TODAY)


@tries("collecting.entry._open_desk")
def store_a_batch(store: Store) -> Thunk:
    return partial(entry.store_batch, store, 1, staff=BY, today=TODAY)


@tries("collecting.entry.discard_batch")
def discard_a_batch(store: Store) -> Thunk:
    return partial(entry.discard_batch, store, 1, staff=BY, today=TODAY)


# Feedback.


def _desk(store: Store) -> FeedbackDesk:
    return FeedbackDesk(store, EVERYTHING, BY, TODAY, DAYS)


def _case(store: Store) -> str:
    with store.reading() as connection:
        code: str = connection.scalar(select(feedback_case.c.code).order_by(feedback_case.c.code).limit(1))
    return code


@tries("feedback.desk.assign")
def assign_a_case(store: Store) -> Thunk:
    return partial(desk.assign, _desk(store), _case(store), _account(store, "ma").id, seen=1)


@tries("feedback.desk.note")
def note_on_a_case(store: Store) -> Thunk:
    return partial(desk.note, _desk(store), _case(store), "đã gọi điện")


@tries("feedback.desk.answer")
def answer_a_case(store: Store) -> Thunk:
    return partial(desk.answer, _desk(store), _case(store), "Đã khắc phục.", seen=1)


@tries("feedback.desk.send_on")
def send_a_case_on(store: Store) -> Thunk:
    return partial(desk.send_on, _desk(store), _case(store), C, "không đúng thẩm quyền", seen=1)


@tries("feedback.desk.refuse")
def refuse_a_case(store: Store) -> Thunk:
    return partial(desk.refuse, _desk(store), _case(store), "không thuộc thẩm quyền", seen=1)


@tries("feedback.desk.publish")
def publish_a_case(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(desk.publish, _desk(store), _case(store), "Chờ lâu", "Đã khắc phục.", seen=2)


@tries("feedback.desk.withdraw")
def withdraw_a_case(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.published_on is None:
        publish_a_case(store)()
    return partial(desk.withdraw, _desk(store), _case(store), seen=3)


@tries("feedback.reminders.remind")
def remind_of_cases(store: Store) -> Thunk:
    return partial(remind, store, DAYS, today=TODAY, days=3)


# Plans.


@tries("plans.plans.make_plan")
def make_a_plan(store: Store) -> Thunk:
    return partial(plans.make_plan, store, Plan(B, None, 2026, "Kế hoạch B"), Fallen(), today=TODAY, staff=BY)


@tries("plans.plans.copy_plan")
def copy_a_plan(store: Store) -> Thunk:
    new = Plan(A, None, 2027, "Kế hoạch 2027")
    return partial(plans.copy_plan, store, 1, new, Fallen(), today=TODAY, staff=BY)


@tries("plans.plans.change_plan")
def change_a_plan(store: Store) -> Thunk:
    return partial(plans.change_plan, store, 1, Plan(A, None, 2026, "Tên khác"), seen=1, staff=BY)


@tries("plans.plans.remove_plan")
def remove_a_plan(store: Store) -> Thunk:
    return partial(plans.remove_plan, store, 1, seen=plans.find_sheet(store, 1).digest, staff=BY)


@tries("plans.plans.take_findings")
def take_findings(store: Store) -> Thunk:
    return partial(plans.take_findings, store, 1, Fallen(), staff=BY)


@tries("plans.plans.add_task")
def add_a_task(store: Store) -> Thunk:
    return partial(plans.add_task, store, 1, replace(task("mới"), owners=(B,)), staff=BY)


@tries("plans.plans.change_task")
def change_a_task(store: Store) -> Thunk:
    return partial(plans.change_task, store, 1, 2, task("sửa"), seen=1, staff=BY)


@tries("plans.plans.remove_task")
def remove_a_task(store: Store) -> Thunk:
    return partial(plans.remove_task, store, 1, 2, seen=1, staff=BY)


@tries("plans.plans.report_progress")
def report_progress(store: Store) -> Thunk:
    kept = next(one.kept for one in plans.find_sheet(store, 1).tasks if one.kept.id == 2)
    return partial(plans.report_progress, store, 1, kept, TaskProgress(TODAY, BY, 100, "xong", ""), seen=1)


@tries("plans.order.move_task")
def move_a_task(store: Store) -> Thunk:
    return partial(move_task, store, 1, 2, Way.UP, seen=1, past=1, staff=BY)


# Responses, publications and the night.


@tries("collecting.responses.import_responses")
def import_answers(store: Store) -> Thunk:
    head = "collected_on,half_day,service_point_code,mode," + ",".join(f"A{number}" for number in range(1, 4))
    rows = "".join(f"{TODAY - DAY},am,{points(store)[A]},import,5,4,{number % 5 + 1}\n" for number in range(11))
    data = f"{head}\n{rows}".encode()
    return partial(import_responses, store, data, name="answers.csv", round_code=OPEN, today=TODAY)


def _publish(store: Store, code: str) -> Thunk:
    def run() -> None:
        with closing(publish_stages(store, code, Order(TODAY))) as stages:
            for stage in stages:
                if stage is Stage.DRAWING:
                    break

    return run


@tries("publishing.publishing._save", "publishing.publishing.publish_stages")
def publish_for_now(store: Store) -> Thunk:
    return _publish(store, OPEN)


@tries("publishing.publishing._save", "publishing.publishing.publish_stages")
def publish_the_last_word(store: Store) -> Thunk:
    return _publish(store, SEALED)


@tries("feedback.screening.decide")
def screen_comments(store: Store) -> Thunk:
    shown = {bytes([9, 1] * 8): "Lời một"}
    return partial(decide, store, OLD, shown, seen={}, today=TODAY, by=BY)


@tries("keeping.retention._forget", "keeping.retention.forget_overdue")
def forget_answers(store: Store) -> Thunk:
    return partial(forget_overdue, store, today=TODAY, without_run=True)


@tries("feedback.receipts._forget_contacts", "feedback.receipts.forget_contacts")
def forget_all_contacts(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(forget_contacts, store, today=TODAY + 100 * DAY, days=90)


@tries("collecting.settling._rewrite_cases", "collecting.settling.settle")
def settle_the_night(store: Store) -> Thunk:
    return partial(settle, store, (TODAY, HalfDay.MORNING))


@tries("feedback.receipts.rate_answer")
def rate_an_answer(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    receipt = next(one for one in map(receipt_of, CASE_KEYS) if one.code == _case(store))
    found = follow_case(store, receipt.code, receipt.secret, today=TODAY)
    assert found
    return partial(rate_answer, store, receipt, read=found.answer_mark, satisfied=True, today=TODAY)


@tries("feedback.desk.answer")
def correct_an_answer(store: Store) -> Thunk:
    if desk.find_case(_desk(store), _case(store)).case.is_open:
        answer_a_case(store)()
    return partial(desk.answer, _desk(store), _case(store), "Đã sửa câu trả lời.", seen=2)


# Work in the background, begun on two machines: only the row tells one of the other.

# Seconds since 1970: a sign of life that is never too old.
ALWAYS = 4e9


def _batch_on(machine: str) -> Job:
    return Job("posters", "1", BY, "{}", JobState.RUNNING, ALWAYS, {}, None, "", f"{machine} 1", ALWAYS, 1)


@tries("jobs.jobs._write_down")
def begin_a_batch_here(store: Store) -> Thunk:
    return partial(jobs._write_down, store, _batch_on("here"))


@tries("jobs.jobs._write_down")
def begin_it_there(store: Store) -> Thunk:
    return partial(jobs._write_down, store, _batch_on("there"))


@tries("jobs.jobs._give_up")
def give_a_batch_up(store: Store) -> Thunk:
    with store.reading() as connection:
        begun = find_job(connection, "posters", "1")
    return partial(jobs._give_up, store, begun or _batch_on("here"))


# Citizens, who hold nothing.


@tries()
def answer_with_words(store: Store) -> Thunk:
    row = new_response(bytes([5, 1] * 8), 3, TODAY - DAY, "Phục vụ tốt")
    return partial(save_responses, store, [row])


@tries()
def answer_again(store: Store) -> Thunk:
    row = new_response(bytes([5, 2] * 8), 3, TODAY - DAY, "Phục vụ tốt")
    save_responses(store, [row])
    return partial(save_responses, store, [row])
