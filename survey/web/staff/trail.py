"""The audit trail, for those who check."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("trail", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
