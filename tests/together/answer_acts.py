"""Acts on answers: paper, files, publications, the night, work in the background, and citizens."""

from contextlib import closing
from functools import partial

from survey.operations.collecting import entry
from survey.operations.collecting.assisted import tell_of_help
from survey.operations.collecting.responses import import_responses
from survey.operations.exports.steps import give_rows
from survey.operations.jobs import jobs
from survey.operations.keeping.retention import forget_overdue
from survey.operations.publishing.publishing import Order, Stage, publish_stages
from survey.responses import HalfDay
from survey.store.collecting.entry import KeyedSheet as PaperSheet
from survey.store.collecting.helping import count_help
from survey.store.collecting.responses import save_responses
from survey.store.collecting.settling import settle
from survey.store.engine import Store
from survey.store.jobs.jobs import Job, JobState, find_job
from survey.store.subjects import ADDED
from tests.together.scenes import ANSWERS, BY, DAY, OPEN, SEALED, TODAY, A, new_response, points
from tests.together.tries import Thunk, tries

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


@tries("keeping.retention._forget", "keeping.retention.forget_overdue")
def forget_answers(store: Store) -> Thunk:
    return partial(forget_overdue, store, today=TODAY, without_run=True)


@tries("collecting.settling._rewrite_cases", "collecting.settling.settle")
def settle_the_night(store: Store) -> Thunk:
    return partial(settle, store, (TODAY, HalfDay.MORNING))


@tries("exports.steps._given")
def give_out_answers(store: Store) -> Thunk:
    return partial(give_rows, store, OPEN, today=TODAY)


@tries("collecting.assisted.tell_of_help")
def tell_of_the_help(store: Store) -> Thunk:
    with store.writing(ADDED) as connection:
        for _ in range(3):
            count_help(connection, staff=BY, point_code=points(store)[A], day=TODAY - DAY)
    return partial(tell_of_help, store, before=TODAY)


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
