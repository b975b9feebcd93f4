"""The desk for feedback: the list, a case with all that can be done to it, and pages that ask once before a deed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import CaseError, ChangedMeanwhileError, UnknownCodeError
from survey.formatting import vietnamese_key
from survey.forms.feedback import AnswerForm, AssignForm, NoteForm, PublishForm, RefuseForm, SendOnForm
from survey.forms.registry import VersionedForm
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.feedback import desk as cases
from survey.operations.feedback.desk import EVENT_WORDS, CaseFile, CaseLine, FeedbackDesk, may_amend
from survey.operations.feedback.receipts import open_contact
from survey.operations.rounds.lists import has_simulated
from survey.operations.staff.accounts import note_act
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.staff.acts import Act, Kind
from survey.typed.masking import mask_personal
from survey.web.door.door import empty_form
from survey.web.door.register import bind_form, expired_page, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.saying import tell
from survey.wording import mark

bp = staff_area(
    "cases",
    "/staff/cases",
    done={
        "assigned": mark("Đã phân công."),
        "noted": mark("Đã lưu ghi chú."),
        "answered": mark("Đã lưu trả lời. Người gửi xem được ngay bằng mã của mình."),
        "refused": mark("Đã kết thúc xử lý; người gửi đọc được lý do bằng mã của mình."),
        "published": mark("Đã đăng công khai. Có thể gỡ bất cứ lúc nào."),
        "withdrawn": mark("Đã gỡ khỏi trang công khai. Nội dung đã duyệt vẫn được giữ để đăng lại."),
        "sent-on": mark("Đã chuyển sang cơ quan khác."),
    },
)

KINDS = {"complaint": mark("Phản ánh"), "suggestion": mark("Kiến nghị")}
STATES = {
    "received": mark("Mới tiếp nhận"),
    "assigned": mark("Đang xử lý"),
    "answered": mark("Đã trả lời"),
    "refused": mark("Không thuộc thẩm quyền"),
}
# What the list is narrowed to: its title, and the states that belong to it.
FILTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": (mark("Chưa trả lời"), ("received", "assigned")),
    "overdue": (mark("Quá hạn"), ("received", "assigned")),
    "mine": (mark("Giao cho tôi"), ("assigned",)),
    "new": (mark("Chưa phân công"), ("received",)),
    "unpublished": (mark("Đã trả lời, chưa đăng"), ("answered",)),
    "published": (mark("Đã đăng"), ("answered",)),
    "refused": (mark("Không thuộc thẩm quyền"), ("refused",)),
    "all": (mark("Tất cả"), tuple(STATES)),
}
COLUMNS: tuple[ListColumn[CaseLine], ...] = (
    ListColumn("code", mark("Mã và nội dung"), lambda line: line.case.code),
    ListColumn("kind", mark("Loại"), lambda line: line.case.kind),
    ListColumn("agency", mark("Cơ quan"), lambda line: vietnamese_key(line.agency.name)),
    ListColumn("received", mark("Ngày tiếp nhận"), lambda line: line.case.received_on),
    ListColumn("due", mark("Hạn trả lời"), lambda line: line.case.due_on),
    ListColumn("assignee", mark("Người xử lý"), lambda line: line.case.assignee or ""),
    ListColumn("state", mark("Trạng thái"), lambda line: line.case.state),
)


@bp.get("")
@requires(Permission.HANDLE_CASES)
def show_all() -> ResponseReturnValue:
    """List the cases of the desk, overdue ones first."""
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in FILTERS else ""
    lines = [line for line in cases.list_cases(_desk(), FILTERS[chosen][1]) if _belongs(line, chosen)]
    listing = make_listing(lines, COLUMNS, text=_searched)
    return _page("list", listing=listing, any=bool(lines), filters=FILTERS, chosen=chosen)


def _belongs(line: CaseLine, chosen: str) -> bool:
    is_published, mine = line.case.published_on is not None, line.case.assignee == signed_in().account.username
    told = {"unpublished": not is_published, "published": is_published, "overdue": line.overdue, "mine": mine}
    return told.get(chosen, True)


def _searched(line: CaseLine) -> str:
    case = line.case
    words = (
        case.code,
        case.opening,
        tell(KINDS[case.kind]),
        line.agency.name,
        tell(STATES[case.state]),
        case.assignee or "",
    )
    return " ".join(words)


@bp.get("/<code>")
@requires(Permission.HANDLE_CASES)
def show(code: str) -> ResponseReturnValue:
    """Show a case."""
    return _case_page(_found(code))


@bp.post("/<code>/assign")
@requires(Permission.HANDLE_CASES)
def assign(code: str) -> ResponseReturnValue:
    """Give a case to somebody."""
    form = bind_form(AssignForm)
    return _act(code, form, "assigned", lambda desk, seen: cases.assign(desk, code, form.to.data or 0, seen=seen))


@bp.post("/<code>/note")
@requires(Permission.HANDLE_CASES)
def note(code: str) -> ResponseReturnValue:
    """Write something down."""
    form = bind_form(NoteForm)
    return _act(code, form, "noted", lambda desk, _seen: cases.note(desk, code, form.note.data))


@bp.post("/<code>/answer")
@requires(Permission.HANDLE_CASES)
def answer(code: str) -> ResponseReturnValue:
    """Answer a case, or correct its answer."""
    form = bind_form(AnswerForm)
    return _act(code, form, "answered", lambda desk, seen: cases.answer(desk, code, form.answer.data, seen=seen))


@dataclass(frozen=True, slots=True)
class _Deed:
    """An act with a page of its own: its form, what it is written down as, and what does it."""

    form: type[VersionedForm]
    done: str
    do: Callable[[FeedbackDesk, str, VersionedForm], None]


def _send_on(desk: FeedbackDesk, code: str, form: VersionedForm) -> None:
    cases.send_on(desk, code, form.agency.data or "", form.reason.data, seen=form.version.data)


def _refuse(desk: FeedbackDesk, code: str, form: VersionedForm) -> None:
    cases.refuse(desk, code, form.reason.data, seen=form.version.data)


def _publish(desk: FeedbackDesk, code: str, form: VersionedForm) -> None:
    cases.publish(desk, code, form.text.data, form.answer.data, seen=form.version.data)


def _withdraw(desk: FeedbackDesk, code: str, form: VersionedForm) -> None:
    cases.withdraw(desk, code, seen=form.version.data)


DEEDS = {
    "send-on": _Deed(SendOnForm, "sent-on", _send_on),
    "refuse": _Deed(RefuseForm, "refused", _refuse),
    "publish": _Deed(PublishForm, "published", _publish),
    "withdraw": _Deed(VersionedForm, "withdrawn", _withdraw),
}


@bp.route("/<code>/send-on", methods=["GET", "POST"], defaults={"name": "send-on"})
@bp.route("/<code>/refuse", methods=["GET", "POST"], defaults={"name": "refuse"})
@bp.route("/<code>/publish", methods=["GET", "POST"], defaults={"name": "publish"})
@bp.route("/<code>/withdraw", methods=["GET", "POST"], defaults={"name": "withdraw"})
@requires(Permission.HANDLE_CASES)
def deed(code: str, name: str) -> ResponseReturnValue:
    """Ask once, then do it."""
    case_file, chosen = _found(code), DEEDS[name]
    form = bind_form(chosen.form)
    if request.method == "GET":
        _prefill(form, case_file)
        return _deed_page(name, form, case_file)
    _offer(form, case_file)
    if not form.validate():
        return expired_page() if form.token.errors else (_deed_page(name, form, case_file), 400)
    try:
        chosen.do(_desk(), code, form)
    except ChangedMeanwhileError:
        case_file = _found(code)
        return _deed_page(name, _at_version(form, case_file), case_file, changed=True), 409
    except CaseError as error:
        form.form_errors.append(str(error))
        return _deed_page(name, form, case_file), 400
    return redirect(url_for("cases.show_all" if name == "send-on" else "cases.show", code=code, done=chosen.done), 303)


def _prefill(form: VersionedForm, found: CaseFile) -> None:
    form.version.data = found.case.version
    _offer(form, found)
    if isinstance(form, PublishForm):
        form.text.data = found.case.public_text or mask_personal(found.case.text)
        form.answer.data = found.case.public_answer or found.case.answer


def _offer(form: VersionedForm, case_file: CaseFile) -> None:
    if isinstance(form, SendOnForm):
        offered, here = cases.offered_agencies(services().store, today_in_vietnam()), case_file.line.agency.code
        others = sorted(offered, key=lambda agency: vietnamese_key(agency.name))
        form.agency.choices = [
            ("", mark("Chọn cơ quan")),
            *((agency.code, agency.name) for agency in others if agency.code != here),
        ]


def _deed_page(name: str, form: VersionedForm, found: CaseFile, *, changed: bool = False) -> str:
    return _page(name.replace("-", "_"), form=form, found=found, changed=changed)


def _act(code: str, form: StaffForm, done: str, do: Callable[[FeedbackDesk, int], None]) -> ResponseReturnValue:
    """Do what a form on the case's page asks, or show the page again with what was typed."""
    case_file = _found(code)
    if not form.validate():
        return expired_page() if form.token.errors else (_case_page(case_file, form), 400)
    try:
        do(_desk(), form.version.data if isinstance(form, VersionedForm) else 0)
    except ChangedMeanwhileError:
        case_file = _found(code)
        return _case_page(case_file, _at_version(form, case_file), changed=True), 409
    except CaseError as error:
        form.form_errors.append(str(error))
        return _case_page(case_file, form), 400
    return redirect(url_for("cases.show", code=code, done=done), 303)


