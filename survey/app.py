"""Put the application together."""

import os
from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.cli import register_commands
from survey.forms.form_token import FormTokens
from survey.operations.board_making import Boards
from survey.operations.clock import today_in_vietnam
from survey.operations.clock_watch import ClockWatch
from survey.operations.flood import FloodGuard
from survey.operations.invitations import Invitations
from survey.operations.published import PublishedAnalyses
from survey.operations.responses import Recorder
from survey.operations.services import EXTENSION, Services
from survey.operations.working_days import load_working_days
from survey.settings import Settings, load_settings
from survey.store.engine import open_store
from survey.web import downloads, feedback, feedback_public, home, kiosk_pages, public_agency, respond, results
from survey.web.analysis_pages import register_analysis
from survey.web.api import register_api
from survey.web.auth import register_sign_in
from survey.web.citizen_pages import CitizenPages
from survey.web.errors import register_errors
from survey.web.filters import register_filters
from survey.web.front import CitizenFront
from survey.web.intake import MOST_BODY, Intake
from survey.web.staff import (
    assisted,
    batches,
    case_points,
    cases,
    check,
    codes,
    comments,
    entry,
    entry_closing,
    entry_sheets,
    goals,
    imports,
    kiosks,
    mergers,
    monitoring,
    overview,
    people,
    plan_lists,
    plan_tasks,
    plans,
    points,
    publishing,
    registry,
    reports,
    round_preview,
    rounds,
    sampling,
    studio,
    trail,
    visits,
)
from survey.web.static_files import serve_static

CITIZENS = (home, respond, feedback, feedback_public, kiosk_pages, results, public_agency)
STAFF = (
    overview,
    registry,
    points,
    mergers,
    imports,
    rounds,
    round_preview,
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
    entry_sheets,
    entry_closing,
    assisted,
    plan_lists,
    plans,
    plan_tasks,
    people,
    trail,
)


def create_app(overrides: Mapping[str, str] | None = None) -> Flask:
    """Return the application; `overrides` stand in for environment variables of the same names."""
    settings = load_settings({**os.environ, **(overrides or {})})
    app = Flask(__name__, template_folder="../templates", static_folder=None)
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=MOST_BODY, MAX_FORM_MEMORY_SIZE=MOST_BODY)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    made = _make_services(settings)
    app.extensions[EXTENSION] = made
    register_sign_in(app)
    register_filters(app)
    for module in (*CITIZENS, *STAFF):
        app.register_blueprint(module.bp)
    register_api(app)
    register_analysis(app, made)
    register_errors(app)
    register_commands(app)
    _wrap(app, made)
    return app


def _make_services(settings: Settings) -> Services:
    store = open_store(settings.database_url)
    return Services(
        settings=settings,
        store=store,
        invitations=Invitations(store),
        recorder=Recorder(store),
        tokens=FormTokens(settings.secret_key),
        flood=FloodGuard(settings.flood_per_minute),
        feedback_flood=FloodGuard(settings.feedback_per_minute),
        working_days=load_working_days(settings.holidays_file, year=today_in_vietnam().year),
        analyses=PublishedAnalyses(store),
        boards=Boards(store),
        clock=ClockWatch(store),
    )


def _wrap(app: Flask, made: Services) -> None:
    """Put in front what answers before Flask does; the outermost stands last."""
    serve_static(app)
    pages = CitizenPages(app, made.settings)
    intake = Intake(made.invitations, made.tokens, made.flood, made.recorder)
    over_https = not made.settings.is_trial
    reception = made.invitations, made.tokens, pages, intake
    front = CitizenFront(app.wsgi_app, *reception, over_https=over_https, tick=made.clock.tick)
    app.wsgi_app = front  # type: ignore[method-assign]
    if made.settings.trusted_proxies:
        count = made.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
