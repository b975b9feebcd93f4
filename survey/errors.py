"""Everything the application raises on purpose.

    SurveyError
    ├── SettingError            a setting is missing or cannot be used
    ├── InstrumentError         a questionnaire file is wrong (file, key, what was expected)
    ├── AnswerError             an answer the question does not offer
    ├── UnknownCodeError        no such agency, service point, round, run …
    ├── RoundError              a round cannot be opened, closed or written to as asked
    │   └── RefusedRoundError   its values are wrong; carries what, by field
    ├── RefusedDataError        a file was refused as a whole; carries one Fault per bad row
    │   └── AlreadyLoadedError  the very same file was loaded before
    ├── WeightingError          weights or a sample size cannot be had from what was given
    ├── RankingError            figures cannot be ranked, or a climb cannot be worked out, from what was given
    ├── ParError                points of the administrative reform index cannot be had from what was given
    ├── DisclosureError         figures cannot be protected, because they do not add up
    ├── AccountError            a staff account cannot be made as asked
    ├── ChangedMeanwhileError   somebody else changed what was being edited
    │   └── BusyError           somebody else is at work on it, and did not come to an end in time
    ├── CrowdedError            too many wait for the same slow work
    ├── RegistryError           the registry cannot be changed as asked
    ├── EntryError              paper answers cannot be entered as asked
    ├── CaseError               a feedback case cannot be handled as asked
    ├── HolidayDataError        the days off of a year are missing or wrong (file, what was expected)
    ├── NotStoredError          an answer waited too long for the database; nothing was stored
    ├── KeyReplayedError        a submission key came again with other answers
    ├── DesignError             a sampling design contradicts itself or the data
    ├── BackupError             a backup cannot be made, is not good, or may not be restored
    └── StoreError              the database is not what the application needs

Each says what was wrong and what to do; one file, `survey/web/errors.py`, makes pages of them,
and `survey/cli.py` makes exit codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from survey.wording import Language, Phrase, phrase


class SurveyError(Exception):
    """Base of everything raised on purpose; its text can be shown to staff."""


class SettingError(SurveyError):
    """A setting is missing or holds a value that cannot be used."""


class InstrumentError(SurveyError):
    """A questionnaire file breaks the format."""

    def __init__(self, file: str, key: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: {expected}")
        self.file, self.key, self.expected = file, key, expected


class AnswerError(SurveyError):
    """A value is not one of the answers its question offers."""

    def __init__(self, question: str, value: str, offered: Sequence[str]) -> None:
        super().__init__(f"{question}: {value!r} is not offered; expected one of {', '.join(offered)} or nothing")
        self.question, self.value, self.offered = question, value, tuple(offered)


class UnknownCodeError(SurveyError):
    """A code names nothing we hold."""

    def __init__(self, kind: str, code: str, known: Sequence[str] = ()) -> None:
        hint = f"; known: {', '.join(known)}" if known else ""
        super().__init__(f"no {kind} has the code {code!r}{hint}")
        self.kind, self.code = kind, code


class RoundError(SurveyError):
    """A survey round cannot do what was asked of it at this date."""


class JobFailedError(SurveyError):
    """Work in the background came to nothing; the text says why, in Vietnamese, for whoever asked for it."""


class RefusedRoundError(RoundError):
    """A survey round was refused and nothing stored; `reasons` says why, by the field that is wrong."""

    def __init__(self, *reasons: tuple[str, Phrase]) -> None:
        super().__init__("; ".join(str(told) for _, told in reasons))
        self.reasons = reasons

    def by_field(self, language: Language) -> dict[str, str]:
        """Return the first reason of each field."""
        return {field: told.in_language(language) for field, told in reversed(self.reasons)}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file: the line as a spreadsheet numbers it (the header is 1) and why.

    `table` is the file within a folder of several.
    """

    line: int
    reasons: tuple[Phrase, ...]
    table: str = ""

    def in_language(self, language: Language) -> str:
        """Return all that is wrong, without line and table."""
        return "; ".join(one.in_language(language) for one in self.reasons)

    @property
    def reason(self) -> str:
        """What commands print behind the line."""
        return f"{self.table}: {self.in_language('en')}" if self.table else self.in_language("en")

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def fault(line: int, *reasons: Phrase, table: str = "") -> Fault:
    """Return what is wrong on a line."""
    return Fault(line, reasons, table)


class RefusedDataError(SurveyError):
    """A file was refused as a whole; nothing of it was stored. Its text is English, its faults both languages."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{file}: {one}" for one in faults))
        self.file, self.faults = file, tuple(faults)


class AlreadyLoadedError(RefusedDataError):
    """The same bytes were loaded before."""

    def __init__(self, file: str, loaded_on: date) -> None:
        told = phrase("tệp này đã được nạp ngày {loaded_on}; không có gì được lưu", loaded_on=loaded_on)
        super().__init__(file, [fault(1, told)])
        self.loaded_on = loaded_on


class WordedError(SurveyError):
    """What was refused is told in both languages: its text is English.

    What only another part of the program can have done wrong is an English text alone.
    """

    def __init__(self, *reasons: Phrase | str) -> None:
        super().__init__("\n".join(map(str, reasons)))
        self.reasons = reasons

    def in_language(self, language: Language) -> str:
        """Return all that was refused."""
        return "; ".join(one if isinstance(one, str) else one.in_language(language) for one in self.reasons)


class WeightingError(WordedError):
    """Weights or a sample size cannot be had from what was given; the text names the unit, margin or category."""


class RankingError(SurveyError):
    """Figures cannot be ranked, or a climb cannot be worked out, from what was given."""


class ParError(SurveyError):
    """Points of the administrative reform index cannot be had; the text names the rule, the component and why."""


class DisclosureError(SurveyError):
    """Figures to be published do not add up, so that what is hidden among them cannot be protected."""


class AccountError(SurveyError):
    """A staff account cannot be made as asked."""


class ChangedMeanwhileError(WordedError):
    """Somebody else changed a record after it was shown to be edited; nothing was stored."""


class BusyError(ChangedMeanwhileError):
    """Somebody else is at work on the same thing and did not come to an end in time; nothing was stored."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"somebody else is at work on this ({subject}); nothing was stored; try again in a moment")
        self.subject = subject


class CrowdedError(SurveyError):
    """Too many wait for the same slow work; nothing was done, and who asked may come back after `seconds` (503)."""

    def __init__(self, text: str, *, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds


class RegistryError(WordedError):
    """An agency, a service point or a printed code cannot be changed as asked."""


class EntryError(WordedError):
    """Paper answers cannot be entered as asked."""


class CaseError(WordedError):
    """A feedback case cannot be handled as asked."""


class HolidayDataError(SurveyError):
    """The days off that working days are counted by are missing for a year, or the file of them is wrong."""

    def __init__(self, file: str, expected: str) -> None:
        super().__init__(f"{file}: {expected}")
        self.file, self.expected = file, expected


class NotStoredError(SurveyError):
    """What was sent waited too long for the database, and is not known to be stored; sending it again is safe."""


class KeyReplayedError(SurveyError):
    """A submission key was used before, with other answers (HTTP 409)."""


class DesignError(WordedError):
    """A sampling design contradicts itself or the data."""


class UnreadableRunError(RoundError):
    """The sums a published run keeps cannot be read by this version; the run stays as it was stored."""


class BackupError(SurveyError):
    """A backup cannot be made, is not what it says of itself, or may not take the place of what is there."""


class StoreError(SurveyError):
    """The database is not in the state the application needs; the text says which command mends it."""
