"""The citizen's page as it leaves the house: its weight, what it asks of the browser, and who can read it."""

import re
import zlib
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from survey.app import CITIZENS
from survey.instrument import Instrument, Question, load_instrument
from survey.instrument.model import NOT_APPLICABLE
from survey.web.citizen.pages import inlined
from survey.web.citizen.questionnaire import AskedQuestion, Section
from survey.wording import Language

ROOT = Path(__file__).parents[3]
PAGES = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True, undefined=StrictUndefined)
# The addresses that citizens' pages name, as the application has them.
ROUTES = Flask("citizens")
for module in CITIZENS:
    ROUTES.register_blueprint(module.bp)


def address(endpoint: str, **values: Any) -> str:
    with ROUTES.test_request_context():
        return url_for(endpoint, **values)


PAGES.globals["url_for"] = address
INSTRUMENTS = ["sipas-2023", "sipas-2022", "sipas-2017"]
LANGUAGES = ["vi", "en"]
# Names as long as real ones, and a token longer than the signed one is.
PER_REQUEST = {
    "agency": "Trung tâm Phục vụ hành chính công tỉnh",
    "service_point": "Quầy số 3 (Đất đai)",
    "path": "/K/ABCDEFG",
    "other_language_path": "/K/ABCDEFG?lang=xx",
    "token": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2,
}
VOID = {"meta", "link", "input", "br"}


def asked(question: Question, instrument: Instrument, language: Language) -> AskedQuestion:
    levels = {option.symbol: option.points for option in instrument.scale.options} if question.kind == "item" else {}
    options = [(o.symbol, o.label.in_language(language), levels.get(o.symbol)) for o in question.options]
    if question.not_applicable:
        options.append((NOT_APPLICABLE, question.not_applicable.in_language(language), None))
    wording = question.wording.in_language(language, instrument.unit.in_language(language))
    return AskedQuestion(question.code, wording, tuple(options), question.multiple, frozenset(), "")


def sections(instrument: Instrument, language: Language) -> list[Section]:
    """Return every question the instrument has, asked or not by default: the heaviest form there can be."""
    headings = [(d.code, d.letter, d.label.in_language(language)) for d in instrument.dimensions]
    return [
        Section(
            letter, label, tuple(asked(q, instrument, language) for q in instrument.questions if q.dimension == code)
        )
        for code, letter, label in [*headings, (None, "", "Câu hỏi thêm")]
    ]


def context(language: Language = "vi") -> dict[str, Any]:
    """Return what every page is given; the Vietnamese words stand for both languages, being the longer ones."""
    assets = {"css": Markup(inlined("citizen.css")), "js": Markup(inlined("citizen.js"))}
    return (
        {"language": language, "_": str}
        | assets
        | {"trial": False, "simulated": False, "runner": "Sở Nội vụ tỉnh"}
        | PER_REQUEST
    )


def render_form(code: str, language: Language = "vi", **changes: Any) -> str:
    instrument = load_instrument(code)
    own = {"instrument": instrument, "sections": sections(instrument, language), "count": len(instrument.questions)}
    own |= {"time": "3 đến 5 phút", "comment": "", "faults": []}
    return PAGES.get_template("respond/form.html").render(context(language) | own | changes)


