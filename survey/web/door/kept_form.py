"""What somebody typed before the session was over: carried through sign-in in hidden fields, then sent again.

Nothing is kept on the server. A form is carried only when our own page sent it: from another site it could put
words into somebody's mouth. Tokens, passwords and PINs are left out; of a file only its name is known.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from survey.services import services

OWN_PATH = re.compile(r"/staff/(?:[\w-][\w.-]*(?:/[\w-][\w.-]*)*/?)?(?:\?[\w.=&%+,:;~@!*()/-]*)?", re.ASCII)
# The forms of the door itself begin anew.
DOOR = ("/staff/sign-in", "/staff/sign-out", "/staff/password", "/staff/second-factor", "/staff/confirm")
LEFT_OUT = frozenset({"token", "password", "pin"})
PATH, FIELD, FILE = "kept-path", "kept.", "kept-file."
# What the address of a form says that carries another one, and how many bytes a form has that does not.
CARRIES, MOST_ALONE = "carries", 8_192
KNOCKING = DOOR[0]


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that was not received: where it was sent, its fields in order, and names and field of its files."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """The names and values that carry it through another form."""
        fields = ((FIELD + name, value) for name, value in self.fields)
        return (PATH, self.path), *fields, *((FILE + name, value) for name, value in self.files)

    @property
    def file_names(self) -> dict[str, list[str]]:
        """The names of the files that have to be chosen again, by field."""
        return {name: [file for field, file in self.files if field == name] for name, _ in self.files}


def posted_form() -> KeptForm | None:
    """Return the form the current request sends, unless it is one that must not or cannot be carried."""
    path = asked_path()
    if request.method != "POST" or request.path in DOOR or not path or comes_from_elsewhere():
        return None
    try:
        fields = tuple((name, value) for name, value in request.form.items(multi=True) if name not in LEFT_OUT)
        files = tuple((name, file.filename) for name, file in request.files.items(multi=True) if file.filename)
    except RequestEntityTooLarge:
        return None
    return KeptForm(path, fields, files)


def carried_form() -> KeptForm | None:
    """Return the form the current request, one of the door's, carries along."""
    if request.method != "POST" or comes_from_elsewhere():
        return None
    allow_carried()
    path = request.form.get(PATH, "")
    if not OWN_PATH.fullmatch(path) or path.partition("?")[0] in DOOR:
        return None
    return KeptForm(path, _carried(FIELD), _carried(FILE))


def allow_carried() -> None:
    """Let a form of the door have what it carries along."""
    # Whoever knocks has no session yet: a stranger's form is small.
    alone = request.path == KNOCKING and not request.args.get(CARRIES)
    # What was posted once fits in; as hidden fields it is longer.
    most = MOST_ALONE if alone else 2 * int(current_app.config["MAX_CONTENT_LENGTH"])
    request.max_content_length = request.max_form_memory_size = most


def _carried(prefix: str) -> tuple[tuple[str, str], ...]:
    found = request.form.items(multi=True)
    return tuple((name.removeprefix(prefix), value) for name, value in found if name.startswith(prefix))


def asked_path() -> str:
    """Return the path and query of the current request when it is an own staff path, else nothing."""
    query = request.query_string.decode("ascii", "replace")
    path = f"{request.path}?{query}" if query else request.path
    return path if OWN_PATH.fullmatch(path) else ""


def page_before() -> str:
    """Return the own staff path of the page that sent the current request, nothing when it is not known."""
    before = urlsplit(request.referrer or "")
    path = f"{before.path}?{before.query}" if before.query else before.path
    return path if before.netloc == request.host and OWN_PATH.fullmatch(path) else ""


def comes_from_elsewhere() -> bool:
    """Tell whether another site made the browser send this request.

    Every browser of today names the origin of a POST, and those since 2023 the relation as well; only
    a program that is no browser sends neither, and no other site can make it send anything.
    """
    relation, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if relation is not None:
        return relation not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc != request.host


def is_host_changed() -> bool:
    """Tell whether a form that seems to come from elsewhere was sent from our own address.

    Something on the way then changed Host, or let the browser hide where it came from (Origin: null).
    """
    origin = request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return False
    own = urlsplit(services().settings.public_url).netloc
    return origin == "null" or (urlsplit(origin).netloc == own and request.host != own)
