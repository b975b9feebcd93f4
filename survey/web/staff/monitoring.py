"""How answers come in: counts by service point and day, goals, silent counters, notices."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("monitoring", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
