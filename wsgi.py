"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

import gc
import sys

from survey.app import create_app
from survey.errors import SettingError

try:
    app = create_app()
except SettingError as error:
    # A setting that cannot be is the administrator's to mend: one line tells more than thirty of traceback.
    sys.exit(f"hai-long: {error}")

# What is loaded now stays for ever: the collector need not look at it again at every request.
gc.collect()
gc.freeze()
