"""The codebook as XML: DDI-Codebook 2.5 (DDI Alliance, schema 2.5.1 of 2013), which data archives and NESSTAR read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from survey.analysis.figures.indices import formulas_of
from survey.fieldwork import SurveyRound
from survey.formatting import to_nfc
from survey.instrument.model import Instrument, LocalText
from survey.reports.caveats import basis_in_words, questionnaire_caveats
from survey.reports.codebook import Value, Variable, VariableKind
from survey.reports.tables import formulas_in_words, simulation_notice
from survey.wording import mark

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

# What statistics programs call system-missing.
NO_VALUE = "."

UNIT = LocalText("Phiếu trả lời", "Response")
UNIVERSE = LocalText(
    "Người dân, tổ chức sử dụng dịch vụ hành chính công tại các điểm phục vụ và đã trả lời phiếu",
    "People and organisations who used the service points and answered the questionnaire",
)
MODES = LocalText(
    "Mã QR, máy tính bảng, phiếu giấy, nhập hộ, nhập từ tệp (cột mode: qr, kiosk, paper, assisted, import)",
    "QR code, kiosk, paper, assisted, imported from a file (column mode: qr, kiosk, paper, assisted, import)",
)
RESTRICTION = LocalText(
    "Chỉ dùng để phân tích; không công bố phiếu trả lời riêng lẻ và không tìm cách nhận ra người trả lời.",
    "For analysis only; do not publish single responses, do not try to find out who answered.",
)


@dataclass(frozen=True, slots=True)
class Study:
    """What the data come from, and the identity of the figures made of them, if any were."""

    survey_round: SurveyRound
    instrument: Instrument
    responses: int
    run: str = ""


def write_ddi(study: Study, variables: Sequence[Variable], files: Mapping[str, LocalText]) -> bytes:
    """Return the codebook of `variables`; `files` names the files they stand in and says what is in each.

    Codes are those of the `.sav` file, “N” not applicable and “.” no answer. Characters XML cannot hold are left out.
    """
    root = Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", XML_LANG: "vi"})
    root.set(SCHEMA_LOCATION, f"{NAMESPACE} {SCHEMA}")
    _titled(SubElement(SubElement(root, "docDscr"), "citation"), study)
    _describe_study(SubElement(root, "stdyDscr"), study)
    for number, (name, how) in enumerate(files.items(), 1):
        _describe_file(SubElement(root, "fileDscr", ID=f"F{number}"), name, how, study)
    data = SubElement(root, "dataDscr")
    for number, variable in enumerate(variables, 1):
        kind = (
            "code"
            if variable.kind is VariableKind.CHOICE
            else "text"
            if variable.kind is VariableKind.TEXT
            else "numeric"
        )
        attributes = {"name": variable.name, "files": " ".join(f"F{place}" for place in range(1, len(files) + 1))}
        element = SubElement(data, "var", attributes, ID=f"V{number}", representationType=kind)
        _describe_variable(element, variable)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _titled(citation: Element, study: Study) -> None:
    title = SubElement(citation, "titlStmt")
    _say(title, "titl", f"{study.survey_round.title} ({study.survey_round.code})")
    _say(title, "parTitl", f"Citizen satisfaction survey, round {study.survey_round.code}", language="en")
    _say(title, "IDNo", study.survey_round.code)
    if study.run:
        _say(SubElement(citation, "verStmt"), "version", study.run)


def _describe_study(described: Element, study: Study) -> None:
    _titled(SubElement(described, "citation"), study)
    _describe_content(SubElement(described, "stdyInfo"), study)
    _describe_method(SubElement(described, "method"), study)
    _both(SubElement(SubElement(described, "dataAccs"), "useStmt"), "restrctn", RESTRICTION)


def _describe_content(info: Element, study: Study) -> None:
    _both(info, "abstract", study.instrument.title)
    summary = SubElement(info, "sumDscr")
    for event, day in (("start", study.survey_round.opens), ("end", study.survey_round.closes)):
        SubElement(summary, "collDate", event=event, date=day.isoformat()).text = day.isoformat()
    _say(summary, "nation", mark("Việt Nam")).set("abbr", "VN")
    _both(summary, "anlyUnit", UNIT)
    _both(summary, "universe", UNIVERSE)
    for notice in _notices(study):
        _both(info, "notes", notice)


def _notices(study: Study) -> Iterator[LocalText]:
    if study.survey_round.simulated:
        yield LocalText(simulation_notice("vi"), simulation_notice("en"))
    own = study.instrument
    told = (questionnaire_caveats(verified=own.verified, note=own.note, language=one) for one in ("vi", "en"))
    yield from (LocalText(vi, en) for vi, en in zip(*told, strict=True))


def _describe_method(method: Element, study: Study) -> None:
    collected = SubElement(method, "dataColl")
    basis, formulas = study.survey_round.basis, formulas_of(study.instrument.method)
    _both(collected, "sampProc", LocalText(basis_in_words(basis, "vi"), basis_in_words(basis, "en")))
    _both(collected, "collMode", MODES)
    _both(collected, "resInstru", study.instrument.legal_basis)
    _both(method, "notes", LocalText(*(formulas_in_words(formulas, language, named=True) for language in ("vi", "en"))))


def _describe_file(described: Element, name: str, how: LocalText, study: Study) -> None:
    text = SubElement(described, "fileTxt")
    _say(text, "fileName", name)
    size = SubElement(text, "dimensns")
    _say(size, "caseQnty", str(study.responses))
    _both(described, "notes", how)


def _describe_variable(element: Element, variable: Variable) -> None:
    _both(element, "labl", variable.label)
    if variable.kind is VariableKind.CHOICE:
        _say(SubElement(element, "qstn"), "qstnLit", variable.wording.vi, language="vi")
        _say(SubElement(element, "qstn"), "qstnLit", variable.wording.en, language="en")
        missing = SubElement(element, "invalrng")
        for value in variable.missing:
            SubElement(missing, "item", VALUE=_written(value))
    for value in variable.values:
        _describe_value(SubElement(element, "catgry", missing="Y" if value.letter else "N"), value)
    SubElement(element, "varFormat", type="character" if variable.kind is VariableKind.TEXT else "numeric")


def _describe_value(made: Element, value: Value) -> None:
    _say(made, "catValu", _written(value))
    _both(made, "labl", value.label)


def _written(value: Value) -> str:
    return (value.symbol or NO_VALUE) if value.letter else str(value.code)


def _both(parent: Element, tag: str, text: LocalText) -> None:
    _say(parent, tag, text.vi, language="vi")
    _say(parent, tag, text.en, language="en")


def _say(parent: Element, tag: str, text: str, *, language: str = "") -> Element:
    made = SubElement(parent, tag, {XML_LANG: language} if language else {})
    made.text = "".join(character for character in to_nfc(text) if character.isprintable())
    return made
