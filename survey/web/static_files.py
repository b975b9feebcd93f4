"""The files pages link to, under addresses that change with their bytes, so that they may be kept for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).parent.parent / "static"


@cache
def static_address(name: str) -> str:
    """Return the address of a file in `survey/static`."""
    file = FOLDER / name
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/static/{file.stem}.{digest}{file.suffix}"


def serve_static(app: Flask) -> None:
    """Answer the addresses of static files in front of Flask."""
    front = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_add_headers,
    )
    for file in FOLDER.iterdir():
        front.add_file_to_dictionary(static_address(file.name), str(file))
    app.wsgi_app = front  # type: ignore[method-assign]
    app.jinja_env.globals["static_address"] = static_address


def _add_headers(headers: dict[str, str], path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