class Page(HTMLParser):
    """Collects each element with its attributes and the names of the elements it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes, _ in self.elements if tag in tags]


def other_pages() -> dict[str, str]:
    thanks = context() | {"receipt": "7K3M-Q9XT-4HNP", "agency_code": "SNV", "results_path": "/a/SNV"}
    notice = context() | {"title": "Không tìm thấy mã", "paragraphs": ["Có thể mã bị gõ nhầm."]}
    notice |= {"actions": [("/K/B", "Mở")], "code_path": "/K", "code": "ABC"}
    return {
        "thanks": PAGES.get_template("respond/thanks.html").render(thanks),
        "notice": PAGES.get_template("respond/notice.html").render(notice),
    }


def every_page() -> dict[str, str]:
    return other_pages() | {code: render_form(code) for code in INSTRUMENTS}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", INSTRUMENTS)
def test_the_heaviest_form_weighs_at_most_ten_thousand_bytes_compressed_in_haste(code: str, language: Language) -> None:
    assert len(zlib.compress(render_form(code, language).encode(), 1)) <= 10_000


@pytest.mark.parametrize("page", every_page().values(), ids=every_page())
def test_a_strict_content_security_policy_finds_nothing_to_object_to(page: str) -> None:
    names = {name for _, attributes, _ in Page(page).elements for name in attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    assert re.findall(r"<style>(.*?)</style>", page, re.DOTALL) == [inlined("citizen.css")]
    assert re.findall(r"<script>(.*?)</script>", page, re.DOTALL) == [inlined("citizen.js")]


@pytest.mark.parametrize("page", every_page().values(), ids=every_page())
def test_a_page_is_one_request_and_knows_no_other_host(page: str) -> None:
    assert not re.search(r"https?:|\burl\(|@import|(?<![:\w])//\w", page)
    assert not [attributes for attributes in Page(page).all("img", "script", "iframe", "source") if "src" in attributes]
    assert [link["href"] for link in Page(page).all("link")] == ["data:,"]


@pytest.mark.parametrize("page", every_page().values(), ids=every_page())
def test_ids_are_unique_and_every_reference_finds_its_own(page: str) -> None:
    parsed = Page(page)
    ids = Counter(attributes["id"] for _, attributes, _ in parsed.elements if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    wanted = [attributes["href"][1:] for attributes in parsed.all("use", "a") if attributes["href"].startswith("#")]
    wanted += [attributes["for"] for attributes in parsed.all("label") if "for" in attributes]
    wanted += [
        attributes["aria-describedby"]
        for attributes in parsed.all("fieldset", "textarea")
        if "aria-describedby" in attributes
    ]
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("page", every_page().values(), ids=every_page())
def test_everything_to_fill_in_has_a_label(page: str) -> None:
    parsed = Page(page)
    named = {attributes["for"] for attributes in parsed.all("label") if "for" in attributes}
    fields = [
        (a, inside) for tag, a, inside in parsed.elements if tag in {"input", "textarea"} and a.get("type") != "hidden"
    ]
    assert [a for a, inside in fields if "label" not in inside and a.get("id") not in named] == []


@pytest.mark.parametrize("page", every_page().values(), ids=every_page())
def test_a_page_has_one_heading_of_the_first_rank_and_may_be_enlarged(page: str) -> None:
    parsed = Page(page)
    assert len(parsed.all("h1")) == 1
    assert [meta["content"] for meta in parsed.all("meta") if meta.get("name") == "viewport"] == [
        "width=device-width,initial-scale=1"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", INSTRUMENTS)
def test_every_question_is_asked_once_with_all_its_answers(code: str, language: Language) -> None:
    instrument = load_instrument(code)
    parsed = Page(render_form(code, language))
    offered = [(a["name"], a["value"]) for a in parsed.all("input") if a.get("type") in {"radio", "checkbox"}]
    # What takes an answer back without a script has no value; where a level was chosen, another one can be.
    back = [name for name, value in offered if not value]
    assert back == [question.code for question in instrument.questions if not (question.dimension or question.multiple)]
    offered = [(name, value) for name, value in offered if value]
    assert offered == [(question.code, symbol) for question in instrument.questions for symbol in question.symbols]
    assert len(parsed.all("fieldset")) == len(parsed.all("legend")) == len(instrument.questions)
    assert parsed.all("html") == [{"lang": language}]


def test_what_differs_per_request_occurs_once_and_the_token_last() -> None:
    page = render_form("sipas-2023")
    assert {
        name: page.count(f">{text}<") + page.count(f'"{text}"') + page.count(f'"{text}?send"')
        for name, text in PER_REQUEST.items()
    } == dict.fromkeys(PER_REQUEST, 1)
    assert page.index(PER_REQUEST["token"]) > page.index("name=language") > page.index("</template>")


def test_a_refused_form_keeps_the_answers_and_leads_to_the_fault() -> None:
    instrument = load_instrument("sipas-2023")
    first, *others = sections(instrument, "vi")
    answered, wrong, *rest = first.questions
    answered, wrong = replace(answered, answer=frozenset("4")), replace(wrong, fault="Xin chọn lại câu này.")
    found = [replace(first, questions=(answered, wrong, *rest)), *others]
    page = render_form("sipas-2023", sections=found, faults=[("A2", "Câu 2: xin chọn lại.")], comment="<b>Ghế & bàn")
    parsed = Page(page)
    assert [(a["name"], a["value"]) for a in parsed.all("input") if "checked" in a] == [("A1", "4")]
    assert [a["href"] for a in parsed.all("a") if a["href"].startswith("#")] == ["#A2"]
    assert [a["aria-describedby"] for a in parsed.all("fieldset") if "aria-describedby" in a] == ["A2-fault"]
    assert "<title>Lỗi: " in page
    assert "&lt;b&gt;Ghế &amp; bàn</textarea>" in page


def test_having_no_complaint_stands_apart_from_the_five_levels() -> None:
    page = render_form("sipas-2023")
    assert re.findall(r"<div class=apart><label><input type=radio name=(\w+) value=N>", page) == ["E1", "E2", "E3"]


def test_the_script_keeps_to_the_language_of_2018() -> None:
    # Optional chaining, nullish coalescing (2020) and a bare catch would stop an older browser at its first line.
    assert not re.search(r"\?\.\D|\?\?|catch \{|replaceAll|\.at\(", inlined("citizen.js"))
