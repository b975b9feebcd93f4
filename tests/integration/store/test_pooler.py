"""Behind PgBouncer in transaction mode everything works that works without, and nothing stays behind."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text

from scripts.benches.servers import free_port, listens
from survey.app import create_app
from survey.operations.clock import today_in_vietnam
from survey.operations.registry.csv_import import import_registry
from survey.store import schema
from survey.store.engine import open_store
from tests.conftest import EXAMPLES, need, open_sample_round
from tests.sign_in import admit
from tests.watched import POINT, rows

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]
LIMITS = {"ANSWERS_PER_HOUR": "100000", "ANSWERS_PER_DAY": "100000"}
CLIENTS, ANSWERS = 16, 200


@pytest.fixture
def pooled_url(postgresql_url, tmp_path):
    """Yield the address of a database behind a pooler with two connections of its own."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        need("pgbouncer", "pooler")
    url, port = make_url(postgresql_url), free_port()
    settings = tmp_path / "pgbouncer.ini"
    users = tmp_path / "users"
    users.write_text('"hai_long" ""\n')
    settings.write_text(
        f"[databases]\n{url.database} = host={url.query['host']} dbname={url.database}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {users}\npool_mode = transaction\ndefault_pool_size = 2\nlogfile = {tmp_path}/pgbouncer.log\n"
    )
    for path in (tmp_path, settings, users):
        shutil.chown(path, "nobody")
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    process = subprocess.Popen(
        [program, str(settings)], user="nobody", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not listens(port):
        assert process.poll() is None, (tmp_path / "pgbouncer.log").read_text()
        time.sleep(0.05)
    yield f"postgres://hai_long@127.0.0.1:{port}/{url.database}"
    process.terminate()
    process.wait()


def test_answers_pages_and_nightly_work_go_through_and_no_lock_or_statement_stays(pooled_url, postgresql_url, tmp_path):
    direct = open_store(postgresql_url)
    import_registry(direct, EXAMPLES)
    open_sample_round(direct, "r1", "sipas-2023")
    settings = {"HAI_LONG_INSTANCE": str(tmp_path / "i"), "DATABASE_URL": pooled_url, "PUBLIC_URL": ""}
    app = create_app({**settings, "SURVEY_OWNER": "Sở Nội vụ", "FLOOD_PER_MINUTE": "100000", **LIMITS})
    store = app.extensions["hai-long"].store
    schema.upgrade(store)
    schema.upgrade(store)
    tokens = app.extensions["hai-long"].tokens

    def answer(_number):
        form = {"token": tokens.make(POINT, today_in_vietnam()), "A1": "5", "comment": "Chờ lâu"}
        return app.test_client().post(f"/K/{POINT}", data=form).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert set(pool.map(answer, range(ANSWERS))) == {303}
    assert rows(direct) == ANSWERS
    client = app.test_client()
    admit(client, store)
    assert {client.get(path).status_code for path in 10 * ("/staff/", "/staff/monitoring", "/staff/rounds")} == {200}
    assert app.test_cli_runner().invoke(args=["db", "settle"]).exit_code == 0
    faults = app.test_cli_runner().invoke(args=["doctor"])
    assert "limits: the role has no lock_timeout" in faults.stderr
    store.close()
    with direct.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0
    direct.close()
