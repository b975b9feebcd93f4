"""Publish a round: the button, and the page that tells how far it is."""

import time
from dataclasses import dataclass

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.errors import UnknownCodeError
from survey.fieldwork import RoundState, SurveyRound
from survey.forms.rounds import PublishRoundForm
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing.jobs import fault_of, find_publishing, is_out, start_publishing
from survey.operations.publishing.publishing import Order, Stage
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.jobs.jobs import Job, JobState
from survey.store.registry.agencies import find_round
from survey.store.results.heads import RunHead, RunKind, latest_heads
from survey.store.rounds.rounds import count_by_round
from survey.web.door.register import bind_form, expired_page, notice_page, requires, signed_in, staff_area
from survey.web.saying import said
from survey.wording import mark

bp = staff_area("publishing")

LOOK_AGAIN = 2  # seconds
STAGE_WORDS = {
    Stage.COUNTING: mark("Đếm phiếu"),
    Stage.PROTECTING: mark("Kiểm tra bảo vệ người trả lời"),
    Stage.COMPARING: mark("So sánh các cơ quan, phân tích yếu tố liên quan"),
    Stage.SAVING: mark("Lưu kết quả"),
    Stage.DRAWING: mark("Vẽ biểu đồ"),
}
FINAL_ALREADY = mark("Đợt này đã có kết quả chính thức; kết quả chính thức không thay đổi nữa.")
NO_RESPONSES = mark("Đợt này chưa có phiếu nào.")
OTHER_KIND = mark(
    "Từ khi mở trang công bố, đợt đã khóa sổ: công bố lúc này là công bố kết quả chính thức. Hãy mở lại trang công bố, "
    "xem kỹ rồi bấm lần nữa."
)


@dataclass(frozen=True, slots=True)
class Publication:
    """A round as it is to be published: its number of responses, and what of it was published last."""

    survey_round: SurveyRound
    responses: int
    run: RunHead | None

    @property
    def is_final(self) -> bool:
        """Tell whether the last word is out."""
        return self.run is not None and self.run.kind is RunKind.FINAL

    @property
    def next_kind(self) -> RunKind:
        """What publishing today would make."""
        sealed = self.survey_round.state_on(today_in_vietnam()) is RoundState.SEALED
        return RunKind.FINAL if sealed else RunKind.PRELIMINARY


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage on the page: its words, its seconds if it has begun, and whether it goes on now."""

    words: str
    seconds: float | None
    is_current: bool


@bp.post("/rounds/<code>/publish")
@requires(Permission.PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Begin to freeze the index of a round and to show it to the public; a second press leads to the same page."""
    form = bind_form(PublishRoundForm)
    if not form.validate():
        return expired_page()
    publication = _publication(code)
    if publication is None:
        return _no_round(code)
    if publication.is_final or not publication.responses:
        return notice_page(mark("Chưa công bố được"), _nothing_to_publish(publication)), 409
    if form.kind.data != publication.next_kind:
        # The last word is not said by whoever read that it would be a preliminary one.
        again = url_for("publishing.progress", code=code)
        return notice_page(mark("Chưa công bố được"), OTHER_KIND, again=again), 409
    order = Order(today_in_vietnam(), final=publication.next_kind is RunKind.FINAL, by=signed_in().account.username)
    start_publishing(services().store, services().settings, code, order)
    return redirect(url_for("publishing.progress", code=code), 303)


@bp.get("/rounds/<code>/publishing")
@requires(Permission.PUBLISH)
def progress(code: str) -> ResponseReturnValue:
    """Tell how far the publication is, or what publishing now would do."""
    publication = _publication(code)
    if publication is None:
        return _no_round(code)
    job, now = find_publishing(services().store, services().settings, code), time.time()
    running = job is not None and job.state is JobState.RUNNING
    page = render_template(
        "staff/rounds/publishing.html",
        simulated=publication.survey_round.simulated,
        found=publication,
        job=job,
        fault=fault_of(job) if job and job.fault else "",
        is_out=job is not None and is_out(job),
        stages=_lines(job, now) if job else (),
        seconds=round((job.ended or now) - job.began) if job else 0,
    )
    response = make_response(page)
    if running:
        # A header: accessibility checkers take a refresh written into a page for one that takes forms away.
        response.headers["Refresh"] = str(LOOK_AGAIN)
    return response


def _nothing_to_publish(found: Publication) -> str:
    code, run = found.survey_round.code, found.run
    return (
        said(FINAL_ALREADY, code=code, number=run.of_round) if run and found.is_final else said(NO_RESPONSES, code=code)
    )


def _lines(job: Job, now: float) -> tuple[StageLine, ...]:
    running = job.state is JobState.RUNNING
    return tuple(
        StageLine(words, job.seconds_of(stage, now), running and job.step == stage)
        for stage, words in STAGE_WORDS.items()
    )


def _publication(code: str) -> Publication | None:
    store = services().store
    try:
        with store.reading() as connection:
            number, survey_round = find_round(connection, code)
            responses = count_by_round(connection, None).get(number, 0)
            heads = latest_heads(connection)
    except UnknownCodeError:
        return None
    run = next((head for head in heads if head.round_code == code), None)
    return Publication(survey_round, responses, run)


def _no_round(code: str) -> ResponseReturnValue:
    return notice_page(mark("Không có đợt này"), said("Không có đợt khảo sát nào mang mã {code}.", code=code)), 404
