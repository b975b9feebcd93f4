"""The application as it is served for real use, on a database and a port of its own."""

import sys
from pathlib import Path

from scripts.benches.servers import Command, granian

REPOSITORY = Path(__file__).parents[2]
ANSWERS_A_MINUTE = 100_000_000


def our_server(database: str, *, port: int, instance: Path, more: tuple[str, ...] = ()) -> Command:
    """Return the command that serves the application with the settings of a public site; `more` goes to the server.

    The flood limit is set out of reach: all respondents of a measurement come from one address.
    """
    settings = {
        "DATABASE_URL": database,
        "HAI_LONG_INSTANCE": str(instance),
        "PUBLIC_URL": "https://khaosat.example.gov.vn",
        "TRUSTED_PROXIES": "1",
        "SURVEY_OWNER": "Sở Nội vụ tỉnh Lạng Sơn",
        "FLOOD_PER_MINUTE": str(ANSWERS_A_MINUTE),
        "ANSWERS_PER_HOUR": str(ANSWERS_A_MINUTE),
        "ANSWERS_PER_DAY": str(ANSWERS_A_MINUTE),
    }
    words = granian("wsgi:app", python=Path(sys.executable), port=port)
    return Command((*words[:-1], *more, words[-1]), REPOSITORY, settings)
