"""The application as a server loads it, with steps of seconds in place of quarters of an hour."""

import os

from survey.app import create_app
from survey.services import EXTENSION
from survey.watching.process import PROCESS

# Whoever only looks what is in here gets no application.
if "STEP" in os.environ:
    app = create_app()
    settings = app.extensions[EXTENSION].settings
    PROCESS.begin(settings.instance / "metrics", step=float(os.environ["STEP"]), tick=float(os.environ["TICK"]))
