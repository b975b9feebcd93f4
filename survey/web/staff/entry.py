"""Answers from paper and by helping hand."""

from flask import Blueprint

from survey.web.auth import staff_headers

bp = Blueprint("entry", __name__, url_prefix="/staff")
bp.after_request(staff_headers)
