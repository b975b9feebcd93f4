"""Errors to pages: one place, one status and one text for each."""

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from survey.web import notices
from survey.web.api_problems import is_for_programs, make_problem
from survey.web.asked import asked_language
from survey.web.auth import staff_headers
from survey.web.citizen_pages import shared_context
from survey.wording import mark, word

STAFF = "/staff/"
STAFF_WORDS = {
    400: ("Yêu cầu không đúng", "Mời quay lại trang trước và thử lại."),
    403: ("Không có quyền", "Tài khoản này không có quyền làm việc đó. Nếu cần, mời liên hệ người quản trị hệ thống."),
    404: ("Không có trang này", "Địa chỉ không đúng, hoặc nội dung thuộc cơ quan khác."),
    405: ("Trang này không nhận yêu cầu đó", "Mời quay lại trang trước."),
    500: ("Hệ thống đang có lỗi", "Việc vừa làm chưa được lưu. Mời thử lại sau ít phút."),
}


def register_errors(app: Flask) -> None:
    """Make pages of everything that can go wrong."""
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
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
        return _page(mark("Không có trang này"), mark("Mời ông/bà xem lại địa chỉ hoặc nhập mã in trên áp phích.")), 404
    if error.code == 405:
        return _page(mark("Trang này không nhận yêu cầu đó"), mark("Mời ông/bà quay lại trang trước.")), 405
    return _page(mark("Yêu cầu không đúng"), mark("Mời ông/bà quay lại trang trước và thử lại.")), error.code or 400


def _fault(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("unexpected error on %s", request.url_rule, exc_info=error)
    if is_for_programs(request.path):
        return make_problem()
    if request.path.startswith(STAFF):
        return _staff_page(*STAFF_WORDS[500], status=500)
    return _page(mark("Hệ thống đang có lỗi"), mark("Câu trả lời chưa được lưu. Mời ông/bà thử lại sau ít phút.")), 500


def _staff_page(title: str, text: str, *, status: int) -> ResponseReturnValue:
    page = render_template("staff/notice.html", language="vi", title=title, text=text)
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
    )
