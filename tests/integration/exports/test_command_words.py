"""Commands say in words what is unknown or missing, and show how they are called."""

import click
import pytest

CALLED = (
    *("registry import", "registry export", "round open", "posters make", "responses import", "index compute"),
    *("index publish", "export write", "report write", "staff add", "doctor"),
)


@pytest.fixture
def run(app):
    return lambda *args: app.test_cli_runner().invoke(args=args)


@pytest.mark.parametrize("name", CALLED)
def test_what_is_called_most_shows_how_and_the_options_of_its_examples_are_its_own(app, run, name) -> None:
    told = run(*name.split(), "--help").output
    assert f"Examples:\n  flask --app wsgi {name}" in told.replace("    flask", "  flask").replace(
        "  Examples", "Examples"
    )
    command = app.cli
    for word in name.split():
        command = command.get_command(click.Context(command), word)
    options = {option for param in command.params for option in param.opts}
    used = {word for word in command.epilog.split() if word.startswith("--") and word != "--app"}
    assert used <= options


def test_a_missing_folder_is_told_before_the_work_is_done(run, store, round_of_2023_form, tmp_path) -> None:
    out = tmp_path / "nowhere" / "x.docx"
    for args in (
        ("report", "write", "--round", "r1", "--format", "docx", "--out", str(out)),
        ("export", "write", "--round", "r1", "--what", "indices", "--out", str(out)),
        ("visits", "export", "--out", str(out)),
        ("posters", "make", "--all", "--out", str(out)),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert f"there is no folder {out.parent}" in result.output
        assert "Errno" not in result.output
        assert ".part" not in result.output


def test_an_unknown_round_or_agency_names_those_there_are(run, store, round_of_2023_form) -> None:
    assert "known: r1" in run("index", "compute", "--round", "r2").output
    told = run("posters", "make", "--agency", "NOBODY", "--out", "-").output
    assert "no agency with a service point in use has the code 'NOBODY'; known: P-DONGKINH" in told
    assert "SNV" in told


def test_values_an_option_takes_stand_in_the_help(run) -> None:
    for name in (("index", "compute"), ("export", "write")):
        told = " ".join(run(*name, "--help").output.split())
        assert "block, agency, service_point, dimension, item" in told
    told = " ".join(run("index", "par", "--help").output.split())
    assert "direction, institutions, procedures, apparatus" in told
