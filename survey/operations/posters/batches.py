"""Batches of posters, set in the background and kept as files for a month; what was printed is remembered for good."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from qr.apart import SettingFailedError, write_posters
from qr.posters import Poster, PosterSize, UnprintableTextError, check_texts
from survey.errors import JobFailedError
from survey.operations.clock import local_time, today_in_vietnam
from survey.operations.jobs.files import made_folder, remove_made, write_whole
from survey.operations.jobs.jobs import JobKind, find_job, look_after, start_job
from survey.operations.posters.posters import posters_of
from survey.operations.staff.rights import Scope
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.jobs.jobs import Job, JobState
from survey.store.posters import posters as kept
from survey.store.posters.posters import BatchState, NewPosterBatch, PosterBatch
from survey.store.refusals import tried_again
from survey.store.registry.points import PlacedPoint
from survey.store.staff.accounts import utc_now
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import save_audit
from survey.store.subjects import ADDED
from survey.wording import Phrase, mark

KEPT_FOR = timedelta(days=30)
# Setting 500 sheets takes 0.3 GB; a sheet of stickers holds eight posters and takes more than twice that.
MOST_IN_A_FILE = {PosterSize.A4: 500, PosterSize.A5: 500, PosterSize.TENT: 500, PosterSize.STICKER: 200}
MOST_IN_A_TITLE = 300

NOTHING_LEFT = mark("Không còn điểm phục vụ nào của lần in này đang dùng, nên không có gì để in.")
# What the machine said goes to the log, not to the page.
SETTING_FAILED = mark("Hãy thử lại; nếu vẫn lỗi, hãy báo người quản trị hệ thống.")

log = logging.getLogger(__name__)


class BatchProgress(Enum):
    """What can be said of a batch when its page is opened."""

    RUNNING = auto()
    FAILED = auto()
    READY = auto()
    REMOVED = auto()


@tried_again
def order_posters(
    store: Store,
    settings: Settings,
    points: Sequence[PlacedPoint],
    *,
    size: PosterSize,
    title: str,
    username: str,
    with_results: bool = False,
) -> int:
    """Write down a batch, begin to set it, and return its number."""
    numbers = tuple(point.id for point in points)
    new = NewPosterBatch(utc_now(), username, size.value, title[:MOST_IN_A_TITLE], numbers, with_results)
    with store.writing(ADDED) as connection:
        number = kept.add_batch(connection, new)
        facts = {"size": size.value, "posters": len(points)}
        about = Kind.POSTER_BATCH.named(number)
        save_audit(connection, staff=username, act=Act.POSTERS_MADE, about=about, after=facts)
    remove_old_files(settings, now=datetime.now(UTC))
    start_setting(store, settings, number, username=username)
    return number


def start_setting(store: Store, settings: Settings, number: int, *, username: str) -> bool:
    """Begin to set a batch in the background; False when somebody is setting it already."""
    return start_job(store, settings, JobKind.POSTERS, str(number), staff=username)


def set_now(posters: Sequence[Poster], size: PosterSize) -> bytes:
    """Return the PDF of a few posters. Raises UnprintableTextError, SettingFailedError."""
    for poster in posters:
        check_texts(poster)
    with TemporaryFile() as file:
        write_posters(posters, size, file)
        file.seek(0)
        return file.read()


def find_batch(
    store: Store, settings: Settings, number: int, *, scope: Scope
) -> tuple[PosterBatch, BatchProgress] | None:
    """Return a batch and what can be said of it now, unless none of its posters is in scope.

    One whose worker is gone is begun again.
    """
    # Whoever sets a batch ends the job after the last word in the row, so it is looked at before the row is.
    job = look_after(store, settings, JobKind.POSTERS, str(number))
    with store.reading_now() as connection:
        batch = kept.find_batch(connection, number, agencies=scope.agencies)
    if batch is None:
        return None
    if job is None and batch.state is BatchState.WAITING:
        # Written down, and its worker never begun.
        start_setting(store, settings, number, username=batch.staff)
        return batch, BatchProgress.RUNNING
    if job and job.state is JobState.RUNNING:
        return batch, BatchProgress.RUNNING
    if batch.state is BatchState.READY:
        return batch, BatchProgress.READY if files_of(settings, number) else BatchProgress.REMOVED
    return replace(batch, fault=(job.fault if job else "") or batch.fault), BatchProgress.FAILED


def files_of(settings: Settings, number: int) -> list[Path]:
    """Return the files of a batch that are ready, in order."""
    found = made_folder(settings).glob(f"posters-{number}-*.pdf")
    return sorted(found, key=lambda path: int(path.stem.rpartition("-")[2]))


def seconds_running(store: Store, settings: Settings, number: int) -> int:
    """Return how long a batch has been in work."""
    job = find_job(store, settings, JobKind.POSTERS, str(number))
    return max(0, int(time.time() - job.began)) if job else 0


def printed_on(batch: PosterBatch) -> date:
    """Return the day in Vietnam that stands on a batch's posters."""
    return local_time(batch.made_at).date()


