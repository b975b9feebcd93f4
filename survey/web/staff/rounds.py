"""Survey rounds: made, changed within what may still change, closed; visits and goals."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("rounds", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
