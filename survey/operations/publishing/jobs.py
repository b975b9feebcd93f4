"""Publications in the background: a process of their own does the work, and a small file tells how far it is.

Several processes serve pages, so what they tell stands in `publishing/<round>.json` of the instance folder. Whoever
publishes holds the lock on the file beside it, so a publication that is not over while nobody holds it was
interrupted.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from survey.errors import RefusedRoundError, SurveyError
from survey.operations.publishing.publishing import Order, Stage, publish_stages
from survey.settings import Settings
from survey.store.engine import open_store
from survey.store.work_locks import is_locked, let_go, take_lock
from survey.watching.lines import LogFormat
from survey.watching.process import PROCESS
from survey.watching.runs import Area, WatchedRun, bind_for_good, current_id

# Citizens come first: the other process steps back for them.
STEP_BACK = 10
ROOT = Path(__file__).parents[3]
FAILED_BEFORE = "Máy chủ gặp lỗi khi công bố; chưa có gì được công bố. Mời làm lại; nếu vẫn lỗi, báo người quản trị."

log = logging.getLogger(__name__)


class JobState(StrEnum):
    """How a publication stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Job:
    """A publication: when it began and ended (seconds since 1970), and when each stage began; `fault` is for people."""

    state: JobState
    began: float
    stages: Mapping[str, float]
    ended: float | None = None
    fault: str = ""

    @property
    def stage(self) -> Stage | None:
        """The latest stage, None before the first."""
        return Stage(list(self.stages)[-1]) if self.stages else None

    @property
    def is_published(self) -> bool:
        """Tell whether the results are out, even if the charts were not drawn to the end."""
        return Stage.DRAWING in self.stages

    def seconds_of(self, stage: Stage, now: float) -> float | None:
        """Return how long a stage took, or takes so far; None when it has not begun."""
        if stage not in self.stages:
            return None
        later = [moment for moment in self.stages.values() if moment > self.stages[stage]]
        return min([*later, self.ended or now]) - self.stages[stage]


def start_publishing(settings: Settings, round_code: str, order: Order) -> bool:
    """Begin to publish a round in the background; False when somebody is publishing it already."""
    place = _place(settings, round_code)
    lock = take_lock(_lock_path(place))
    if lock is None:
        return False
    try:
        _write(place, Job(JobState.RUNNING, time.time(), {}))
        _spawn(settings, round_code, order, place=place, lock=lock)
    finally:
        # The other process has the lock by inheritance and keeps it as long as it lives.
        os.close(lock)
    return True


def find_job(settings: Settings, round_code: str) -> Job | None:
    """Return the latest publication of a round that was begun here."""
    place = _place(settings, round_code)
    # The lock is looked at first: a job that ends in between has written that it ended.
    locked = is_locked(_lock_path(place))
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    job = Job(**{**told, "state": JobState(told["state"])})
    interrupted = job.state is JobState.RUNNING and not locked
    return replace(job, state=JobState.INTERRUPTED) if interrupted else job


def _spawn(settings: Settings, round_code: str, order: Order, *, place: Path, lock: int) -> None:
    where = {"url": settings.database_url, "round": round_code, "place": str(place), "lock": lock}
    told = {"level": settings.log_level, "format": settings.log_format, "run": current_id()}
    asked = {**where, **asdict(order), "today": str(order.today), "log": told}
    command = [sys.executable, "-m", __name__]
    process = subprocess.Popen(  # noqa: S603  # this very module; what people wrote goes in as data
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[lock]
    )
    # Somebody must wait for a process that was begun; it is told what to do on the way.
    threading.Thread(target=process.communicate, args=(json.dumps(asked).encode(),), daemon=True).start()


def _place(settings: Settings, round_code: str) -> Path:
    folder = settings.instance / "publishing"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{quote(round_code, safe='')}.json"


def _lock_path(place: Path) -> Path:
    return place.with_suffix(".lock")


def _write(place: Path, job: Job) -> None:
    draft = place.with_suffix(".part")
    draft.write_text(json.dumps(asdict(job)), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(place)


def _publish_what_is_asked() -> None:
    """Publish in this process, writing down every stage as it begins."""
    os.nice(STEP_BACK)
    asked = json.load(sys.stdin)
    _watch(**asked["log"])
    place, store = Path(asked["place"]), open_store(asked["url"])
    job = Job(JobState.RUNNING, time.time(), {})
    order = Order(date.fromisoformat(asked["today"]), asked["final"], asked["by"], draws_all=True)
    fault = ""
    try:
        for stage in publish_stages(store, asked["round"], order):
            job = replace(job, stages={**job.stages, stage.value: time.time()})
            _write(place, job)
    except Exception as error:
        fault = _told(error)
        if not isinstance(error, SurveyError):
            log.exception("round %s could not be published", asked["round"])
    finally:
        store.close()
    state = JobState.FAILED if fault and not job.is_published else JobState.DONE
    _write(place, replace(job, state=state, ended=time.time(), fault=fault))
    # A process takes its time to end, and whoever reads that it is over may begin the next.
    let_go(asked["lock"])


def _watch(level: str, format: str, run: str) -> None:  # noqa: A002  # the name it has in what is asked
    """Write the log as the server does, under the number of the request that asked for the publication."""
    PROCESS.configure(level=level, form=LogFormat(format))
    bind_for_good(WatchedRun(Area.COMMAND, **({"id": run} if run else {})))


def _told(error: Exception) -> str:
    return next(iter(error.faults.values())) if isinstance(error, RefusedRoundError) else FAILED_BEFORE


if __name__ == "__main__":
    _publish_what_is_asked()
