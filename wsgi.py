"""The WSGI entry point: `granian --interface wsgi wsgi:app`, and `flask --app wsgi …` for commands."""

from survey.app import create_app

app = create_app()
