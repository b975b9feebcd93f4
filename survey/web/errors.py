"""Errors to pages: one place, one status and one text for each."""

from flask import Flask, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, DBAPIError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from survey.errors import BusyError, ChangedMeanwhileError, UnknownCodeError
from survey.forms import messages
from survey.store.refusals import OUT_OF_RANGE, code_of, is_for_later
from survey.watching.runs import current_id
from survey.web.api.problems import ApiRefusal, is_for_programs, make_problem
from survey.web.asked import address_in_other_language, asked_language
from survey.web.citizen import notices
from survey.web.citizen.pages import shared_context
from survey.web.citizen.unavailable import RETRY, unavailable
from survey.web.door.door import notice_page, somebody, staff_headers
from survey.web.door.kept_form import page_before, posted_form
from survey.web.door.scope import note_absence
from survey.web.reading import SAFE
from survey.web.saying import page_language, tell
from survey.wording import mark, word

STAFF = "/staff/"
# Where a helping hand fills in the citizen's own form.
ASSISTED = "/staff/entry/assisted/"
STAFF_WORDS = {
    400: (mark("Thao tác chưa thực hiện được"), mark("Hãy quay lại trang trước và thử lại.")),
    403: (mark("Không có quyền"), messages.NO_RIGHT),
    404: (mark("Không có trang này"), mark("Địa chỉ không đúng, hoặc nội dung thuộc cơ quan khác.")),
    405: (mark("Không thực hiện được thao tác này"), mark("Hãy quay lại trang trước.")),
    409: (
        mark("Chưa lưu được"),
        mark(
            "Trong lúc này có người khác thay đổi cùng nội dung, nên nội dung vừa gửi chưa được lưu. Hãy mở lại trang"
            " để xem nội dung hiện tại rồi làm tiếp; nếu nội dung vừa nhập vẫn đúng, hãy bấm “Tiếp tục” để gửi lại."
        ),
    ),
    500: (mark("Hệ thống đang có lỗi"), mark("Thao tác vừa rồi chưa được lưu. Hãy thử lại sau ít phút.")),
}
AWAY_WORDS = (
    mark("Chưa kết nối được với cơ sở dữ liệu"),
    mark(
        "Cơ sở dữ liệu chưa trả lời hoặc ổ đĩa của máy chủ đã đầy, nên thao tác vừa rồi chưa thực hiện được. Hãy chờ"
        " ít phút rồi thử lại; nếu vẫn chưa được, hãy báo người quản trị hệ thống."
    ),
)

BUSY_WORDS = (
    mark("Chưa lưu được"),
    mark(
        "Lúc này có người khác đang lưu thay đổi ở cùng chỗ, nên nội dung vừa gửi chưa được lưu. Hãy chờ ít phút rồi"
        " bấm “Tiếp tục” để gửi lại."
    ),
)

GONE_WORDS = (
    mark("Không còn nội dung này"),
    mark(
        "Nội dung này vừa được người khác xóa hoặc không thuộc phạm vi của tài khoản, nên nội dung vừa gửi chưa được"
        " lưu."
    ),
)


def register_errors(app: Flask) -> None:
    """Make pages of everything that can go wrong."""
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ChangedMeanwhileError, _changed_meanwhile)
    app.register_error_handler(UnknownCodeError, _gone)
    app.register_error_handler(DataError, _beyond_database)
    app.register_error_handler(Exception, _fault)


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    # The body cannot be read, so the language of the form is not known.
    return notices.too_large("en" if request.args.get("lang") == "en" else "vi")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if is_for_programs(request.path):
        return make_problem(error)
    if request.path.startswith(STAFF):
        return _staff_page(*STAFF_WORDS.get(error.code or 400, STAFF_WORDS[400]), status=error.code or 400)
    if error.code == 404:
        text = mark("Xin ông/bà xem lại địa chỉ hoặc nhập mã điểm phục vụ in trên áp phích.")
        return _page(mark("Không có trang này"), text), 404
    if error.code == 405:
        return _page(mark("Không thực hiện được thao tác này"), mark("Xin ông/bà quay lại trang trước.")), 405
    text = mark("Xin ông/bà quay lại trang trước và thử lại.")
    return _page(mark("Thao tác chưa thực hiện được"), text), error.code or 400


