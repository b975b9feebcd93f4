"""What acts for good says so first: one page asks, tells whether it can be undone, and alone has the button."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
# The page that asks before an act, and where its button leads; None where the page sends to itself.
ASKS = {
    "rounds/publishing.html": "publishing.publish",
    "rounds/close.html": "rounds.close",
    "registry/mergers/preview.html": None,
    "registry/mergers/undo.html": "mergers.undo",
    "registry/retire.html": None,
    "posters/revoke.html": "codes.revoke",
    "collecting/store.html": None,
    "collecting/discard.html": None,
    "collecting/delete.html": None,
    "collecting/kiosks/revoke.html": "kiosks.revoke",
    "plans/remove.html": None,
    "plans/task_remove.html": None,
    "feedback/publish.html": None,
    "feedback/refuse.html": None,
    "feedback/withdraw.html": None,
    "people/deed.html": None,
}
# How it is said that an act can be undone, or cannot, and what can be done about it.
UNDOING = re.compile("hoàn tác|rút lại|mở lại được|đăng lại|nhập lại|dùng lại|thêm một máy mới", re.IGNORECASE)


def text_of(name: str) -> str:
    """Return a template without what nobody reads."""
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / "staff" / name).read_text("utf-8"), flags=re.DOTALL)


def posts_to(endpoint: str, text: str) -> bool:
    """Tell whether a template has a form that is sent to an endpoint."""
    return re.search(rf"""action="\{{\{{ url_for\("{re.escape(endpoint)}\"""", text) is not None


@pytest.mark.parametrize("name", ASKS)
def test_the_page_that_asks_says_whether_the_act_can_be_undone(name: str) -> None:
    assert UNDOING.search(text_of(name))


@pytest.mark.parametrize(("name", "endpoint"), [(name, one) for name, one in ASKS.items() if one])
def test_no_other_page_has_the_button(name: str, endpoint: str) -> None:
    texts = {path.relative_to(TEMPLATES / "staff").as_posix(): path for path in (TEMPLATES / "staff").rglob("*.html")}
    assert [one for one in texts if posts_to(endpoint, text_of(one))] == [name]


def test_the_guard_sees_a_button_on_another_page_and_a_page_that_says_nothing() -> None:
    assert posts_to("publishing.publish", '<form method="post" action="{{ url_for("publishing.publish", code=c) }}">')
    assert not posts_to("publishing.publish", '<a href="{{ url_for("publishing.progress", code=c) }}">')
    assert not UNDOING.search("<p>Xóa kế hoạch này?</p>")
