"""Begin work in the background, and tell how it stands.

A job is a row of the database; a process of its own does the work. On its machine it holds the lock on a file, which
ends with the process; other machines go by the sign of life it writes into the row. So every process of every node can
tell when a worker is gone, and the job is begun again or told as interrupted: none is lost.
"""

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from survey.settings import Settings
from survey.store.engine import Store
from survey.store.file_locks import is_locked, take_lock
from survey.store.jobs import jobs as kept
from survey.store.jobs.jobs import Job, JobState
from survey.store.refusals import tried_again
from survey.store.subjects import ADDED, JOBS
from survey.watching.runs import current_id
from survey.wording import mark

WORKER = "survey.cli.worker"
ROOT = Path(__file__).parents[3]
# Seconds: a sign of life every so often, and after how long without one a worker on another machine counts as gone.
BEAT, GONE = 5.0, 120.0
# A job that kills its worker again and again must not do so for ever.
MOST_TRIES = 3
# Letters of the name of a thing that is worked on, as it stands in the name of its file; systems take 255 in all.
LONGEST_NAME = 200
GAVE_UP = mark(
    "Máy chủ dừng giữa chừng nhiều lần khi làm việc này. Hãy làm lại; nếu vẫn lỗi, hãy báo người quản trị hệ thống."
)


class JobKind(StrEnum):
    """What can be done in the background."""

    PUBLICATION = "publication"
    POSTERS = "posters"
    REPORT = "report"

    @property
    def is_repeated(self) -> bool:
        """Tell whether a job whose worker is gone is begun again by itself.

        A publication is not: whoever published decides again, since answers may have come in meanwhile.
        """
        return self is not JobKind.PUBLICATION


def start_job(
    store: Store,
    settings: Settings,
    kind: JobKind,
    about: str,
    *,
    staff: str,
    order: Mapping[str, object] | None = None,
    tries: int = 1,
) -> bool:
    """Write a job down and begin it; False when somebody is at work on the same thing.

    `about` is the key of what is worked on, `order` what the worker needs to know besides.
    """
    lock = take_lock(_lock_path(settings, kind, about))
    if lock is None:
        return False
    try:
        now, worker = time.time(), f"{_node(settings)} {secrets.token_hex(8)}"
        text = json.dumps(dict(order or {}))
        new = Job(kind, about, staff, text, JobState.RUNNING, now, {}, None, "", worker, now, tries)
        if not _write_down(store, new):
            return False
        _spawn(settings, new, lock)
    finally:
        # The worker has the lock by inheritance and keeps it as long as it lives.
        os.close(lock)
    return True


@tried_again
def _write_down(store: Store, new: Job) -> bool:
    with store.writing(JOBS.of(f"{new.kind} {new.about}")) as connection:
        before = kept.find_job(connection, new.kind, new.about)
        # We hold this machine's lock, so only a worker of another one can be at it.
        if before and before.state is JobState.RUNNING and _machine(before) != _machine(new) and _beats(before):
            return False
        kept.put_job(connection, new)
    return True


def find_job(store: Store, settings: Settings, kind: JobKind, about: str) -> Job | None:
    """Return the latest job about something as it stands now; one whose worker is gone is interrupted.

    What names it may come from an address: nothing longer than any name makes the name of a file.
    """
    job = None
    if len(quote(about, safe="")) > LONGEST_NAME:
        return None
    for _ in range(2):
        # The lock is looked at first: a job that ends in between has written that it ended. One that begins in
        # between is seen at the second look.
        locked = is_locked(_lock_path(settings, kind, about))
        with store.reading_now() as connection:
            job = kept.find_job(connection, kind, about)
        if job is None or job.state is not JobState.RUNNING or locked or _is_at_work_elsewhere(job, settings):
            return job
    return replace(job, state=JobState.INTERRUPTED) if job else None


def look_after(store: Store, settings: Settings, kind: JobKind, about: str) -> Job | None:
    """Return the latest job about something, begun again if it may be and its worker is gone."""
    job = find_job(store, settings, kind, about)
    if job is None or job.state is not JobState.INTERRUPTED or not kind.is_repeated:
        return job
    if job.tries >= MOST_TRIES:
        return _give_up(store, job)
    start_job(store, settings, kind, about, staff=job.staff, order=json.loads(job.asked), tries=job.tries + 1)
    return find_job(store, settings, kind, about)


@tried_again
def _give_up(store: Store, job: Job) -> Job:
    over = replace(job, state=JobState.FAILED, fault=GAVE_UP, ended=time.time())
    with store.writing(JOBS.of(f"{job.kind} {job.about}")) as connection:
        kept.note_job(connection, over)
    return over


@tried_again
def forget_ended(store: Store, kind: JobKind, *, before: float) -> None:
    """Forget the jobs of a kind that ended before a moment, in seconds since 1970."""
    with store.writing(ADDED) as connection:
        kept.delete_ended(connection, kind, before)


def list_interrupted(store: Store, settings: Settings) -> tuple[Job, ...]:
    """Return the jobs whose worker is gone, the earliest first."""
    with store.reading_now() as connection:
        running = kept.list_running(connection)
    found = (find_job(store, settings, JobKind(one.kind), one.about) for one in running)
    return tuple(one for one in found if one and one.state is JobState.INTERRUPTED)


def look_after_all(store: Store, settings: Settings) -> int:
    """Begin again every job that may be and whose worker is gone; return how many those were."""
    waiting = [one for one in list_interrupted(store, settings) if JobKind(one.kind).is_repeated]
    for one in waiting:
        look_after(store, settings, JobKind(one.kind), one.about)
    return len(waiting)


def _is_at_work_elsewhere(job: Job, settings: Settings) -> bool:
    return _machine(job) != _node(settings) and _beats(job)


def _beats(job: Job) -> bool:
    return time.time() - job.beat < GONE


def _machine(job: Job) -> str:
    return job.worker.partition(" ")[0]


def _node(settings: Settings) -> str:
    """Return what tells this machine's instance from others."""
    return hashlib.sha256(f"{socket.gethostname()} {settings.instance}".encode()).hexdigest()[:16]


def _lock_path(settings: Settings, kind: JobKind, about: str) -> Path:
    folder = settings.instance / "jobs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{kind.value}-{quote(about, safe='')}.lock"


def _spawn(settings: Settings, new: Job, lock: int) -> None:
    orders = {"settings": dict(settings.given), "kind": new.kind, "about": new.about, "lock": lock, "run": current_id()}
    process = subprocess.Popen(  # noqa: S603  # our own module; what people wrote goes in as data
        [sys.executable, "-m", WORKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[lock]
    )
    # Somebody must wait for a process that was begun; it is told what to do on the way.
    threading.Thread(target=process.communicate, args=(json.dumps(orders).encode(),), daemon=True).start()
