"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

import gc
import os
import sys

from survey.app import IS_COMMAND, create_app, require_servable, say_if_alone
from survey.errors import SettingError, StoreError
from survey.services import EXTENSION
from survey.watching.process import PROCESS
from survey.watching.runs import Area, WatchedRun, bind_for_good

# What we write is nobody else's business: the database, keys, reports, counts.
os.umask(0o077)

if IS_COMMAND:
    bind_for_good(WatchedRun(Area.COMMAND))

try:
    app = create_app()
    if not IS_COMMAND:
        require_servable(app)
except (SettingError, StoreError) as error:
    # A setting or a schema that cannot be is the administrator's to mend: a line tells more than thirty of traceback.
    sys.exit(f"hai-long: {error}")

if not IS_COMMAND:
    say_if_alone(app)
    PROCESS.begin(app.extensions[EXTENSION].settings.instance / "metrics")

# What is loaded now stays for ever: the collector need not look at it again at every request.
gc.collect()
gc.freeze()
