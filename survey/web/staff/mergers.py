"""Agencies that become one, or several: with a date, and without losing their past."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("mergers", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