def _changed_meanwhile(error: ChangedMeanwhileError) -> ResponseReturnValue:
    """Say that somebody else was faster, whatever told so, and keep what was typed."""
    current_app.logger.warning("refused on %s: %s", request.url_rule, error)
    if is_for_programs(request.path):
        return make_problem(ApiRefusal(409, "changed_meanwhile", "Somebody else changed this meanwhile; try again."))
    if request.path.startswith(STAFF):
        return _staff_page(*(BUSY_WORDS if isinstance(error, BusyError) else STAFF_WORDS[409]), status=409, keep=True)
    if isinstance(error, BusyError):
        return unavailable(asked_language())
    return _page(mark("Chưa gửi được"), mark("Nội dung vừa gửi chưa được lưu. Xin ông/bà gửi lại sau ít phút.")), 409


def _gone(error: UnknownCodeError) -> ResponseReturnValue:
    """Say that what the act was about is not there any more, and keep what was typed."""
    current_app.logger.warning("refused on %s: %s", request.url_rule, error)
    if request.path.startswith(STAFF):
        return _staff_page(*GONE_WORDS, status=404, keep=True)
    return _http_error(NotFound())


def _beyond_database(error: DataError) -> ResponseReturnValue:
    """Say that there is no such page where what was asked for is nothing the database can hold: NUL, a huge number."""
    asked_beyond = "NUL" in str(error.orig) or code_of(error) == OUT_OF_RANGE
    return _http_error(NotFound()) if asked_beyond and request.method in SAFE else _fault(error)


def _fault(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected error on %s", request.url_rule, exc_info=error)
    if is_for_later(error):
        return _for_later()
    if is_for_programs(request.path):
        return make_problem()
    if request.path.startswith(STAFF):
        return _staff_page(*STAFF_WORDS[500], status=500, keep=True)
    return _page(mark("Hệ thống đang có lỗi"), mark("Câu trả lời chưa được lưu. Xin ông/bà thử lại sau ít phút.")), 500


def _for_later() -> ResponseReturnValue:
    """Say that nothing can be read or stored just now, and keep what was typed."""
    if is_for_programs(request.path):
        text = "The database does not answer just now; try again."
        return make_problem(ApiRefusal(503, "unavailable", text, headers=RETRY))
    if not request.path.startswith(STAFF) or request.path.startswith(ASSISTED):
        return unavailable(asked_language())
    # Whoever it is cannot be looked up; what was sent goes back with the token it came with.
    g.somebody = None
    kept, token = posted_form(), request.form.get("token", "") if request.method == "POST" else ""
    title, text = (tell(words) for words in AWAY_WORDS)
    own = {"title": title, "text": text, "kept": kept, "token": token, "error_id": current_id()}
    page = render_template("staff/notice.html", language=page_language(), home="/staff/", **own)
    answer = staff_headers(make_response(page, 503))
    answer.headers.update(RETRY)
    return answer


def _staff_page(title: str, text: str, *, status: int, keep: bool = False) -> ResponseReturnValue:
    if status == 404:
        note_absence()
    try:
        return _framed_page(title, text, status=status, keep=keep)
    except DBAPIError as error:
        # Who looks at the page is looked up for its frame.
        if is_for_later(error):
            return _for_later()
        g.somebody = None
        return _framed_page(title, text, status=status, keep=keep)


def _framed_page(title: str, text: str, *, status: int, keep: bool) -> ResponseReturnValue:
    if somebody():
        kept, again = (posted_form(), page_before()) if keep else (None, "")
        page = notice_page(title, text, kept=kept, again=again, error_id=current_id())
    else:
        words = {"language": page_language(), "title": tell(title), "text": tell(text)}
        home = url_for("staff.overview")
        page = render_template("staff/notice.html", **words, home=home, error_id=current_id())
    return staff_headers(make_response(page, status))


def _page(title: str, text: str) -> str:
    language = asked_language()
    return render_template(
        "respond/notice.html",
        **shared_context(language),
        title=word(title, language),
        paragraphs=[word(text, language)],
        actions=(),
        code_path="/K",
        code="",
        other_language_path=address_in_other_language(),
    )
