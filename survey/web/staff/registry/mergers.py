"""Agencies that become one, or several: with a date, and without losing their past."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey.errors import ChangedMeanwhileError, RegistryError, UnknownCodeError
from survey.fieldwork import Agency
from survey.formatting import vietnamese_key
from survey.forms.mergers import NEW, MergeForm, SplitForm, set_choices
from survey.forms.registry import tidy
from survey.forms.staff import StaffForm
from survey.operations.clock import today_in_vietnam
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import ENDS, MergerPlan, MergerWish, plan_takeover, take_over
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.registry.agencies import list_agencies
from survey.web.door.register import (
    bind_form,
    expired_page,
    notice_page,
    own_agency,
    requires,
    signed_in,
    staff_area,
)
from survey.web.saying import said, tell
from survey.wording import mark

bp = staff_area(
    "mergers",
    done={
        "done": mark("Đã lưu. Việc tiếp theo: in áp phích có mã mới và treo từ ngày thực hiện."),
        "undone": mark("Đã hoàn tác. Các mã cũ dùng tiếp như trước; mã mới đã in, nếu có, dẫn về mã cũ."),
    },
)


@dataclass(frozen=True, slots=True)
class _MergerAsked:
    """What a page is about: the agency it began with, all agencies by code, and which of the two ways is asked."""

    agency: Agency
    agencies: Mapping[str, Agency]
    is_split: bool

    @property
    def others(self) -> list[Agency]:
        """The other agencies that do not end, by block and name."""
        going_on = (one for one in self.agencies.values() if one is not self.agency and not one.valid_to)
        return sorted(going_on, key=lambda one: (vietnamese_key(one.block), vietnamese_key(one.name)))

    @property
    def address(self) -> str:
        """Where the form is sent to."""
        return url_for("mergers.ask_split" if self.is_split else "mergers.ask_merger", code=self.agency.code)


@bp.get("/agencies/<code>/merge")
@requires(Permission.MANAGE_REGISTRY)
def ask_merger(code: str) -> ResponseReturnValue:
    """Ask what an agency merges into, or show what was planned for it."""
    return _ask(_asked(code, is_split=False))


@bp.get("/agencies/<code>/split")
@requires(Permission.MANAGE_REGISTRY)
def ask_split(code: str) -> ResponseReturnValue:
    """Ask into what an agency is split, or show what was planned for it."""
    return _ask(_asked(code, is_split=True))


@bp.post("/agencies/<code>/merge")
@requires(Permission.MANAGE_REGISTRY)
def receive_merger(code: str) -> ResponseReturnValue:
    """Show what a merger would do, or do it."""
    return _receive(_asked(code, is_split=False))


@bp.post("/agencies/<code>/split")
@requires(Permission.MANAGE_REGISTRY)
def receive_split(code: str) -> ResponseReturnValue:
    """Show what a split would do, or do it."""
    return _receive(_asked(code, is_split=True))


@bp.get("/agencies/<code>/merge/undo")
@requires(Permission.MANAGE_REGISTRY)
def ask_undo(code: str) -> ResponseReturnValue:
    """Say what undoing would do, and ask once."""
    return _undo_page(_asked(code, is_split=False).agency)


@bp.post("/agencies/<code>/merge/undo")
@requires(Permission.MANAGE_REGISTRY)
def undo(code: str) -> ResponseReturnValue:
    """Undo a takeover."""
    agency = _asked(code, is_split=False).agency
    if not bind_form(StaffForm).validate():
        return expired_page()
    sent, today = request.form, today_in_vietnam()
    try:
        undo_takeover(
            services().store,
            code,
            reopened=sent.getlist("reopen"),
            removed=sent.getlist("remove"),
            seen=sent.get("seen", ""),
            today=today,
            by=signed_in().account.username,
        )
    except (RegistryError, ChangedMeanwhileError):
        return _undo_page(agency, changed=True)
    return redirect(url_for("mergers.ask_merger", code=code, done="undone"), 303)


def _asked(code: str, *, is_split: bool) -> _MergerAsked:
    with services().store.reading() as connection:
        agencies = {one.code: one for one in list_agencies(connection).values()}
    if own_agency(code) not in agencies:
        abort(404)
    return _MergerAsked(agencies[code], agencies, is_split)


def _ask(asked: _MergerAsked) -> ResponseReturnValue:
    if asked.agency.valid_to:
        return _standing(asked)
    return _form_page(asked, _form(asked))


def _receive(merger: _MergerAsked) -> ResponseReturnValue:
    if merger.agency.valid_to:
        return _standing(merger, changed=True), 409
    form, act = _form(merger), request.form.get("act", "preview")
    if not form.validate():
        return _form_page(merger, form), 400
    if act == "edit":
        return _form_page(merger, form)
    try:
        return _looked_at(merger, form, act)
    except RegistryError as error:
        return _form_page(merger, form, [tell(reason) for reason in error.reasons]), 400
    except UnknownCodeError:
        abort(404)


def _looked_at(merger: _MergerAsked, form: StaffForm, act: str) -> ResponseReturnValue:
    """Show what a wish would do; do it when it was looked at and still is what it was."""
    store, today, wish = services().store, today_in_vietnam(), _wish(merger, form)
    plan = plan_takeover(store, wish, today=today)
    if act != "do":
        return _preview(merger, form, plan)
    if plan.open_ones:
        return _preview(
            merger, form, plan, said("Còn {count} điểm phục vụ chưa chọn nơi tiếp nhận.", count=len(plan.open_ones))
        ), 400
    try:
        take_over(store, wish, seen=request.form.get("seen", ""), today=today, by=signed_in().account.username)
    except ChangedMeanwhileError:
        return _preview(merger, form, plan_takeover(store, wish, today=today), changed=True), 409
    return redirect(url_for("mergers.ask_merger", code=merger.agency.code, done="done"), 303)


def _form(merger: _MergerAsked) -> StaffForm:
    form = bind_form(SplitForm if merger.is_split else MergeForm)
    if merger.is_split:
        set_choices(form.targets, merger.others)
    else:
        set_choices(form.others, merger.others)
        set_choices(form.target, merger.others)
        form.target.choices = [
            ("", mark("– Chọn cơ quan –")),
            (NEW, mark("Cơ quan mới (ghi ở dưới)")),
            *form.target.choices,
        ]
    return form


def _wish(merger: _MergerAsked, form: StaffForm) -> MergerWish:
    """Return what was asked for; of two values for one service point the later one counts (a box that is ticked)."""
    chosen = tuple(dict.fromkeys(form.targets.data)) if merger.is_split else _one_target(form)
    others = () if merger.is_split else tuple(form.others.data)
    sent = request.form
    sources = tuple(own_agency(code) for code in dict.fromkeys((merger.agency.code, *others)))
    form.propose([merger.agencies[code] for code in sources if code in merger.agencies])
    return MergerWish(
        day=form.day.data,
        sources=sources,
        targets=tuple(own_agency(code) for code in chosen),
        new=tuple(row.to_agency() for row in form.rows),
        names={name.removeprefix("name-"): tidy(sent[name]) for name in sent if name.startswith("name-")},
        fates={name.removeprefix("to-"): sent.getlist(name)[-1] for name in sent if name.startswith("to-")},
        is_split=merger.is_split,
    )


def _one_target(form: StaffForm) -> tuple[str, ...]:
    return () if form.target.data == NEW else (form.target.data,)


def _form_page(merger: _MergerAsked, form: StaffForm, refusals: list[str] | None = None) -> str:
    picked = form.targets if merger.is_split else form.others
    boxes = [(value, label, value in (picked.data or ())) for value, label in picked.choices]
    blocks = {agency.code: agency.block for agency in merger.others}
    return _page(
        "staff/registry/mergers/ask.html",
        merger,
        form=form,
        refusals=refusals or (),
        groups=[(block, list(some)) for block, some in groupby(boxes, key=lambda box: blocks[box[0]])],
        known_blocks=list(dict.fromkeys(blocks.values())),
    )


def _preview(
    merger: _MergerAsked, form: StaffForm, plan: MergerPlan, refusal: str = "", *, changed: bool = False
) -> str:
    placed = {**form.placed, "proposed": "1"}
    carried = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("token", "seen", "act", *placed) and not name.startswith(("to-", "name-"))
    ]
    return _page(
        "staff/registry/mergers/preview.html",
        merger,
        plan=plan,
        carried=[*carried, *placed.items()],
        refusal=refusal,
        changed=changed,
        ends=ENDS,
    )


def _standing(merger: _MergerAsked, *, changed: bool = False) -> str:
    """Show what was planned, or has happened."""
    takeover, today = find_takeover(services().store, merger.agency.code), today_in_vietnam()
    if takeover is None:
        return _only_ended(merger.agency)
    hindrances = takeover.hindrances(today)
    return _page(
        "staff/registry/mergers/standing.html",
        merger,
        found=takeover,
        changed=changed,
        hindrances=hindrances,
        begun=takeover.begun_on(today),
    )


def _only_ended(agency: Agency) -> str:
    text = said(
        "{name} kết thúc ngày {day}, không có cơ quan tiếp nhận. Muốn sáp nhập hoặc chia tách, trước hết hãy bỏ ngày "
        "kết thúc ở trang của cơ quan.",
        name=agency.name,
        day=agency.valid_to,
    )
    return notice_page(mark("Cơ quan đã có ngày kết thúc"), text)


def _undo_page(agency: Agency, *, changed: bool = False) -> ResponseReturnValue:
    takeover = find_takeover(services().store, agency.code)
    if takeover is None:
        return notice_page(
            mark("Không có thao tác để hoàn tác"), said("{name} chưa được sáp nhập hay chia tách.", name=agency.name)
        ), 404
    hindrances = takeover.hindrances(today_in_vietnam())
    context = {"agency": agency, "found": takeover, "changed": changed, "hindrances": hindrances}
    page = render_template("staff/registry/mergers/undo.html", **context)
    return page, 409 if hindrances or changed else 200


def _page(template: str, asked: _MergerAsked, **context: object) -> str:
    return render_template(template, asked=asked, agency=asked.agency, **context)
