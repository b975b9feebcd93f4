"""The citizen's page on a shared tablet, and what lets it work while the network is away."""

from flask import Blueprint

bp = Blueprint("kiosk", __name__)
