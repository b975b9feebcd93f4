"""The registry: agencies and service points are found, added and edited."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("registry", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
