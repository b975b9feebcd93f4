"""A running server leaves no line in its log and no file, per response or per case."""

import re
from random import Random

import pytest

from survey.forms.form_token import FormTokens
from survey.operations.clock import today_in_vietnam
from survey.responses import SubmissionKey
from tests.integration.collecting.hall import POINTS, WATCHED
from tests.servers import Caller, running_server

pytestmark = pytest.mark.slow


def test_a_running_server_leaves_no_line_and_no_file_per_case(database_url, round_of_2023_form, tmp_path):
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        **WATCHED,
    }
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        complain_and_follow(caller)
        files, printed = sorted(tmp_path.iterdir()), server.output.read_bytes()
        for _ in range(3):
            complain_and_follow(caller)
        assert sorted(tmp_path.iterdir()) == files
        assert server.output.read_bytes() == printed


def complain_and_follow(caller):
    token = re.search(r'name=token value="([^"]+)"', caller.get("/feedback?agency=SCT").body)[1]
    form = {"agency": "SCT", "kind": "complaint", "text": "Quầy mở muộn", "contact": "", "token": token}
    sent = caller.post("/feedback", form)
    assert sent.status == 201
    code, secret = re.findall(r"<p class=code>([^<]+)</p>", sent.body)
    assert caller.post("/feedback/follow", {"code": code, "secret": secret}).status == 200


def test_a_running_server_leaves_no_line_and_no_file_per_response(database_url, round_of_2023_form, tmp_path):
    environment = {
        "HAI_LONG_INSTANCE": str(tmp_path),
        "DATABASE_URL": database_url,
        "SURVEY_OWNER": "Sở Nội vụ",
        "PUBLIC_URL": "",
        "ANSWERS_PER_HOUR": "1000",
        "ANSWERS_PER_DAY": "1000",
        **WATCHED,
    }
    keys = [SubmissionKey(Random(number).randbytes(16)) for number in range(100)]
    with running_server(environment, tmp_path) as server, Caller(server.port) as caller:
        assert caller.get(f"/K/{POINTS[0]}").status == 200
        tokens = FormTokens((tmp_path / "secret.key").read_bytes())
        send(caller, keys[:1], tokens)
        files, printed = sorted(tmp_path.iterdir()), server.output.read_bytes()
        send(caller, keys, tokens)
        assert sorted(tmp_path.iterdir()) == files
        assert server.output.read_bytes() == printed
    assert not any(
        key.receipt.encode() in path.read_bytes() for key in keys for path in tmp_path.rglob("*") if path.is_file()
    )


def send(caller, keys, tokens):
    for key in keys:
        token = tokens.make(POINTS[0], today_in_vietnam(), key=key)
        form = {"A1": "5", "comment": "Nhanh gọn", "key": key.secret.hex(), "token": token}
        assert caller.post(f"/K/{POINTS[0]}", form).status == 201
