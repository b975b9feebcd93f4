"""Reports in the background: asked for on a page, made by a worker, fetched by whoever asked."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from survey.errors import JobFailedError, RoundError, UnknownCodeError
from survey.operations.jobs.files import made_folder, remove_made, write_whole
from survey.operations.jobs.jobs import JobKind, forget_ended, look_after, start_job
from survey.operations.report.report import ReportFormat, Wanted, write_report
from survey.operations.results.standing import PublishedRuns
from survey.reports.documents.model import Letterhead
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.jobs.jobs import Job
from survey.wording import mark, word

KEPT_FOR, REMEMBERED_FOR = timedelta(days=7), timedelta(days=30)
NOTHING_TO_SHOW = mark("Cơ quan hoặc đợt này không có số liệu được công bố nên không lập được báo cáo.")
NOT_THERE = mark("Cơ quan hoặc kế hoạch đã chọn không còn, nên không lập được báo cáo. Hãy chọn lại.")


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report that somebody asked for, and the kind of file it is to be."""

    wanted: Wanted
    layout: ReportFormat
    staff: str

    @property
    def asked(self) -> dict[str, object]:
        """The order as plain values, of which JSON can be made."""
        letterhead = asdict(self.wanted.letterhead) | {"day": self.wanted.letterhead.day.isoformat()}
        return {**asdict(self.wanted), "letterhead": letterhead, "layout": self.layout.value}

    @property
    def key(self) -> str:
        """What names the job and its file: the very same report, asked for again by the same person, is made anew."""
        return hashlib.sha256(json.dumps([self.staff, self.asked], sort_keys=True).encode()).hexdigest()[:32]

    @property
    def file_name(self) -> str:
        """What the file is called where it is kept by whoever fetched it."""
        return "-".join(filter(None, ("bao-cao", self.wanted.round_code, self.wanted.agency_code))) + f".{self.layout}"


def order_report(store: Store, settings: Settings, order: ReportOrder) -> None:
    """Begin to make a report, unless that very one is being made; forget those whose time is over."""
    remove_made(settings, "report-*", kept_for=KEPT_FOR, now=datetime.now(UTC))
    forget_ended(store, JobKind.REPORT, before=time.time() - REMEMBERED_FOR.total_seconds())
    start_job(store, settings, JobKind.REPORT, order.key, staff=order.staff, order=order.asked)


def find_order(store: Store, settings: Settings, key: str, *, staff: str) -> tuple[ReportOrder, Job] | None:
    """Return what somebody asked for and how it stands; None for what nobody, or somebody else, asked for."""
    job = look_after(store, settings, JobKind.REPORT, key)
    return (_order(job), job) if job and job.staff == staff else None


def report_file(settings: Settings, order: ReportOrder) -> Path | None:
    """Return the file of a report; None when it was not made, or was removed after its time."""
    path = _path(settings, order)
    return path if path.exists() else None


def make_report(store: Store, settings: Settings, job: Job) -> Iterator[str]:
    """Make the report a job asks for, yielding each step as it begins."""
    order = _order(job)
    _path(settings, order).unlink(missing_ok=True)
    yield "writing"
    try:
        report = write_report(store, PublishedRuns(store), order.wanted, order.layout)
    except UnknownCodeError as error:
        raise JobFailedError(word(NOT_THERE, "vi")) from error
    except RoundError as error:
        raise JobFailedError(word(NOTHING_TO_SHOW, "vi")) from error
    write_whole(_path(settings, order), lambda file: file.write(report))


def _path(settings: Settings, order: ReportOrder) -> Path:
    return made_folder(settings) / f"report-{order.key}.{order.layout}"


def _order(job: Job) -> ReportOrder:
    asked = json.loads(job.asked)
    layout, letterhead = ReportFormat(asked.pop("layout")), asked.pop("letterhead")
    read = {"day": date.fromisoformat(letterhead["day"]), "recipients": tuple(letterhead["recipients"])}
    return ReportOrder(Wanted(**asked, letterhead=Letterhead(**letterhead | read)), layout, job.staff)
