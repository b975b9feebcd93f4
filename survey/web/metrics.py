"""The counts of all processes for Prometheus, for whoever shows the token; without a token there is no such page."""

import hmac

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from survey.services import services
from survey.settings import VERSION
from survey.watching import counts
from survey.watching.process import PROCESS

bp = Blueprint("metrics", __name__)

HELP = {
    counts.EVENTS: ("counter", "What citizens met; moves at whole quarters of an hour."),
    counts.REFUSALS: ("counter", "Answers that were not taken; moves at whole quarters of an hour."),
    counts.TROUBLES: ("counter", "Citizens' requests with these statuses; moves at whole quarters of an hour."),
    counts.FALLBACKS: ("counter", "Another way had to be tried; moves at whole quarters of an hour."),
    counts.REQUESTS: ("counter", "Requests of staff and programs."),
    counts.SECONDS: ("histogram", "How long requests of staff and programs took."),
    counts.LINES_LOST: ("counter", "Lines of the log that could not be written."),
    counts.STEP: ("gauge", "End of the latest quarter of an hour that is shown."),
    counts.UNWRITTEN: ("gauge", "1 while this process cannot write its counts for the others."),
}
SUFFIXES = ("_bucket", "_count", "_sum")


@bp.get("/metrics", provide_automatic_options=False)
def metrics() -> ResponseReturnValue:
    """Tell the counts."""
    token, shown = services().settings.metrics_token, request.authorization
    if not token:
        abort(404)
    given = shown.token if shown is not None and shown.type == "bearer" and shown.token else ""
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode()):
        refused = {"WWW-Authenticate": 'Bearer realm="hai-long metrics"', "Cache-Control": "no-store"}
        return Response("a token is needed\n", 401, refused, mimetype="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told())
    headers = {"Cache-Control": "no-store"}
    return Response(generate_latest(registry), headers=headers, content_type=CONTENT_TYPE_LATEST)


class _Told(Collector):
    """Gives what the processes tell in the shape of the library."""

    def collect(self) -> list[Metric]:
        """Return all families, each with the values of every process."""
        families = {name: Metric(name, text, kind) for name, (kind, text) in HELP.items()}
        for process, sample in PROCESS.told():
            family = families.get(next(filter(families.get, _names(sample.name)), ""))
            if family:
                name = f"{sample.name}_total" if family.type == "counter" else sample.name
                family.add_sample(name, {**dict(sample.labels), "process": process}, sample.value)
        version = Metric("hai_long_build", "The version that runs.", "info")
        version.add_sample("hai_long_build_info", {"version": VERSION}, 1)
        return [*families.values(), version]


def _names(name: str) -> list[str]:
    """Return what the family of a value may be called."""
    return [name, *(name.removesuffix(end) for end in SUFFIXES if name.endswith(end))]
