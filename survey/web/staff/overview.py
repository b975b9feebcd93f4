"""The staff overview: the round, how many responses came in and where, and what was published.

Counts only. What people answered is shown nowhere before it is published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qr.posters import PosterSize
from survey.errors import RoundError, UnknownCodeError
from survey.fieldwork import Agency, RoundState, ServicePoint, SurveyRound
from survey.formatting import SortKey, vietnamese_key
from survey.forms.staff_forms import StaffForm
from survey.instrument import load_instrument
from survey.operations import accounts, runs
from survey.operations.clock import today_in_vietnam
from survey.operations.publishing import publish_run
from survey.operations.rights import Permission
from survey.operations.runs import PublishedRun
from survey.operations.services import services
from survey.store.fieldwork import PlacedPoint, list_agencies, list_rounds, list_service_points
from survey.store.responses import count_by_service_point
from survey.store.staff import Act
from survey.web.auth import bind_form, expired_page, notice_page, requires, signed_in, staff_headers

bp = Blueprint("staff", __name__, url_prefix="/staff")
bp.after_request(staff_headers)

SIZES = {
    PosterSize.A4: "A4",
    PosterSize.A5: "A5",
    PosterSize.TENT: "Để bàn",
    PosterSize.STICKER: "Nhãn dán",
}
DONE = {"password": "Đã đổi mật khẩu.", "published": "Đã công bố kết quả mới."}


@dataclass(frozen=True, slots=True)
class PointLine:
    """A service point on the page, whether its poster is in use today, and its responses."""

    point: ServicePoint
    in_use: bool
    responses: int


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency on the page with its service points."""

    agency: Agency
    points: tuple[PointLine, ...]

    @property
    def responses(self) -> int:
        """Responses of all its service points."""
        return sum(line.responses for line in self.points)

    @property
    def in_use(self) -> bool:
        """Tell whether there is a poster to print."""
        return any(line.in_use for line in self.points)


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round on the page, its state today, its responses and what of it was last published."""

    survey_round: SurveyRound
    state: RoundState
    responses: int
    run: PublishedRun | None


@bp.get("/")
@requires(Permission.SEE_FIELDWORK)
def overview() -> ResponseReturnValue:
    """Show the current round, the responses per service point, and the publications."""
    store, today = services().store, today_in_vietnam()
    with store.reading() as connection:
        agencies = list_agencies(connection)
        points = list_service_points(connection)
        rounds = list_rounds(connection)
        counts = {number: count_by_service_point(connection, number) for number in rounds}
    lines = _round_lines(rounds, counts, runs.published_runs(store), today)
    current = _current_round(rounds, today)
    return render_template(
        "staff/overview.html",
        language="vi",
        account=signed_in().account,
        trial=services().settings.is_trial,
        done=DONE.get(request.args.get("done", "")),
        sizes=SIZES,
        rounds=lines,
        current=lines[list(rounds).index(current)] if current is not None else None,
        instrument=load_instrument(rounds[current].instrument) if current is not None else None,
        agencies=_agency_lines(agencies, points, counts[current] if current is not None else {}, today),
    )


def _current_round(rounds: Mapping[int, SurveyRound], today: date) -> int | None:
    """Return the row number of the round that is open, else of the next one, else of the last one."""
    by_state = {number: one.state_on(today) for number, one in rounds.items()}
    for state in (RoundState.OPEN, RoundState.UPCOMING):
        found = [number for number in rounds if by_state[number] is state]
        if found:
            return min(found, key=lambda number: rounds[number].opens)
    return max(rounds, key=lambda number: rounds[number].closes, default=None)


def _round_lines(
    rounds: Mapping[int, SurveyRound],
    counts: Mapping[int, Mapping[int, int]],
    published: Iterable[PublishedRun],
    today: date,
) -> list[RoundLine]:
    latest: dict[str, PublishedRun] = {}
    for run in published:
        latest.setdefault(run.round_code, run)
    return [
        RoundLine(one, one.state_on(today), sum(counts[number].values()), latest.get(one.code))
        for number, one in rounds.items()
    ]


def _agency_lines(
    agencies: Mapping[int, Agency], points: Sequence[PlacedPoint], counts: Mapping[int, int], today: date
) -> list[AgencyLine]:
    """Return the agencies with a service point that is in use or has responses, by block and name."""
    lines = []
    for number, agency in sorted(agencies.items(), key=lambda found: _place(found[1])):
        own = [placed for placed in points if placed.agency_id == number]
        found = [PointLine(one.point, one.point.is_valid_on(today), counts.get(one.id, 0)) for one in own]
        shown = tuple(line for line in found if line.in_use or line.responses)
        if shown:
            lines.append(AgencyLine(agency, shown))
    return lines


def _place(agency: Agency) -> tuple[SortKey, SortKey]:
    return vietnamese_key(agency.block), vietnamese_key(agency.name)


@bp.post("/rounds/<code>/publish")
@requires(Permission.PUBLISH)
def publish(code: str) -> ResponseReturnValue:
    """Freeze the index of a round and show it to the public."""
    if not bind_form(StaffForm).validate():
        return expired_page()
    try:
        run = publish_run(services().store, code, today=today_in_vietnam())
    except UnknownCodeError:
        return notice_page("Không có đợt này", f"Không có đợt khảo sát nào mang mã {code}."), 404
    except RoundError:
        return notice_page("Chưa công bố được", NOTHING_NEW), 409
    accounts.note_act(services().store, signed_in(), Act.PUBLICATION, f"round {code}, run {run.id}")
    return redirect(url_for("staff.overview", done="published"), 303)


NOTHING_NEW = (
    "Đợt này chưa có phiếu, hoặc chưa cơ quan nào có thêm từ 10 phiếu kể từ lần công bố trước. "
    "Công bố sau từng ít phiếu sẽ làm lộ câu trả lời của từng người."
)
