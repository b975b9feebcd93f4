"""The fixed words of an administrative document and how they are written (Decree 30/2020/NĐ-CP, appendix I)."""

import math
import textwrap
from dataclasses import dataclass

from survey.reports.documents.model import Report, dated, written_out

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TITLE = "BÁO CÁO"
RECIPIENTS = "Nơi nhận:"
NO_NUMBER, NO_NAME = "……/BC-……", "……………………"
# Capitals of 12 points in 68 millimetres.
MOST_ON_A_LINE = 25
NUMERALS = ("I", "II", "III", "IV", "V")


@dataclass(frozen=True, slots=True)
class Forms:
    """The texts around a report, as both files print them. `annexes` are the heading and the title of each annex."""

    superior: str
    issuer: str
    number: str
    dated: str
    subject: str
    notice: str
    recipients: tuple[str, ...]
    signer: str
    annexes: tuple[tuple[str, str], ...]
    origin: str
    country: str = COUNTRY
    motto: str = MOTTO
    title: str = TITLE
    recipients_heading: str = RECIPIENTS


def forms_of(report: Report) -> Forms:
    """Return the texts around a report; what is not known yet is a line of dots to fill in by hand."""
    head = report.letterhead
    number = head.number or NO_NUMBER
    return Forms(
        superior=_broken(head.superior.upper()),
        issuer=_broken(head.issuer.upper()),
        number=f"Số: {number}",
        dated=dated(head.place, head.day),
        subject=report.subject,
        notice=report.notice,
        recipients=tuple(f"- {recipient}" for recipient in head.recipients),
        signer=head.signer.upper() or NO_NAME,
        annexes=tuple(
            (f"PHỤ LỤC {numeral}", annex.title.upper())
            for numeral, annex in zip(NUMERALS, report.annexes, strict=False)
        ),
        origin=f"(Kèm theo Báo cáo số {number} {written_out(head.day)} của {head.issuer or NO_NAME})",
    )


def _broken(name: str) -> str:
    """Return a name on lines of about equal length that fit at the left of the national heading.

    >>> _broken("ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN")
    'ỦY BAN NHÂN DÂN\\nTỈNH LẠNG SƠN'
    """
    lines = math.ceil(len(name) / MOST_ON_A_LINE)
    return "\n".join(textwrap.wrap(name, math.ceil(len(name) / lines) + 1)) if lines > 1 else name
