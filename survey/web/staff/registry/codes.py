"""The life of a code: a service point's prints and history, and the acts on its code, each asked once."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import is_code
from survey.forms.posters import MoveCodeForm, PosterCodeForm, ReplaceForm
from survey.forms.staff import StaffForm
from survey.operations.clock import local_time, today_in_vietnam
from survey.operations.posters.batches import printed_on
from survey.operations.posters.posters import PosterSize, serial_of
from survey.operations.registry import codes
from survey.operations.registry.code_trail import ReplacementReason, in_words
from survey.operations.registry.codes import Acting, Life
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.posters.posters import PosterBatch, list_batches_of_point
from survey.web.door.register import bind_form, expired_page, own_agency, own_scope, requires, signed_in, staff_area
from survey.web.staff.posters.designs import DESIGNS
from survey.wording import mark

bp = staff_area(
    "codes",
    "/staff/points",
    done={
        "replaced": mark(
            "Đã cấp mã này thay cho mã cũ. Việc tiếp theo: in áp phích của mã này, treo lên và gỡ áp phích cũ."
        ),
        "revoked": mark("Đã thu hồi mã. Hãy gỡ mọi áp phích, nhãn dán có mã này."),
        "moved": mark(
            "Đã ghi nơi treo mới. Áp phích cũ vẫn quét được nhưng còn ghi tên cũ: hãy in lại để treo ở chỗ mới."
        ),
        "undone": mark("Đã hoàn tác: mã này được dùng lại như trước."),
    },
)


@dataclass(frozen=True, slots=True)
class PrintLine:
    """A print of one poster: when, by whom, in which design, and the serial on it."""

    batch: PosterBatch
    made: str
    design: str
    serial: str


@bp.get("/<code>")
@requires(Permission.SEE_FIELDWORK)
def show(code: str) -> ResponseReturnValue:
    """Show a service point with its code, its prints, and what happened to the code."""
    life = _own_life(code)
    with services().store.reading() as connection:
        batches = list_batches_of_point(connection, life.row.id)
    return _page(
        "point",
        life,
        prints=[_print_line(batch, code) for batch in batches],
        history=[
            (f"{local_time(event.at):%d/%m/%Y %H:%M}", in_words(event, code), event.staff) for event in life.events
        ],
        led_by=own_scope().holds(life.row.successor_agency_code or ""),
    )


def _print_line(batch: PosterBatch, code: str) -> PrintLine:
    made, design = f"{local_time(batch.made_at):%d/%m/%Y %H:%M}", DESIGNS[PosterSize(batch.size)].name
    return PrintLine(batch, made, design, serial_of(code, printed_on(batch)))


@bp.route("/<code>/replace", methods=["GET", "POST"])
@requires(Permission.MANAGE_CODES)
def replace(code: str) -> ResponseReturnValue:
    """Give the place of a code to a new one."""
    life, form = _own_life(code), bind_form(ReplaceForm)

    def act(acting: Acting) -> ResponseReturnValue:
        new = codes.replace_code(services().store, acting, reason=ReplacementReason(form.reason.data))
        return _finished(new, "replaced")

    return _asked_once("replace", life, form, act)


@bp.route("/<code>/revoke", methods=["GET", "POST"])
@requires(Permission.MANAGE_CODES)
def revoke(code: str) -> ResponseReturnValue:
    """End a code without another in its place."""
    life, form = _own_life(code), bind_form(PosterCodeForm)

    def act(acting: Acting) -> ResponseReturnValue:
        codes.revoke_code(services().store, acting)
        return _finished(code, "revoked")

    return _asked_once("revoke", life, form, act)


@bp.route("/<code>/move", methods=["GET", "POST"])
@requires(Permission.MANAGE_CODES)
def move(code: str) -> ResponseReturnValue:
    """Let a code hang elsewhere in its agency."""
    life, form = _own_life(code), bind_form(MoveCodeForm)
    if request.method == "GET":
        form.name.data, form.day.data = life.row.point.name, today_in_vietnam()

    def act(acting: Acting) -> ResponseReturnValue:
        if form.place.data == "other":
            raise RegistryError(codes.ANOTHER_AGENCY)
        codes.move_code(services().store, acting, name=form.name.data, day=form.day.given)
        return _finished(code, "moved")

    return _asked_once("move", life, form, act)


@bp.route("/<code>/undo", methods=["GET", "POST"])
@requires(Permission.MANAGE_CODES)
def undo(code: str) -> ResponseReturnValue:
    """Take back what ended a code today."""
    life, form = _own_life(code), bind_form(PosterCodeForm)

    def act(acting: Acting) -> ResponseReturnValue:
        codes.undo_ending(services().store, acting)
        return _finished(code, "undone")

    return _asked_once("undo", life, form, act)


def _asked_once(
    name: str, life: Life, form: StaffForm, act: Callable[[Acting], ResponseReturnValue]
) -> ResponseReturnValue:
    """Show what an act will do, and do it when the button was pressed; nothing typed is lost when it cannot be."""
    if request.method == "GET":
        form.version.data = life.row.version
        return _asking(name, life, form)
    if form.token.errors or not form.validate():
        return expired_page() if form.token.errors else (_asking(name, life, form), 400)
    code, today = life.row.point.code, today_in_vietnam()
    try:
        return act(Acting(signed_in().account.username, code, form.version.data, today))
    except RegistryError as refusal:
        return _asking(name, life, form, refusal=refusal), 400
    except ChangedMeanwhileError:
        now = _own_life(code)
        if name != "undo" and now.row.has_ended_by(today):
            # There is no second press: somebody else, or another tab, ended the code.
            return _asking(name, now, form, refusal=RegistryError(codes.ENDED)), 409
        # The next press acts on what this page shows now.
        form.version.data, form.version.raw_data = now.row.version, None
        return _asking(name, now, form, changed=True), 409


def _asking(
    name: str, life: Life, form: StaffForm, *, refusal: RegistryError | None = None, changed: bool = False
) -> str:
    uses = codes.find_uses(services().store, life.row)
    return _page(name, life, form=form, refusal=refusal, changed=changed, uses=uses)


def _finished(code: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("codes.show", code=code, done=done), 303)


def _page(name: str, life: Life, **more: object) -> str:
    today, row = today_in_vietnam(), life.row
    return render_template(
        f"staff/posters/{name}.html",
        life=life,
        point=row.point,
        agency_name=row.agency_name,
        ended=row.has_ended_by(today),
        can_undo=life.can_be_undone_on(today),
        ended_on=local_time(life.ending.at).date() if life.ending else None,
        **more,
    )


def _own_life(code: str) -> Life:
    """Return what is known of a code; another agency's is answered like one that does not exist."""
    if not is_code(code):
        abort(404)
    try:
        life = codes.find_life(services().store, code)
    except UnknownCodeError:
        abort(404)
    own_agency(life.row.point.agency_code)
    return life
