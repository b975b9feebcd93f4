"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

import gc

from survey.app import create_app

app = create_app()

# What is loaded now stays for ever, and a request leaves hardly any circle behind: the collector need
# neither look at the one again and again nor at the other every few hundred objects.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
