"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

import gc
import os
import sys

from survey.app import create_app, say_if_alone
from survey.errors import SettingError
from survey.services import EXTENSION
from survey.watching.process import PROCESS
from survey.watching.runs import Area, WatchedRun, bind_for_good

# What we write is nobody else's business: the database, keys, reports, counts.
os.umask(0o077)

# Flask says so to whatever it loads for a command; a server loads us to serve.
is_command = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
if is_command:
    bind_for_good(WatchedRun(Area.COMMAND))

try:
    app = create_app()
except SettingError as error:
    # A setting that cannot be is the administrator's to mend: one line tells more than thirty of traceback.
    sys.exit(f"hai-long: {error}")

if not is_command:
    say_if_alone(app)
    PROCESS.begin(app.extensions[EXTENSION].settings.instance / "metrics")

# What is loaded now stays for ever: the collector need not look at it again at every request.
gc.collect()
gc.freeze()
