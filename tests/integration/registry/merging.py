"""A round in which agencies merge: what is asked for, what is answered, and what the registry and the pages say."""

import re
from datetime import UTC, date, datetime, time, timedelta

from lxml import html
from sqlalchemy import select

from survey.fieldwork import Agency
from survey.operations.clock import VIETNAM
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.store.registry.agencies import list_agencies
from survey.store.registry.points import find_point, list_points
from survey.store.tables import response, service_point
from tests.sign_in import token_of

DAY = timedelta(days=1)
OPENS = date(2026, 11, 2)
MERGED_ON = OPENS + 10 * DAY
# Of the sample registry: three wards with two service points each.
A, B, N = "P-DONGKINH", "P-KYLUA", "P-TAMTHANH"
AT_A, ALSO_AT_A, AT_B, ALSO_AT_B, AT_N = "P2MCN3E", "UKGBDA2", "UED34VN", "BTXXFK6", "PM83ELJ"
NAMES = {
    A: "Ủy ban nhân dân phường Đông Kinh",
    B: "Ủy ban nhân dân phường Kỳ Lừa",
    N: "Ủy ban nhân dân phường Tam Thanh",
}
TOKEN = re.compile(r'name="?token"?[^>]* value="([^"]+)"')


def morning_of(day: date) -> datetime:
    """Return nine o'clock in Vietnam."""
    return datetime.combine(day, time(9), VIETNAM).astimezone(UTC)


def opened(client, code: str) -> tuple[str, str]:
    """Scan a code and return the address and the token of the form it leads to."""
    page = client.get(f"/K/{code}", follow_redirects=True)
    assert page.status_code == 200
    return page.request.path, TOKEN.search(page.text)[1]


def answered(client, code: str, answers: str) -> None:
    """Let one person for each digit give it as the answer to A1, each on a form of their own."""
    for digit in answers:
        address, token = opened(client, code)
        assert client.post(address, data={"token": token, "A1": digit}).status_code == 303


def wish(day: date = MERGED_ON, **changed) -> MergerWish:
    """Return the merger of A and B into N."""
    asked = {"sources": (A, B), "targets": (N,), "new": (), "fates": {}}
    return MergerWish(day=day, **{**asked, **changed})


def carry_out(store, asked: MergerWish, *, today: date = OPENS) -> None:
    """Look at a plan and do it."""
    seen = plan_takeover(store, asked, today=today).digest
    take_over(store, asked, seen=seen, today=today, by="lan")


def points(store) -> dict[str, tuple[str, str, date | None, date | None]]:
    """Return agency, name and days of every service point by code."""
    with store.reading() as connection:
        placed = [one.point for one in list_points(connection)]
    return {one.code: (one.agency_code, one.name, one.valid_from, one.valid_to) for one in placed}


def agencies(store) -> dict[str, Agency]:
    """Return the agencies by code."""
    with store.reading() as connection:
        return {one.code: one for one in list_agencies(connection).values()}


def following(store, code: str) -> str:
    """Return the code that goes on in the place of one."""
    following_point = service_point.alias()
    with store.reading() as connection:
        return connection.scalar(
            select(following_point.c.code)
            .select_from(service_point)
            .join(following_point, following_point.c.id == service_point.c.successor_id)
            .where(service_point.c.code == code)
        )


def days_of(store, code: str) -> set[date]:
    """Return the days a service point has responses on."""
    with store.reading() as connection:
        placed = find_point(connection, code)
        return set(connection.scalars(select(response.c.day).where(response.c.service_point_id == placed.id)))


def access(client, path: str) -> dict[str, list[str]]:
    """Return, by agency, the figure and its base in the first table's first column and in its last."""
    tree = html.fromstring(client.get(path).text)
    for small in tree.find_class("range"):
        small.drop_tree()
    found = {}
    for row in tree.xpath("//section[@aria-labelledby='index']//tbody/tr[td]"):
        cells = [" ".join(cell.text_content().split()) for cell in row.findall("td")]
        found[" ".join(row.find("th").text_content().split())] = [cells[0], cells[-1]]
    return found


def words(page) -> str:
    """Return the text of a page with single spaces."""
    return " ".join(html.fromstring(page.text).text_content().split())


def merge_fields(client, **changed) -> dict[str, object]:
    """Return what the form of A's merger with B into N sends."""
    fields = {"token": token_of(client, "/staff/"), "day": MERGED_ON.isoformat(), "target": N, "others": [B]}
    return {**fields, **changed}


def seen_on(page) -> str:
    """Return the digest of the plan on a preview."""
    return re.search(r'name="seen" value="([0-9a-f]+)"', page.text)[1]
