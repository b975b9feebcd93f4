"""The texts people read, each with its English: read from the catalogues beside `survey.wording`, and written there.

A text is known by its source, the Vietnamese sentence in the code. What an editor makes of it stands in a catalogue of
its own (`vi`), which holds nothing but texts that differ from their source.
"""

import hashlib
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from survey.wording import CATALOGUES, Language, mark

WIDTH = 76
CITIZEN, PUBLIC = mark("người dân"), mark("công chúng")
CLERK, LEADER = mark("cán bộ"), mark("lãnh đạo")
ANALYST, ADMINISTRATOR = mark("người phân tích"), mark("người quản trị hệ thống")
# Whose words stand where, by the beginning of a file's path. A text of several readers is listed with the first.
READERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CITIZEN: (
            *("templates/respond/", "templates/kiosk/", "templates/feedback/", "templates/layout/citizen.html"),
            *("survey/web/citizen/", "survey/web/feedback/", "survey/forms/response.py"),
        ),
        PUBLIC: ("templates/results/", "survey/web/results/"),
        CLERK: tuple(
            place.format(subject)
            for subject in ("collecting", "posters", "registry", "feedback")
            for place in ("templates/staff/{}/", "survey/web/staff/{}/", "survey/forms/{}", "survey/operations/{}/")
        ),
        LEADER: tuple(
            place.format(subject)
            for subject in ("monitoring", "rounds", "plans", "results", "report")
            for place in ("templates/staff/{}/", "survey/web/staff/{}/", "survey/forms/{}", "survey/operations/{}/")
        ),
        ANALYST: ("templates/analysis/", "survey/web/analysis/", "survey/reports/", "survey/operations/sampling/"),
        ADMINISTRATOR: (),
    }
)


@dataclass(frozen=True, slots=True)
class CatalogueText:
    """A text: its source in the code, how it is said in both languages, and the files it stands in."""

    source: str
    vietnamese: str
    english: str
    places: tuple[str, ...]

    @property
    def key(self) -> str:
        """What names the text in a workbook; a text whose source changed has another one."""
        return "T" + hashlib.sha256(self.source.encode()).hexdigest()[:12]

    @property
    def reader(self) -> str:
        """Who reads it, as a message of the catalogue."""
        fits = (reader for reader, starts in READERS.items() if any(place.startswith(starts) for place in self.places))
        return next(fits, ADMINISTRATOR)

    def said(self, language: Language) -> str:
        """Return the text in one language."""
        return self.english if language == "en" else self.vietnamese


def values_of(text: str) -> tuple[str, ...]:
    """Return the values a text takes, as they stand in it.

    >>> values_of("{count} phiếu của {agency}, {share:.1f}%")
    ('{agency}', '{count}', '{share:.1f}')
    """
    try:
        found = list(string.Formatter().parse(text))
    except ValueError:
        return ()
    return tuple(sorted(f"{{{name}{':' if spec else ''}{spec}}}" for _, name, spec, _ in found if name is not None))


def read_catalogue(folder: Path = CATALOGUES) -> list[CatalogueText]:
    """Return every text, in the order of its source."""
    own = {source: said for source, said, _ in _messages(_read(_texts(folder, "vi")))}
    texts = [
        CatalogueText(source, own.get(source) or source, english, places)
        for source, english, places in _messages(_read(_texts(folder, "en")))
    ]
    return sorted(texts, key=lambda text: text.source)


def write_catalogue(texts: Iterable[CatalogueText], folder: Path = CATALOGUES) -> None:
    """Write texts into both catalogues and compile them; what is said as in the code needs no Vietnamese one."""
    known = {text.source: text for text in texts}
    english = _read(_texts(folder, "en"))
    for message in english:
        if message.id in known:
            message.string = known[message.id].english
    vietnamese = Catalog(locale="vi")
    for text in known.values():
        if text.vietnamese != text.source:
            vietnamese.add(text.source, text.vietnamese)
    _write(english, _texts(folder, "en"))
    _write(vietnamese, _texts(folder, "vi"))


def _texts(folder: Path, language: Language) -> Path:
    return folder / language / "LC_MESSAGES" / "messages.po"


def _messages(catalogue: Catalog) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield source, text and places of each message; none has a plural."""
    for message in catalogue:
        if message.id:
            yield str(message.id), str(message.string), tuple(dict.fromkeys(place for place, _ in message.locations))


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def _write(catalogue: Catalog, path: Path) -> None:
    """Write the texts and what gettext reads of them; an empty catalogue is no file."""
    compiled = path.with_suffix(".mo")
    if not any(message.id for message in catalogue):
        path.unlink(missing_ok=True)
        compiled.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as texts, compiled.open("wb") as binary:
        write_po(texts, catalogue, width=WIDTH, omit_header=True, sort_output=True, include_lineno=False)
        write_mo(binary, catalogue, use_fuzzy=True)
