"""The staff overview, a morning's page: the round, what needs a look, what comes next, what was published.

Counts only. What people answered is shown nowhere before it is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, groupby, islice

from flask import render_template
from flask.typing import ResponseReturnValue

from survey.fieldwork import RoundState, SurveyRound
from survey.formatting import format_moment
from survey.instrument import load_instrument
from survey.operations.clock import today_in_vietnam
from survey.operations.keeping.clock_watch import ClockKind
from survey.operations.keeping.night_watch import find_late_night
from survey.operations.monitoring.attention import Notice
from survey.operations.monitoring.boards import AgencyOnBoard, Board
from survey.operations.monitoring.waiting import waiting_for
from survey.operations.staff.recovery import count_left
from survey.operations.staff.rights import Permission
from survey.operations.staff.warnings import find_warnings
from survey.services import services
from survey.store.monitoring.monitoring import has_points, has_responses, printed_points
from survey.store.results.heads import RunHead, RunKind, latest_heads
from survey.web.door.register import may, own_scope, requires, signed_in, staff_area
from survey.web.saying import page_language, said
from survey.web.staff.monitoring.drawings import draw_bars
from survey.web.staff.monitoring.own_board import WORDS, all_rounds, count_kinds, own_board, own_notices
from survey.wording import Language, Phrase, mark, word

bp = staff_area("staff", done={"password": mark("Đã đổi mật khẩu.")})

MOST_NOTICES, MOST_OF_A_KIND = 10, 3
MOST_ROUNDS = 8
# Whoever has no more service points than this sees them at once.
MOST_POINTS = 40
CLOCK_WORDS = {
    ClockKind.ITSELF: mark("Đồng hồ của máy chủ đã bị lùi lại {span} trong khi phần mềm đang chạy."),
    ClockKind.DATABASE: mark("Đồng hồ của máy chủ lệch {span} so với đồng hồ của cơ sở dữ liệu."),
    ClockKind.ANSWER: mark("Đồng hồ của máy chủ chậm hơn ngày của phiếu gần nhất {span}."),
    ClockKind.TRAIL: mark("Đồng hồ của máy chủ chậm hơn dòng gần nhất trong nhật ký {span}."),
}
CLOCK_ADVICE = mark("Phiếu nhận vào lúc này có thể bị ghi sai ngày. Hãy báo người quản trị hệ thống chỉnh lại đồng hồ.")

NIGHT_NEVER = mark(
    "Việc xử lý hằng đêm chưa chạy lần nào, nên máy chủ còn dấu vết thứ tự gửi phiếu. Hãy báo người quản trị hệ thống."
)
NIGHT_LATE = mark(
    "Việc xử lý hằng đêm chạy lần cuối lúc {time}, nên máy chủ còn dấu vết thứ tự gửi phiếu. "
    "Hãy báo người quản trị hệ thống."
)


@dataclass(frozen=True, slots=True)
class RoundStanding:
    """A round on the page: its state today, whether it has responses, and its latest publication."""

    survey_round: SurveyRound
    state: RoundState
    has_responses: bool
    run: RunHead | None

    @property
    def is_final(self) -> bool:
        """Tell whether the last word is out, so that nothing more can be published."""
        return self.run is not None and self.run.kind == RunKind.FINAL


@dataclass(frozen=True, slots=True)
class Ready:
    """What there is already of what a first survey takes."""

    points: bool
    round: bool
    posters: bool


@bp.get("/")
@requires(Permission.SEE_FIELDWORK)
def overview() -> ResponseReturnValue:
    """Show the current round as it stands for the person who asks, and what waits to be done."""
    today, board = today_in_vietnam(), own_board()
    notices = own_notices(board)
    points = [point for line in _own_agencies(board) for point in line.points]
    return render_template(
        "staff/monitoring/overview.html",
        simulated=board is not None and board.survey_round.simulated,
        trial=services().settings.is_trial,
        wrong=[*_clock_words(board), *_night_words()],
        warnings=_warnings(),
        without_codes=signed_in().account.totp_secret is not None and not count_left(services().store, signed_in()),
        board=board,
        instrument=load_instrument(board.survey_round.instrument) if board else None,
        recent=_recent(board),
        ready=_ready(board),
        notices=_first(notices),
        number=len(notices),
        waiting=waiting_for(services().store, own_scope(), today=today),
        kinds=count_kinds(notices),
        rounds=_round_lines(today),
        agencies=_own_agencies(board),
        bars=draw_bars(board, points) if board else {},
        **WORDS,
    )


def _warnings() -> list[Phrase]:
    """Return what administrators alone should hear about accounts."""
    made = services()
    return find_warnings(made.store, roles=made.settings.second_factor_roles) if may("MANAGE_STAFF") else []


def _clock_words(board: Board | None) -> list[str]:
    """Return what is wrong with the clock, in words."""
    answered = board is not None and not board.survey_round.simulated
    found = services().clock.faults(last_day=board.counts.last_day if board and answered else None)
    told = [said(CLOCK_WORDS[one.kind], span=span_words(one.behind, page_language())) for one in found]
    return [*told, said(CLOCK_ADVICE)] if told else []


def _night_words() -> list[str]:
    """Return in words that the nightly work is late."""
    late = find_late_night(services().store)
    if late is None:
        return []
    if late.last is None:
        return [said(NIGHT_NEVER)]
    return [said(NIGHT_LATE, time=format_moment(late.last, language=page_language()))]


def span_words(span: timedelta, language: Language) -> str:
    """Return how long something is, in the unit that tells it best.

    >>> span_words(timedelta(minutes=3), "vi"), span_words(timedelta(hours=-30), "en"), span_words(timedelta(9), "vi")
    ('3 phút', '30 hours', '9 ngày')
    """
    minutes = round(abs(span).total_seconds() / 60)
    if minutes < 2 * 60:
        return word("{n} phút", language).format(n=minutes)
    if minutes < 2 * 24 * 60:
        return word("{n} giờ", language).format(n=round(minutes / 60))
    return word("{n} ngày", language).format(n=round(minutes / (24 * 60)))


def _first(found: Sequence[Notice]) -> list[Notice]:
    """Return the first notices of each kind, so that one kind does not hide the others."""
    some = chain.from_iterable(islice(kind, MOST_OF_A_KIND) for _, kind in groupby(found, key=lambda one: one.kind))
    return list(islice(some, MOST_NOTICES))


def _own_agencies(board: Board | None) -> tuple[AgencyOnBoard, ...]:
    """Return the agencies whose service points the page shows, those of somebody who has few."""
    few = board is not None and own_scope().agencies is not None and len(board.point_ids) <= MOST_POINTS
    return board.agencies if board and few else ()


def _recent(board: Board | None) -> tuple[int, int]:
    """Return the responses of the last day that is counted, and of the one before."""
    if board is None:
        return 0, 0
    last, points = board.counted_to, board.point_ids
    return board.counts.on(last, points), board.counts.on(last - timedelta(days=1), points)


def _ready(board: Board | None) -> Ready:
    """Tell how far a first survey has come; whoever has responses has posters, printed wherever."""
    with services().store.reading() as connection:
        answered = board is not None and bool(board.responses)
        return Ready(has_points(connection), board is not None, answered or bool(printed_points(connection)))


def _round_lines(today: date) -> list[RoundStanding]:
    """Return the rounds that opened last."""
    rounds = dict(list(all_rounds().items())[:MOST_ROUNDS])
    with services().store.reading() as connection:
        latest = {head.round_code: head for head in latest_heads(connection)}
        answered = has_responses(connection, rounds)
    return [
        RoundStanding(survey_round, survey_round.state_on(today), number in answered, latest.get(survey_round.code))
        for number, survey_round in rounds.items()
    ]
