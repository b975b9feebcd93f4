"""Shared tablets: made, listed, revoked."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("kiosks", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
