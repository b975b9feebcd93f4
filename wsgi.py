"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

import gc

from survey.app import create_app

app = create_app()

# What is loaded now stays for ever: the collector need not look at it again at every request.
gc.collect()
gc.freeze()
