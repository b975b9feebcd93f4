"""The poster studio: what is printed, what was printed when, and what becomes of a code."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("studio", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
