"""Accounts: who may sign in, in which role, for which agency."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("people", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