def remove_old_files(settings: Settings, *, now: datetime) -> None:
    """Remove the files of batches older than a month, and what interrupted ones left; the batches stay known."""
    remove_made(settings, "posters-*", kept_for=KEPT_FOR, now=now)


def set_batch(store: Store, settings: Settings, job: Job) -> Iterator[str]:
    """Set the files of a batch, one after the other, yielding each as it begins.

    A code that has ended since is not printed again.
    """
    number = int(job.about)
    _set_state(store, number, BatchState.WAITING)
    try:
        yield from _write_files(store, settings, number)
    except UnprintableTextError as error:
        raise JobFailedError(_failed(store, number, unprintable_in_words(error).in_language("vi"))) from error
    except SettingFailedError as error:
        log.error("batch %s could not be set: %s", number, error)
        raise JobFailedError(_failed(store, number, SETTING_FAILED)) from error


def _write_files(store: Store, settings: Settings, number: int) -> Iterator[str]:
    with store.reading() as connection:
        batch = kept.find_batch(connection, number, agencies=None)
        points = kept.list_printable(connection, today_in_vietnam(), agencies=None, batch=number)
    if batch is None or not points:
        raise JobFailedError(_failed(store, number, NOTHING_LEFT))
    size = PosterSize(batch.size)
    posters = posters_of(points, settings, printed_on=printed_on(batch), with_results=batch.with_results)
    for poster in posters:
        check_texts(poster)
    for place, start in enumerate(range(0, len(posters), MOST_IN_A_FILE[size]), start=1):
        yield f"file {place}"
        part = posters[start : start + MOST_IN_A_FILE[size]]
        path = made_folder(settings) / f"posters-{number}-{place}.pdf"
        write_whole(path, partial(write_posters, part, size))
        _set_state(store, number, BatchState.WAITING, done=start + len(part))
    _set_state(store, number, BatchState.READY, done=len(posters))


def _failed(store: Store, number: int, fault: str) -> str:
    _set_state(store, number, BatchState.FAILED, fault=fault)
    return fault


@tried_again
def _set_state(store: Store, number: int, state: BatchState, *, done: int = 0, fault: str = "") -> None:
    with store.writing(ADDED) as connection:
        kept.set_batch_state(connection, number, state, done=done, fault=fault)


UNPRINTABLE = {
    "agency": mark(
        "Tên cơ quan “{text}” (mã {code}) có ký tự “{character}” mà phông chữ áp phích không có. Hãy viết khác."
    ),
    "service_point": mark(
        "Tên điểm phục vụ “{text}” (mã {code}) có ký tự “{character}” mà phông chữ áp phích không có. Hãy viết khác."
    ),
    "runner": mark(
        "Tên cơ quan thực hiện khảo sát “{text}” (mã {code}) có ký tự “{character}” mà phông chữ áp phích không có. "
        "Hãy viết khác."
    ),
    "contact": mark(
        "Dòng liên hệ “{text}” (mã {code}) có ký tự “{character}” mà phông chữ áp phích không có. Hãy viết khác."
    ),
}
UNPRINTABLE_ADDRESS = mark(
    "Địa chỉ “{text}” (mã {code}) có ký tự “{character}” mà phông chữ áp phích không có. Hãy viết khác."
)


def unprintable_in_words(error: UnprintableTextError) -> Phrase:
    """Say which text has to be written otherwise."""
    told = {"text": getattr(error.poster, error.field), "code": error.poster.code, "character": error.character}
    return Phrase(UNPRINTABLE.get(error.field, UNPRINTABLE_ADDRESS), told)
