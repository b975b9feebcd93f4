"""Staff at their desks: an office served by this process, whose clock a test may move, and what people do there."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import time_machine
from flask import Flask
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from survey.app import create_app
from survey.operations.clock import VIETNAM
from survey.services import EXTENSION
from tests.journeys.houses import House
from tests.journeys.phones import DESK, PATIENCE, PUBLISHING
from tests.servers import Caller

# The headings of the tables an administrator is given to fill in.
AGENCY_HEADINGS = (
    "Mã cơ quan",
    "Tên cơ quan",
    "Tên ngắn",
    "Khối",
    "Mã cơ quan cấp trên",
    "Hoạt động từ ngày",
    "Hoạt động đến hết ngày",
    "Mã cơ quan kế tục",
)
POINT_HEADINGS = ("Mã cơ quan", "Tên điểm phục vụ", "Dùng từ ngày", "Dùng đến hết ngày")
TOKEN = re.compile(r'name="?token"?[^>]* value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Office:
    """A house that is served by this process, and its application."""

    house: House
    app: Flask

    @property
    def address(self) -> str:
        """Return the public address."""
        return self.house.address

    def add_administrator(self, name: str) -> str:
        """Make the first account by the command, and return the one-time password it prints."""
        printed = self.app.test_cli_runner().invoke(args=["staff", "add", name]).output
        return re.search(r"one-time password: (\S+)", printed)[1]


class _Quiet(WSGIRequestHandler):
    """Writes no line for a request."""

    def log(self, _type: str, _message: str, *_values: object) -> None:
        """Say nothing."""


@contextmanager
def opened_office(house: House) -> Iterator[Office]:
    """Serve a house by threads of this process while the block runs: its clock is the test's."""
    app = create_app(house.environment)
    server = make_server("127.0.0.1", house.port, app, threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield Office(house, app)
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        app.extensions[EXTENSION].store.close()


@contextmanager
def morning_of(day: date) -> Iterator[None]:
    """Let it be nine in the morning of a day, with the clock running."""
    with time_machine.travel(datetime.combine(day, time(9), VIETNAM), tick=True):
        yield


@contextmanager
def desk_of(chromium: Browser) -> Iterator[Page]:
    """Yield a page of a browser on a desk of its own."""
    context = chromium.new_context(**DESK)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def see(page: Page, heading: str) -> None:
    """Wait for the page with this heading."""
    expect(page.locator("h1")).to_have_text(heading)


def told(page: Page, words: str) -> None:
    """See that the page says what was done."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def press(page: Page, name: str) -> None:
    """Press the button that is called so."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Follow the link that is called so."""
    page.get_by_role("link", name=name, exact=True).click()


def cells_of(page: Page, table: str, row: str) -> list[str]:
    """Wait for a table, and return the cells of its row that begins with `row`; none when there is no such row."""
    shown = page.get_by_role("table", name=table, exact=True)
    shown.wait_for()
    page.wait_for_load_state("domcontentloaded")
    headed = shown.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row, exact=True))
    return [" ".join(cell.split()) for cell in headed.get_by_role("cell").all_inner_texts()]


def add_person(page: Page, office: Office, name: str, role: str, agency: str = "") -> str:
    """Make an account on the page for it, and return the one-time password shown there once."""
    page.goto(f"{office.address}/staff/people/new")
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Vai trò").select_option(role)
    page.get_by_label("Cơ quan").select_option(agency)
    press(page, "Thêm tài khoản")
    see(page, f"Đã thêm tài khoản {name}")
    return page.locator(".secret").inner_text()


def write_table(file: Path, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write a spreadsheet as somebody fills it in, and return its path."""
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    book.save(file)
    return file


def upload_registry(
    page: Page, office: Office, agencies: Sequence[Sequence[str]], points: Sequence[Sequence[str]]
) -> None:
    """Send both tables of a registry, whose other columns stay empty, and wait for their preview."""
    follow(page, "Nhập danh mục cơ quan và điểm phục vụ")
    folder = office.house.folder
    page.get_by_label("cơ quan").set_input_files(write_table(folder / "co-quan.xlsx", AGENCY_HEADINGS, agencies))
    page.get_by_label("điểm phục vụ").set_input_files(write_table(folder / "diem.xlsx", POINT_HEADINGS, points))
    press(page, "Xem trước")
    see(page, "Xem trước khi nhập")


def make_round(page: Page, office: Office, code: str, *, opens: date, closes: date, previous: str = "") -> None:
    """Make a round on the page for it, to be compared with the round `previous`."""
    page.goto(f"{office.address}/staff/rounds/new")
    page.get_by_label("Mã đợt").fill(code)
    page.get_by_label("Tên đợt").fill(f"Đợt {code}")
    page.get_by_label("Ngày mở").fill(opens.isoformat())
    page.get_by_label("Ngày kết thúc").fill(closes.isoformat())
    page.get_by_label("Đợt so sánh").select_option(previous)
    press(page, "Lập đợt")
    told(page, "Đã lập đợt khảo sát.")


def code_on(page: Page, office: Office, agency: str, point: str) -> str:
    """Return the code of a service point as the page of its agency shows it."""
    page.goto(f"{office.address}/staff/agencies/{agency}")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=point, exact=True))
    return row.locator("a.mono").inner_text()


def publish(page: Page, office: Office, code: str) -> None:
    """Press the button that publishes, and wait until the page that follows the publication says that it is over."""
    page.goto(f"{office.address}/staff/rounds/{code}/publishing")
    press(page, "Công bố kết quả sơ bộ")
    expect(page.get_by_text("Đã công bố kết quả mới")).to_be_visible(timeout=PUBLISHING)


def open_form(caller: Caller, code: str) -> str:
    """Open a form over the network, and return its token."""
    reply = caller.get(f"/K/{code}")
    assert reply.status == 200, reply
    return TOKEN.search(reply.body)[1]


def answer(office: Office, code: str, responses: Sequence[Mapping[str, str]]) -> None:
    """Let one person for each response open the form over the network and send it."""
    for response in responses:
        with Caller(office.house.port) as caller:
            reply = caller.post(f"/K/{code}", {"token": open_form(caller, code), **response})
        assert reply.status == 201, reply
