"""A registry from spreadsheets: first a preview of what will change, then the change."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("imports", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
