"""Put the application together."""

import logging
import os
from collections.abc import Mapping

from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.cli import register_commands
from survey.errors import StoreError
from survey.forms.form_token import FormTokens
from survey.operations.cache import Kept
from survey.operations.collecting.flood import FloodGuard, Pace
from survey.operations.collecting.invitations import Invitations
from survey.operations.collecting.pace import SenderAllowance, SenderPace
from survey.operations.collecting.responses import Recorder
from survey.operations.feedback.working_days import usable_working_days
from survey.operations.keeping.clock_watch import ClockWatch
from survey.operations.keeping.health import Health
from survey.operations.keeping.secret_keys import OTHER_KEY, note_key
from survey.operations.monitoring.board_making import Boards
from survey.operations.results.charts import RunCharts
from survey.operations.results.standing import PublishedRuns
from survey.services import EXTENSION, Services
from survey.settings import Settings, load_settings
from survey.store import schema
from survey.store.engine import open_store
from survey.store.refusals import is_for_later
from survey.watching.lines import LogFormat
from survey.watching.process import PROCESS
from survey.web import downloads, home, metrics
from survey.web.analysis import routes as analysis
from survey.web.api.routes import register_api
from survey.web.citizen import kiosk, respond
from survey.web.citizen.front import CitizenFront
from survey.web.citizen.intake import MOST_BODY, Intake
from survey.web.citizen.packing import Packing
from survey.web.citizen.pages import CitizenPages
from survey.web.door.hosts import OwnHost
from survey.web.door.register import register_sign_in
from survey.web.errors import register_errors
from survey.web.feedback import letters, public
from survey.web.filters import register_filters
from survey.web.limits import register_limits
from survey.web.reading import register_reading
from survey.web.results import citizen_agency
from survey.web.results import rounds as results
from survey.web.saying import register_words
from survey.web.security import transport_headers
from survey.web.staff.collecting import assisted, closing, entry, kiosks, sheets
from survey.web.staff.feedback import cases, comments
from survey.web.staff.feedback import points as case_points
from survey.web.staff.monitoring import monitoring, overview
from survey.web.staff.people import people, trail
from survey.web.staff.plans import lists, plans, tasks
from survey.web.staff.posters import batches, studio
from survey.web.staff.registry import agencies, check, codes, imports, mergers, points
from survey.web.staff.results import publishing, reports
from survey.web.staff.rounds import goals, preview, rounds, sampling, visits
from survey.web.static_files import serve_static
from survey.web.watch import Watch, register_watch

log = logging.getLogger(__name__)

# The tables of 500 agencies take a third of a second to write, and stay as they are until the next publication.
MOST_PAGES = 8
TIMES_OF_DESK = 6
# Flask says so to whatever it loads for a command; a server loads us to serve.
IS_COMMAND = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
CITIZENS = (home, metrics, respond, letters, public, kiosk, results, citizen_agency)
STAFF = (
    overview,
    agencies,
    points,
    mergers,
    imports,
    rounds,
    preview,
    goals,
    visits,
    sampling,
    publishing,
    reports,
    comments,
    case_points,
    cases,
    studio,
    batches,
    codes,
    check,
    downloads,
    monitoring,
    kiosks,
    entry,
    sheets,
    closing,
    assisted,
    lists,
    plans,
    tasks,
    people,
    trail,
)


def create_app(overrides: Mapping[str, str] | None = None) -> Flask:
    """Return the application; `overrides` stand in for environment variables of the same names."""
    return open_app(make_pages(), load_settings({**os.environ, **(overrides or {})}))


def make_pages() -> Flask:
    """Return every page, its words and its commands, on no database yet."""
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    register_limits(app)
    register_reading(app)
    register_sign_in(app)
    register_filters(app)
    register_words(app)
    for module in (*CITIZENS, *STAFF):
        app.register_blueprint(module.bp)
    register_api(app)
    app.register_blueprint(analysis.bp)
    register_errors(app)
    register_watch(app)
    register_commands(app)
    return app


def open_app(app: Flask, settings: Settings) -> Flask:
    """Give the pages their database and services, and put in front what answers before them."""
    PROCESS.configure(level=settings.log_level, form=LogFormat(settings.log_format))
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=MOST_BODY, MAX_FORM_MEMORY_SIZE=MOST_BODY)
    services = _make_services(settings)
    app.extensions[EXTENSION] = services
    _wrap(app, services)
    return app


def say_if_alone(app: Flask) -> None:
    """Say into the log when this node signs with another key than the other nodes; it serves all the same."""
    parts: Services = app.extensions[EXTENSION]
    try:
        if not note_key(parts.store, parts.settings.secret_keys):
            app.logger.error(OTHER_KEY)
    except (SQLAlchemyError, StoreError):
        # The database is away, or of another version: that is told elsewhere.
        app.logger.warning("which SECRET_KEY the other nodes have could not be looked up")


def require_servable(app: Flask) -> None:
    """Raise StoreError unless the database is at this version's schema.

    One that is away may be there in a moment: people are told so meanwhile, and nothing is known of its schema.
    """
    try:
        schema.require_current(app.extensions[EXTENSION].store)
    except DBAPIError as error:
        if not is_for_later(error):
            raise StoreError(f"the database cannot be read: {error.orig}") from error
        log.warning("the database cannot be reached yet: %s", error.orig)


def _make_services(settings: Settings) -> Services:
    store = open_store(settings.database_url, serves=not IS_COMMAND)
    recorder = Recorder(store)
    return Services(
        settings=settings,
        store=store,
        invitations=Invitations(store),
        recorder=recorder,
        tokens=FormTokens(*settings.secret_keys),
        flood=FloodGuard(settings.flood_per_minute),
        feedback_flood=FloodGuard(settings.feedback_per_minute),
        pace=SenderPace(
            settings.instance / "pace",
            settings.secret_key,
            counter=SenderAllowance(settings.answers_per_hour, settings.answers_per_day),
            kiosk=SenderAllowance(settings.kiosk_per_hour, settings.kiosk_per_day),
        ),
        # Six times what one network may send in a minute: more than a desk can read in an hour.
        desk_pace=Pace(TIMES_OF_DESK * settings.feedback_per_minute),
        working_days=usable_working_days(settings.holidays_file),
        runs=PublishedRuns(store),
        charts=RunCharts(store),
        pages=Kept(MOST_PAGES),
        boards=Boards(store),
        clock=ClockWatch(store),
        health=Health(store, recorder),
    )


def _wrap(app: Flask, services: Services) -> None:
    """Put in front what answers before Flask does; the outermost stands last."""
    serve_static(app)
    pages = CitizenPages(app, services.settings)
    intake = Intake(services.invitations, services.tokens, services.flood, services.pace, services.recorder)
    settings = services.settings
    transport = {} if settings.is_trial else transport_headers(subdomains=settings.hsts_subdomains)
    reception = services.invitations, services.tokens, pages, intake
    front = CitizenFront(Packing(app.wsgi_app), *reception, transport=transport, tick=services.clock.tick)
    app.wsgi_app = front  # type: ignore[method-assign]
    if not settings.is_trial:
        app.wsgi_app = OwnHost(app.wsgi_app, services.settings.public_url)  # type: ignore[method-assign]
    if services.settings.trusted_proxies:
        count = services.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.wsgi_app = Watch(app.wsgi_app)  # type: ignore[method-assign]
