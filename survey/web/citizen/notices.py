"""The pages that help when there is no form to show or no answer to take.

Each function returns a response: a page for people, a JSON object with `error` and `message` for the
page's script.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Response, jsonify, make_response, redirect, render_template, request

from survey.formatting import format_date, format_moment
from survey.operations.clock import now_in_vietnam
from survey.operations.collecting.invitations import Invitation, Reception
from survey.web.asked import address_in_other_language, wants_json
from survey.web.citizen.pages import page_path, results_path, shared_context
from survey.wording import Language, mark, word

# A longer wait is told by the clock.
MOST_SECONDS_TOLD = 120
_TOO_MANY = (
    mark("Đang có quá nhiều phiếu gửi cùng lúc"),
    mark("Xin ông/bà quay lại trang trước và bấm gửi sau {seconds} giây."),
    mark("Phiếu đã được lưu trên máy này và sẽ tự gửi sau {seconds} giây."),
)
_TOO_MANY_FOR_NOW = (
    mark("Mạng này đã gửi rất nhiều phiếu"),
    mark("Xin ông/bà quay lại trang trước và bấm gửi từ {time}."),
    mark("Phiếu đã được lưu trên máy này. Từ {time}, xin ông/bà mở lại trang này, phiếu sẽ tự gửi."),
)


def no_form(invitation: Invitation | None, today: date, language: Language, *, typed: str = "") -> Response:
    """Explain why a code leads to no form today; one that nobody has can be mended where it was typed."""
    if invitation is None:
        return unknown_code(language, typed)
    makers = {
        Reception.EARLY: _early,
        Reception.RETIRED: _retired,
        Reception.UPCOMING: _upcoming,
        Reception.CLOSED: _closed,
        Reception.LEFT_OUT: _left_out,
    }
    return makers[invitation.reception_on(today)](invitation, today, language)


def lead_on(code: str) -> Response:
    """Lead whoever scanned a poster to the code its counter has today, whatever else stood in the address."""
    query = request.query_string.decode("ascii", "replace")
    return make_response(redirect(f"/K/{code}" + (f"?{query}" if query else ""), 303))


def welcome(language: Language) -> Response:
    """Greet people who typed the address without a code."""
    return _notice(
        "welcome",
        200,
        language,
        title=word("Đánh giá sự phục vụ của cơ quan hành chính", language),
        paragraphs=[
            word(
                "Mời ông/bà quét mã QR trên áp phích tại nơi phục vụ, hoặc nhập mã điểm phục vụ in trên áp phích.",
                language,
            )
        ],
        code_path="/K",
        actions=[("/results/", word("Xem kết quả đã công bố", language)), _feedback(language)],
    )


def too_late(invitation: Invitation, today: date, language: Language) -> Response:
    """Explain, to somebody who sends a form we did not hand out, why there is none today."""
    response = no_form(invitation, today, language)
    response.status_code = 410
    return response


def unknown_code(language: Language, typed: str) -> Response:
    """Ask to look at what was typed for a code once more."""
    return _notice(
        "unknown",
        404,
        language,
        title=word("Không tìm thấy mã này", language),
        paragraphs=[
            word("Mã trên áp phích có 7 ký tự, không có số 0, số 1, chữ O và chữ I.", language),
            word("Xin ông/bà xem lại áp phích và nhập mã lần nữa.", language),
        ],
        actions=[_feedback(language)],
        code_path="/K",
        code=typed.strip("-")[:20],
    )


def _retired(invitation: Invitation, today: date, language: Language) -> Response:
    paragraphs = [_named(mark("Áp phích của {point} ({agency}) không còn dùng được."), invitation, language)]
    if invitation.successor:
        text = word("Nhiệm vụ của cơ quan này nay do {agency} đảm nhiệm.", language)
        paragraphs.append(text.format(agency=invitation.successor.name))
    paragraphs.append(
        word("Nếu tại nơi phục vụ có áp phích mới, mời ông/bà quét áp phích đó hoặc nhập mã mới dưới đây.", language)
    )
    return _notice(
        "retired",
        200,
        language,
        title=word("Mã này không còn dùng", language),
        paragraphs=paragraphs,
        actions=_form_of_today(invitation, today, language),
        code_path="/K",
    )


def _early(invitation: Invitation, today: date, language: Language) -> Response:
    begins = invitation.placed.point.valid_from
    return _notice(
        "early",
        200,
        language,
        title=word("Mã này chưa đến ngày dùng", language),
        paragraphs=[
            _named(mark("{point}, {agency}."), invitation, language),
            word("Mã này dùng từ ngày {day}.", language).format(
                day=format_date(begins, language=language) if begins else ""
            ),
        ],
        actions=_form_of_today(invitation, today, language),
    )


def _upcoming(invitation: Invitation, today: date, language: Language) -> Response:
    coming = invitation.next_round(today)
    opens = format_date(coming.opens, language=language) if coming else ""
    paragraphs = [
        _named(mark("{point}, {agency}."), invitation, language),
        word("Mời ông/bà quay lại từ ngày {day}; mã trên áp phích vẫn dùng được.", language).format(day=opens),
    ]
    title = word("Chưa đến ngày khảo sát", language)
    ways = _ways_between_rounds(invitation, language)
    return _notice("upcoming", 200, language, title=title, paragraphs=paragraphs, actions=ways)


def _closed(invitation: Invitation, today: date, language: Language) -> Response:
    last = invitation.last_round(today)
    paragraphs = [_named(mark("{point}, {agency}."), invitation, language)]
    if last:
        text = word("Đợt khảo sát đã kết thúc ngày {day}. Ông/bà vẫn có thể gửi phản ánh, kiến nghị.", language)
        paragraphs.append(text.format(day=format_date(last.closes, language=language)))
    return _notice(
        "closed",
        200,
        language,
        title=word("Hiện chưa có đợt khảo sát", language),
        paragraphs=paragraphs,
        actions=_ways_between_rounds(invitation, language),
    )


def _left_out(invitation: Invitation, today: date, language: Language) -> Response:
    paragraphs = [
        _named(mark("{point}, {agency}."), invitation, language),
        word(
            "Đợt khảo sát đang mở chỉ lấy ý kiến ở một số cơ quan khác. Nếu muốn góp ý ngay, mời ông/bà gửi "
            "phản ánh, kiến nghị.",
            language,
        ),
    ]
    coming = invitation.next_round(today)
    if coming:
        text = word("Mời ông/bà quay lại từ ngày {day}; mã trên áp phích vẫn dùng được.", language)
        paragraphs.append(text.format(day=format_date(coming.opens, language=language)))
    title = word("Đợt khảo sát này không lấy ý kiến về cơ quan này", language)
    ways = _ways_between_rounds(invitation, language)
    return _notice("left-out", 200, language, title=title, paragraphs=paragraphs, actions=ways)


def sealed(invitation: Invitation, today: date, language: Language) -> Response:
    """Say that a late answer comes too late; another form is offered only while there is one."""
    is_open = invitation.reception_on(today) is Reception.OPEN
    return _notice(
        "sealed",
        410,
        language,
        title=word("Đợt khảo sát đã kết thúc", language),
        paragraphs=[
            word(
                "Phiếu của ông/bà đến sau ngày nhận phiếu cuối cùng nên không được tính. Mong ông/bà thông cảm.",
                language,
            ),
            word("Cảm ơn ông/bà. Mời ông/bà trả lời ở đợt khảo sát sau.", language),
        ],
        actions=[_new_form(invitation, language)] if is_open else _ways_between_rounds(invitation, language),
    )


def replayed(invitation: Invitation, language: Language) -> Response:
    """Say that this answering is stored already, with other answers."""
    return _notice(
        "replayed",
        409,
        language,
        title=word("Phiếu này đã được lưu trước đó", language),
        paragraphs=[
            word("Câu trả lời gửi lần đầu đã được lưu và không thay đổi được nữa.", language),
            word(
                "Nếu người khác muốn trả lời, hoặc ông/bà muốn đánh giá lần làm thủ tục khác, mời mở phiếu mới.",
                language,
            ),
        ],
        actions=[_new_form(invitation, language)],
    )


def too_many(wait: int, language: Language) -> Response:
    """Ask to wait; the page's script keeps the answers and sends them later."""
    title, text, kept = _TOO_MANY if wait <= MOST_SECONDS_TOLD else _TOO_MANY_FOR_NOW
    again = {"seconds": wait, "time": format_moment(now_in_vietnam() + timedelta(seconds=wait), language=language)}
    response = _notice(
        "busy",
        429,
        language,
        title=word(title, language),
        paragraphs=[word(kept if wants_json() else text, language).format(**again)],
    )
    response.headers["Retry-After"] = str(wait)
    return response


