"""What was printed when: the batches of posters, how far one is, and its files."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.formatting import vietnamese_key
from survey.forms.staff import StaffForm
from survey.operations.clock import local_time
from survey.operations.posters import batches as printing
from survey.operations.posters.batches import BatchProgress
from survey.operations.posters.posters import PosterSize, serial_of
from survey.operations.staff import accounts
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.posters import posters as kept
from survey.store.posters.posters import PosterBatch
from survey.store.registry.points import PlacedPoint
from survey.web.door.register import bind_form, expired_page, own_scope, requires, signed_in, staff_area
from survey.web.listing import ListColumn, make_listing
from survey.web.staff.posters.designs import DESIGNS
from survey.wording import mark

bp = staff_area("batches", "/staff/studio/batches")

# A page that waits is asked for again after so many seconds.
LOOK_AGAIN = 3
# The largest number the databases' integers hold.
MOST_NUMBER = 2**31 - 1

BATCH_COLUMNS: Sequence[ListColumn[PosterBatch]] = (
    ListColumn("day", mark("Ngày in"), lambda one: one.id),
    ListColumn("title", mark("In cho"), lambda one: vietnamese_key(one.title)),
    ListColumn("size", mark("Mẫu"), lambda one: one.size),
    ListColumn("total", mark("Số tờ"), lambda one: one.total, number=True),
    ListColumn("staff", mark("Người in"), lambda one: one.staff),
)
POINT_COLUMNS: Sequence[ListColumn[PlacedPoint]] = (
    ListColumn("name", mark("Điểm phục vụ"), lambda one: vietnamese_key(one.name)),
    ListColumn("agency", mark("Cơ quan"), lambda one: vietnamese_key(one.agency_name)),
    ListColumn("serial", mark("Số hiệu trên tờ in"), lambda one: one.code),
)


@bp.get("")
@requires(Permission.PRINT)
def list_all() -> ResponseReturnValue:
    """List what was printed in the scope, the latest first."""
    with services().store.reading() as connection:
        batches = kept.list_batches(connection, agencies=own_scope().agencies)
    return render_template(
        "staff/posters/batches.html",
        designs=DESIGNS,
        local=local_words,
        listing=make_listing(
            batches, BATCH_COLUMNS, text=lambda batch: f"{batch.title} {batch.staff} {local_words(batch.made_at)}"
        ),
    )


@bp.get("/<int:number>")
@requires(Permission.PRINT)
def show(number: int) -> ResponseReturnValue:
    """Show how far a batch is, its files when they are ready, and what is in it."""
    (batch, progress), settings = _own_batch(number), services().settings
    with services().store.reading() as connection:
        printed = kept.list_printed(connection, number, agencies=own_scope().agencies)
    page = render_template(
        "staff/posters/batch.html",
        batch=batch,
        progress=progress.name,
        seconds=printing.seconds_running(services().store, settings, number),
        files=[path.stat().st_size for path in printing.files_of(settings, number)],
        design=DESIGNS[PosterSize(batch.size)],
        made=local_words(batch.made_at),
        serial=lambda code: serial_of(code, printing.printed_on(batch)),
        listing=make_listing(
            printed, POINT_COLUMNS, text=lambda point: f"{point.name} {point.agency_name} {point.code}"
        ),
    )
    response = make_response(page)
    if progress is BatchProgress.RUNNING:
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


@bp.post("/<int:number>/again")
@requires(Permission.PRINT)
def set_again(number: int) -> ResponseReturnValue:
    """Set a batch again that failed, was interrupted, or whose files were removed."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    if _wholly_own(number) not in (BatchProgress.RUNNING, BatchProgress.READY):
        printing.start_setting(services().store, services().settings, number, username=signed_in().account.username)
    return redirect(url_for("batches.show", number=number), 303)


@bp.get("/<int:number>/posters-<int:part>.pdf")
@requires(Permission.PRINT)
def download(number: int, part: int) -> ResponseReturnValue:
    """Send one file of a batch."""
    _wholly_own(number)
    files, name = printing.files_of(services().settings, number), f"ap-phich-{number}-{part}.pdf"
    if not 1 <= part <= len(files):
        abort(404)
    accounts.note_download(services().store, signed_in(), name)
    response = Response(files[part - 1].read_bytes(), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _own_batch(number: int) -> tuple[PosterBatch, BatchProgress]:
    if number > MOST_NUMBER:
        abort(404)
    return printing.find_batch(services().store, services().settings, number, scope=own_scope()) or abort(404)


def _wholly_own(number: int) -> BatchProgress:
    """Return what can be said of a batch that may be had as a file: none of its posters is another agency's."""
    batch, progress = _own_batch(number)
    return progress if batch.is_all_own else abort(404)


def local_words(moment: datetime) -> str:
    """Return a moment of the database as people write it in Vietnam."""
    return f"{local_time(moment):%d/%m/%Y %H:%M}"
