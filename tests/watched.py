"""A server that is watched: what it counts, what it writes, and citizens who answer."""

import json
import re

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from survey.store import tables
from tests.servers import running_server

POINT, TOKEN, TICK = "L4E3SZF", "only-for-prometheus", 0.5


def watched_environment(folder, database_url):
    """Return the environment of a server that writes all it can, as JSON, and tells its counts."""
    return {
        "HAI_LONG_INSTANCE": str(folder / "instance"),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        "FLOOD_PER_MINUTE": "100000",
        "ANSWERS_PER_HOUR": "100000",
        "ANSWERS_PER_DAY": "100000",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": TOKEN,
    }


def read_metrics(reply):
    """Return the values of /metrics, summed over processes, by name and labels."""
    found = {}
    for family in text_string_to_metric_families(reply):
        for one in family.samples:
            labels = tuple(sorted((name, value) for name, value in one.labels.items() if name != "process"))
            found[one.name, labels] = found.get((one.name, labels), 0) + one.value
    return found


def scrape(caller, token=TOKEN):
    return caller.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})


def answers(metrics, event):
    return metrics["hai_long_answers_total", (("event", event),)]


def answer(caller, **more):
    """Answer as the page's script does."""
    token = re.search(r'name=token[^>]* value="([^"]+)"', caller.get(f"/K/{POINT}").body)[1]
    form = {"A1": "5", "token": token, **more}
    return caller.post(f"/K/{POINT}", form)


def rows(store):
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.response)).scalar_one()


def quick_server(environment, folder, *, step):
    """Run a server that shows what it counts every half a second, and ends steps of `step` seconds."""
    more = {"STEP": str(step), "TICK": str(TICK)}
    return running_server({**environment, **more}, folder, target="tests.quick_steps:app")


def lines_of(output):
    """Return the lines of a log that are ours."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