def too_large(language: Language) -> Response:
    """Refuse a body no form of ours makes."""
    return _notice(
        "large",
        413,
        language,
        title=word("Ý kiến quá dài, chưa gửi được", language),
        paragraphs=[word("Xin ông/bà quay lại, viết ý kiến ngắn hơn rồi gửi lại.", language)],
    )


def _named(text: str, invitation: Invitation, language: Language) -> str:
    return word(text, language).format(point=invitation.placed.point.name, agency=invitation.agency.name)


def _form_of_today(invitation: Invitation, today: date, language: Language) -> list[tuple[str, str]]:
    """Return the way to the code the counter has today, none where it has none."""
    code = invitation.leads_to(today)
    return [(page_path(code, language), word("Mở phiếu mới", language))] if code else []


def _ways_between_rounds(invitation: Invitation, language: Language) -> list[tuple[str, str]]:
    """Return where somebody can go who finds no form: to feedback, and to the last results of the agency."""
    code = invitation.agency.code
    return [_feedback(language, code), (results_path(code, language), word("Xem kết quả của cơ quan này", language))]


def _feedback(language: Language, agency_code: str = "") -> tuple[str, str]:
    asked = {"agency": agency_code, "lang": language if language == "en" else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return "/feedback" + (f"?{query}" if query else ""), word("Gửi phản ánh, kiến nghị", language)


def _new_form(invitation: Invitation, language: Language) -> tuple[str, str]:
    return page_path(invitation.placed.point.code, language), word("Mở phiếu mới", language)


def _notice(
    error: str,
    status: int,
    language: Language,
    *,
    title: str,
    paragraphs: Sequence[str],
    actions: Sequence[tuple[str, str]] = (),
    code_path: str = "",
    code: str = "",
) -> Response:
    if wants_json():
        return make_response(jsonify(error=error, message=" ".join([title, *paragraphs])), status)
    page = render_template(
        "respond/notice.html",
        **shared_context(language),
        title=title,
        paragraphs=paragraphs,
        actions=actions,
        code_path=code_path,
        code=code,
        other_language_path=address_in_other_language(),
    )
    return make_response(page, status)
