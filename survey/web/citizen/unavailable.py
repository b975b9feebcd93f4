"""What people and programs hear while nothing can be read or stored, and what they typed comes back with it.

The database is away, waited for in vain, or its disk is full. It passes: everybody is asked to send again.
"""

from flask import Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from survey.web.asked import wants_json
from survey.web.citizen.pages import shared_context
from survey.wording import Language, mark, word

# A database that is started again takes some seconds; phones wait that long at least.
RETRY_SECONDS = 15
RETRY = {"Retry-After": str(RETRY_SECONDS)}
# What people write themselves stands before them again; all else is carried along unseen.
WRITTEN = frozenset({"comment", "text", "contact"})
MOST_FIELDS = 200
TITLE = mark("Chưa kết nối được với hệ thống")
KEPT = mark("Nội dung vừa nhập còn nguyên ở trang này. Xin ông/bà chờ ít giây rồi bấm “Gửi lại”.")
LATER = mark("Xin ông/bà chờ ít giây rồi mở lại trang này.")


def unavailable(language: Language) -> Response:
    """Return the answer with status 503: JSON for the page's script, else a page that holds the form as it was sent."""
    fields = _fields()
    text = word(KEPT if fields else LATER, language)
    if wants_json():
        answer = make_response(jsonify(error="unavailable", message=f"{word(TITLE, language)}. {text}"), 503)
    else:
        answer = make_response(_page(language, text, fields), 503)
    answer.headers.update({**RETRY, "Cache-Control": "no-store"})
    return answer


def _page(language: Language, text: str, fields: list[tuple[str, str]]) -> str:
    own = {"title": word(TITLE, language), "text": text, "written": WRITTEN, "fields": fields}
    return render_template("respond/again.html", **shared_context(language), **own, path=_own_address())


def _fields() -> list[tuple[str, str]]:
    """Return what was posted, in order; of a body that cannot be read nothing comes back."""
    if request.method != "POST":
        return []
    try:
        return list(request.form.items(multi=True))[:MOST_FIELDS]
    except HTTPException:
        return []


def _own_address() -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path
