"""Nothing that only some need keeps the survey from starting, from taking answers, or from the nightly work."""

from datetime import date

import pytest
import time_machine

from survey.app import create_app
from survey.operations.clock import today_in_vietnam
from tests.watched import POINT, rows


def begun(database_url, folder, **more):
    settings = {"HAI_LONG_INSTANCE": str(folder / "other"), "DATABASE_URL": database_url, "PUBLIC_URL": ""}
    return create_app({**settings, "SURVEY_OWNER": "Sở Nội vụ", **more})


def answer(app):
    token = app.extensions["hai-long"].tokens.make(POINT, today_in_vietnam())
    form = {"token": token, "key": "0", "A1": "5"}
    return app.test_client().post(f"/K/{POINT}", data=form).status_code


@pytest.mark.parametrize("text", ["[[year]]\nyear = 2020\nannounced = true\n", "no toml at all", None])
def test_answers_complaints_and_the_night_need_no_days_off(store, database_url, round_of_2023_form, tmp_path, text):
    file = tmp_path / "days.toml"
    if text is not None:
        file.write_text(text)
    app = begun(database_url, tmp_path, HOLIDAYS_FILE=str(file))
    assert answer(app) == 303
    assert rows(store) == 1
    assert app.test_client().get("/feedback?agency=SYT").status_code == 200
    assert app.test_cli_runner().invoke(args=["db", "settle"]).exit_code == 0
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert any(line.startswith("holidays: ") for line in told.stderr.splitlines())
    app.extensions["hai-long"].store.close()


def test_the_survey_starts_in_a_year_nobody_knows_the_days_off_of(store, database_url, tmp_path):
    with time_machine.travel(date(2041, 1, 5), tick=True):
        app = begun(database_url, tmp_path)
        assert app.test_client().get("/").status_code == 200
        app.extensions["hai-long"].store.close()


@pytest.mark.parametrize(("more", "policy"), [({}, "max-age=31536000"), ({"HSTS_SUBDOMAINS": "yes"}, None)])
def test_a_neighbour_below_our_name_is_bound_to_https_only_when_that_is_asked(
    database_url, tmp_path, store, more, policy
):
    https = {"PUBLIC_URL": "https://tinh.gov.vn", "TRUSTED_PROXIES": "1", **more}
    app = begun(database_url, tmp_path, **https)
    sent = app.test_client().get("/").headers["Strict-Transport-Security"]
    assert sent == (policy or "max-age=31536000; includeSubDomains")
    app.extensions["hai-long"].store.close()
