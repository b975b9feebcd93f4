"""Is this poster ours? A clerk pastes what a telephone read out of the code, or types the code, and is told."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from survey.operations.clock import today_in_vietnam
from survey.operations.posters import checking
from survey.operations.posters.batches import printed_on
from survey.operations.posters.checking import CodeFinding, CodeVerdict
from survey.operations.staff.rights import Permission
from survey.services import services
from survey.store.posters.posters import list_batches_of_point
from survey.typed.cleaning import clean_text
from survey.web.door.register import own_scope, requires, staff_area
from survey.wording import mark

bp = staff_area("check", "/staff/check")

MOST_TEXT = 500
# What stands in big letters, and whether it is good.
VERDICTS = {
    CodeVerdict.RIGHT: (mark("ĐÚNG MÃ"), True),
    CodeVerdict.EARLY: (mark("ĐÚNG MÃ, CHƯA ĐẾN NGÀY DÙNG"), True),
    CodeVerdict.REPLACED: (mark("MÃ ĐÃ THAY"), False),
    CodeVerdict.ENDED: (mark("MÃ ĐÃ NGỪNG DÙNG"), False),
    CodeVerdict.OTHER_AGENCY: (mark("MÃ CỦA CƠ QUAN KHÁC"), False),
    CodeVerdict.UNKNOWN: (mark("KHÔNG PHẢI MÃ CỦA HỆ THỐNG"), False),
    CodeVerdict.MISTYPED: (mark("KHÔNG PHẢI MÃ CỦA HỆ THỐNG"), False),
    CodeVerdict.WRONG_ADDRESS: (mark("KHÔNG PHẢI ĐỊA CHỈ CỦA HỆ THỐNG"), False),
}


@bp.get("")
@requires(Permission.PRINT)
def ask() -> ResponseReturnValue:
    """Ask for a code, and judge the one that was given."""
    return _page(clean_text(request.args.get("code"))[:MOST_TEXT])


@bp.get("/<code>")
@requires(Permission.PRINT)
def judge(code: str) -> ResponseReturnValue:
    """Judge the code in the address."""
    return _page(clean_text(code)[:MOST_TEXT])


def _page(text: str) -> str:
    settings = services().settings
    finding = (
        checking.check(services().store, settings, text, scope=own_scope(), today=today_in_vietnam()) if text else None
    )
    words, good = VERDICTS[finding.verdict] if finding else ("", True)
    return render_template(
        "staff/posters/check.html",
        text=text,
        finding=finding,
        words=words,
        good=good,
        printed=_print_days(finding) if finding else [],
        public_host=settings.public_url.partition("://")[2],
    )


def _print_days(finding: CodeFinding) -> list[str]:
    """Return the days on which the poster of a code was printed, the latest first."""
    if finding.life is None:
        return []
    with services().store.reading() as connection:
        batches = list_batches_of_point(connection, finding.life.row.id)
    return list(dict.fromkeys(f"{printed_on(batch):%d/%m/%Y}" for batch in batches))
