"""Publishing from the staff pages: in the background, one at a time, and honest after an interruption."""

from datetime import timedelta

import psutil
import pytest
import time_machine
from sqlalchemy import update

from survey.operations.clock import now_in_vietnam
from survey.operations.jobs.jobs import WORKER, JobKind
from survey.operations.publishing.jobs import find_publishing, is_out, start_publishing
from survey.operations.publishing.publishing import Order
from survey.operations.registry.csv_import import import_registry
from survey.services import EXTENSION
from survey.settings import load_settings
from survey.store.engine import open_store
from survey.store.jobs.jobs import JobState, job
from survey.store.results.heads import RunHead, list_run_heads
from survey.store.subjects import ADDED
from tests import batches
from tests.conftest import EXAMPLES, open_sample_round
from tests.integration.staff.test_staff_pages import BUSINESS, answer_all
from tests.sign_in import admit, token_of
from tests.trail import deeds_of

# Every publication begins a process that loads the whole analysis.
pytestmark = pytest.mark.slow


@pytest.fixture
def database_url(sqlite_url):
    """Publish on one kind of database, but for the last test: every publication begins a process."""
    return sqlite_url


@pytest.fixture
def admitted(client, store):
    """Return a client signed in as an administrator."""
    admit(client, store)
    return client


@pytest.fixture
def settings(app):
    """Return the settings of the application."""
    return app.extensions[EXTENSION].settings


def press(client, code: str = "r1", kind: str = "preliminary", language: str = "vi"):
    """Press the button of a page that promised results of this kind."""
    sent = {"token": token_of(client, "/staff/password"), "kind": kind}
    return client.post(f"/staff/rounds/{code}/publish?lang={language}", data=sent)


def published_runs(store) -> tuple[RunHead, ...]:
    with store.reading() as connection:
        return list_run_heads(connection)


def ended(store, settings, code: str = "r1"):
    """Wait for a publication to end and return how it did."""
    return batches.ended(store, settings, JobKind.PUBLICATION, code)


def test_a_publication_runs_in_the_background_and_tells_how_it_ended(
    admitted, store, settings, round_of_2023_form
) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    before = admitted.get("/staff/rounds/r1/publishing").text
    assert "kết quả sơ bộ" in before
    assert "Mọi người xem được ngay" in before, "it says to whom"
    assert "không xóa được, không rút lại được" in before, "and that it cannot be undone"
    assert "http-equiv" not in before
    assert press(admitted).location == "/staff/rounds/r1/publishing"
    assert ended(store, settings).state is JobState.DONE
    answer = admitted.get("/staff/rounds/r1/publishing")
    page = answer.text
    assert "Đã công bố kết quả mới" in page
    assert "Refresh" not in answer.headers
    (run,) = published_runs(store)
    ((who, what, facts),) = [(one.staff, one.subject, one.after) for one in deeds_of(store, "publication")]
    assert (who, what, facts) == ("lan", "r1", {"publication": 1, "run": run.id})


def test_a_second_press_leads_to_the_same_page_and_begins_nothing_new(
    admitted, store, settings, round_of_2023_form
) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    first = press(admitted)
    # The publication stands still meanwhile: it cannot come to its end.
    publishing = [one for one in psutil.Process().children() if WORKER in one.cmdline()]
    assert publishing
    for one in publishing:
        one.suspend()
    answer = admitted.get(first.location)
    page = answer.text
    assert answer.headers["Refresh"] == "2"
    assert "Đang công bố" in page
    assert '/publish"' not in page
    assert press(admitted).location == first.location
    for one in publishing:
        one.resume()
    assert ended(store, settings).state is JobState.DONE
    assert len(published_runs(store)) == 1


def test_nothing_new_is_told_with_the_reason(admitted, store, settings, round_of_2023_form) -> None:
    assert press(admitted).status_code == 409
    assert "round r1 has no responses to publish yet" in press(admitted, language="en").text
    answer_all(store, "r1", BUSINESS, times=12)
    press(admitted)
    ended(store, settings)
    answer_all(store, "r1", BUSINESS, times=9)
    press(admitted)
    assert ended(store, settings).state is JobState.FAILED
    page = admitted.get("/staff/rounds/r1/publishing").text
    assert "Chưa cơ quan nào có thêm từ 10 phiếu" in page
    assert "gained 10 or more responses" in admitted.get("/staff/rounds/r1/publishing?lang=en").text
    assert len(published_runs(store)) == 1