def _at_version(form: StaffForm, found: CaseFile) -> StaffForm:
    """Let what was typed be sent again on top of what somebody else saved."""
    form.version.data, form.version.raw_data = found.case.version, None
    return form


def _case_page(case_file: CaseFile, sent: StaffForm | None = None, *, changed: bool = False) -> str:
    kinds = (AssignForm, NoteForm, AnswerForm)
    forms = {kind: sent if isinstance(sent, kind) else _fresh(kind, case_file) for kind in kinds}
    forms[AssignForm].to.choices = [(0, mark("Chọn người xử lý")), *case_file.colleagues.items()]
    contact = _read_contact(case_file)
    return _page(
        "case",
        found=case_file,
        assigning=forms[AssignForm],
        noting=forms[NoteForm],
        answering=forms[AnswerForm],
        faulty=sent,
        changed=changed,
        may_answer=case_file.case.is_open or may_amend(case_file.case),
        contact=contact,
        events=EVENT_WORDS,
    )


def _read_contact(case_file: CaseFile) -> str | None:
    """Return how to reach the sender, which is written down; nothing where there is no contact."""
    sealed = case_file.case.contact
    if not sealed:
        return ""
    note_act(services().store, signed_in(), Act.CONTACT_READ, Kind.CASE.named(case_file.case.code))
    return open_contact(services().settings.secret_keys, sealed)


def _fresh(kind: type[StaffForm], case_file: CaseFile) -> StaffForm:
    form = empty_form(kind)
    if isinstance(form, VersionedForm):
        form.version.data = case_file.case.version
    if isinstance(form, AssignForm):
        form.to.data = case_file.case.assigned_to or 0
    if isinstance(form, AnswerForm):
        form.answer.data = case_file.case.answer if may_amend(case_file.case) else ""
    return form


def _found(code: str) -> CaseFile:
    try:
        return cases.find_case(_desk(), code)
    except UnknownCodeError:
        abort(404)


def _desk() -> FeedbackDesk:
    made, username = services(), signed_in().account.username
    return FeedbackDesk(made.store, own_scope(), username, today_in_vietnam(), made.working_days)


def _page(name: str, **shown: object) -> str:
    made = services()
    own = {"kinds": KINDS, "states": STATES, "simulated": has_simulated(made.store)}
    own["petitions"] = made.settings.petition_office
    return render_template(f"staff/feedback/{name}.html", **own, **shown)
