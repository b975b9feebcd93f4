"""The forms of staff, each carried out once: a second press of the button has the first one's answer.

Every page carries another token, so that the same act meant once more comes from a page loaded anew and is another
form. Forms without a token are refused by their views, and not looked after here.
"""

import hashlib
import json
from collections.abc import Callable, Iterator

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from survey.operations.staff import sent_forms
from survey.operations.staff.sent_forms import Earlier, SentForm, TakenForm, make_sent_form
from survey.services import services

CHUNK = 2**16


def sent_form(cookie: str) -> SentForm | None:
    """Return the form of the current request, or None when it is none that our pages send or cannot be read."""
    try:
        if request.method != "POST" or not request.form.get("token"):
            return None
        return make_sent_form(services().settings.secret_key, _parts(cookie))
    except RequestEntityTooLarge:
        # What is left of the body must not be taken for a whole one: it is too large for the view as well.
        request.max_content_length = 0
        return None


def _parts(cookie: str) -> Iterator[bytes]:
    # A browser draws another boundary each time it sends files: the parts are the same, the bytes are not.
    yield from (cookie.encode(), request.path.encode(), request.query_string)
    for name, value in request.form.items(multi=True):
        yield from (b"field", name.encode(), value.encode())
    for name, file in request.files.items(multi=True):
        yield from (b"file", name.encode(), (file.filename or "").encode(), _digest_of(file))


def _digest_of(file: FileStorage) -> bytes:
    found = hashlib.sha256()
    while chunk := file.stream.read(CHUNK):
        found.update(chunk)
    file.stream.seek(0)
    return found.digest()


def earlier_answer(form: SentForm) -> Response | Earlier:
    """Return the answer to the same form sent before, or why there is none."""
    found = sent_forms.find_earlier(services().store, form)
    return found if isinstance(found, Earlier) else _unpacked(found)


def carry_out(form: SentForm, view: Callable[[], ResponseReturnValue]) -> Response | Earlier:
    """Return the answer of a view to a form, which is kept when the view did what was asked.

    When somebody sends the same form at this moment, that one's answer; or why there is none.
    """
    while (taken := sent_forms.take_form(services().store, form)) is None:
        earlier = earlier_answer(form)
        if earlier is not Earlier.NONE:
            return earlier
    done = False
    try:
        answer = make_response(view())
        done = answer.status_code < 400
    finally:
        if not done:
            _note(lambda: sent_forms.let_go(services().store, taken))
    if done:
        _keep(taken, answer)
    return answer


def _keep(taken: TakenForm, answer: Response) -> None:
    whole = not (answer.direct_passthrough or answer.is_streamed)
    packed = _packed(answer) if whole else bytes(sent_forms.MOST_ANSWER + 1)
    _note(lambda: sent_forms.keep_answer(services().store, taken, packed))


def _note(write: Callable[[], None]) -> None:
    """Write down what became of a form. The act itself stands: what goes wrong here must not deny it."""
    try:
        write()
    except SQLAlchemyError:
        current_app.logger.warning("what became of a sent form could not be noted", exc_info=True)


def _packed(answer: Response) -> bytes:
    head = json.dumps([answer.status_code, list(answer.headers)])
    return head.encode() + b"\n" + answer.get_data()


def _unpacked(packed: bytes) -> Response:
    head, _, body = packed.partition(b"\n")
    status, headers = json.loads(head)
    return Response(body, status, [(name, value) for name, value in headers])