def test_what_an_earlier_version_wrote_of_a_refusal_is_still_told(
    admitted, store, settings, round_of_2023_form
) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    press(admitted)
    ended(store, settings)
    with store.writing(ADDED) as connection:
        connection.execute(update(job).values(state="failed", fault="Đợt này chưa có phiếu nào."))
    for language in ("vi", "en"):
        assert "Đợt này chưa có phiếu nào." in admitted.get(f"/staff/rounds/r1/publishing?lang={language}").text


def test_the_overview_publishes_nothing_itself(admitted, store, round_of_2023_form) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    page = admitted.get("/staff/").text
    assert '<a class="chip" href="/staff/rounds/r1/publishing" aria-label="Công bố kết quả… Đợt r1">' in page
    assert '/publish"' not in page


def test_once_sealed_the_final_results_are_published_and_no_others(client, store, settings, round_of_2023_form) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    with time_machine.travel(now_in_vietnam() + timedelta(days=90), tick=True):
        admit(client, store)
        assert "kết quả chính thức" in client.get("/staff/rounds/r1/publishing").text
        # Somebody still looks at the page of the day before, which promised a preliminary publication.
        late = press(client)
        assert (late.status_code, "đợt đã khóa sổ" in late.text) == (409, True)
        assert published_runs(store) == ()
        press(client, kind="final")
        ended(store, settings)
        assert [run.kind for run in published_runs(store)] == ["final"]
        assert press(client, kind="final").status_code == 409
        assert "không thay đổi nữa" in client.get("/staff/rounds/r1/publishing").text


def test_a_publication_whose_process_died_is_told_as_interrupted_and_can_be_done_again(
    admitted, store, settings, round_of_2023_form
) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    start_publishing(store, settings, "r1", Order(now_in_vietnam().date()))
    ended(store, settings)
    # As the row of a worker that ended while it protected respondents: nobody holds its lock any more.
    with store.writing(ADDED) as connection:
        steps = '{"counting": 1.0, "protecting": 2.0}'
        connection.execute(update(job).values(state="running", ended=None, steps=steps))
    assert find_publishing(store, settings, "r1").state is JobState.INTERRUPTED
    answer = admitted.get("/staff/rounds/r1/publishing")
    page = answer.text
    assert "bị ngắt giữa chừng" in page
    assert "hãy công bố lại" in page
    assert "Refresh" not in answer.headers
    answer_all(store, "r1", BUSINESS, times=10)
    press(admitted)
    assert ended(store, settings).state is JobState.DONE


def test_a_fault_is_told_without_its_details_and_nothing_is_published(
    admitted, store, settings, round_of_2023_form
) -> None:
    answer_all(store, "r1", BUSINESS, times=12)
    with store.writing(ADDED) as connection:
        connection.exec_driver_sql("UPDATE survey_round SET instrument_digest = 'x'")
    press(admitted)
    found = ended(store, settings)
    assert (found.state, is_out(found)) == (JobState.FAILED, False)
    page = admitted.get("/staff/rounds/r1/publishing").text
    assert "Máy chủ gặp lỗi khi làm việc này" in page
    assert "Traceback" not in page
    assert published_runs(store) == ()


@pytest.mark.postgresql
def test_on_postgresql_it_is_the_same(postgresql_url, tmp_path) -> None:
    opened = open_store(postgresql_url)
    import_registry(opened, EXAMPLES)
    open_sample_round(opened, "r1", "sipas-2023")
    answer_all(opened, "r1", BUSINESS, times=12)
    made = load_settings({"HAI_LONG_INSTANCE": str(tmp_path), "DATABASE_URL": postgresql_url})
    assert start_publishing(opened, made, "r1", Order(now_in_vietnam().date()))
    assert ended(opened, made).state is JobState.DONE
    assert len(published_runs(opened)) == 1
    opened.close()


def test_a_code_with_signs_of_paths_stays_in_the_folder(settings, store) -> None:
    start_publishing(store, settings, "../../x", Order(now_in_vietnam().date()))
    assert ended(store, settings, "../../x").state is JobState.FAILED
    names = [path.name for path in (settings.instance / "jobs").iterdir()]
    assert names == ["publication-..%2F..%2Fx.lock"]
