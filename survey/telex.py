"""What somebody pressed on a keyboard that was set to Telex, from what it made of that.

Most people type Vietnamese this way: `AA` becomes Â, `EE` Ê, `DD` Đ, `AW` Ă, `UW` Ư, on many keyboards a `W` alone Ư
too, and S, F, R, X or J behind a vowel puts a tone on the word. It does so to a code as well: `34LEEHE` arrives as
`34LÊHE`. Keyboards differ in where in a word a tone stands and in how far back a mark reaches, so the place of a tone
is not looked at and marks reach as far back as they do anywhere.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

TONES = {"\u0301": "S", "\u0300": "F", "\u0309": "R", "\u0303": "X", "\u0323": "J"}
CIRCUMFLEX, HORN, STROKE = "\u0302", "\u031b", "\u0335"
# Ă and Ư both come of a W.
MARKS = {"A": CIRCUMFLEX, "E": CIRCUMFLEX, "O": CIRCUMFLEX, "W": HORN, "D": STROKE}
TAKERS = {"A": "A", "E": "E", "O": "O", "W": "AOUW", "D": "D"}
VOWELS = frozenset("AEIOUY")
# Seven keys hardly lose more of theirs to marks; it bounds the work a text can ask for.
MOST_MISSING = 3
# Keys of which a text shows nothing, by how many there are: one that took a mark or a tone off again, or a tone another
# one took the place of; two tones that gave way, or one and the Z that took it off.
SILENT: Mapping[int, Sequence[str]] = {0: (), 1: ("SFRXJZAEDW",), 2: ("SFRXJ", "SFRXJZ")}

# A letter and its mark, without its tone.
Marked: TypeAlias = tuple[str, str]
Word: TypeAlias = tuple[tuple[Marked, ...], str]


@dataclass(frozen=True, slots=True)
class _Keyboard:
    """In what keyboards differ: a W alone becomes Ư, and a second one another Ư; marks reach so many letters back; a
    later tone replaces one.
    """

    lone_w: bool
    second_w: bool
    reach: int
    changes_tone: bool


KEYBOARDS = [
    _Keyboard(*w, reach, changes_tone)
    for w, reach, changes_tone in product(((True, True), (True, False), (False, False)), (1, 99), (True, False))
]


@dataclass(slots=True)
class _Typing:
    """A word while it is typed."""

    keyboard: _Keyboard
    letters: list[Marked] = field(default_factory=list)
    tone: str = ""

    def press(self, key: str) -> None:
        """Take one more letter key."""
        if key in TONES.values() and self._takes_tone(key):
            if self.tone == key:
                self.letters.append((key, ""))
            self.tone = "" if self.tone == key else key
        elif key == "Z" and self.tone:
            self.tone = ""
        elif not (key in MARKS and self._mark(key)):
            self.letters.append((key, HORN if key == "W" and self.keyboard.lone_w else ""))

    def _takes_tone(self, key: str) -> bool:
        free = self.keyboard.changes_tone or self.tone in ("", key)
        return free and any(letter in VOWELS or mark == HORN for letter, mark in self.letters)

    def _mark(self, key: str) -> bool:
        """Put a mark on the last letter that takes it, or take it off again and leave the key as a letter."""
        for place in range(len(self.letters) - 1, max(-1, len(self.letters) - 1 - self.keyboard.reach), -1):
            letter, mark = self.letters[place]
            if letter in TAKERS[key] and (letter != "W" or (mark and not self.keyboard.second_w)):
                self.letters[place] = (letter, "" if mark == MARKS[key] else MARKS[key])
                # A second W takes the place of an Ư that was a W alone.
                return mark != MARKS[key] or letter == key == "W"
        return False


def keys_of(text: str, length: int, fits: Callable[[str], bool]) -> set[str]:
    """Return every sequence of `length` keys that `fits` and of which Telex makes `text`.

    Text and keys are capitals and digits.

    >>> sorted(keys_of("34LÊHE", 7, lambda keys: True))
    ['34LEEHE']
    """
    if not length - MOST_MISSING <= len(text) <= length or (text.isascii() and len(text) == length):
        return set()
    shown = _shown(text)
    tried = {keys for base, missing in _readings(text) for keys in _filled(base, missing, length)}
    return {keys for keys in tried if fits(keys) and any(_made(keys, one) == shown for one in KEYBOARDS)}


def _shown(text: str) -> list[Word]:
    """Return the words of a text: their letters with marks, and the tone somewhere in each."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", f"D{STROKE}")).replace("\u0306", HORN)
    words = re.findall(r"[^\W\d_][^\d\s]*|\d+", plain)
    return [_word(word) for word in words]


def _word(word: str) -> Word:
    letters: list[Marked] = []
    tone = ""
    for sign in word:
        if sign in TONES:
            tone = TONES[sign]
        elif sign in (CIRCUMFLEX, HORN, STROKE) and letters:
            letters[-1] = (letters[-1][0], sign)
        else:
            letters.append((sign, ""))
    return tuple(letters), tone


def _made(keys: str, keyboard: _Keyboard) -> list[Word]:
    """Return the words a keyboard makes of keys."""
    words: list[Word] = []
    for run in re.findall(r"[A-Z]+|\d+", keys):
        typing = _Typing(keyboard)
        for key in run:
            if key.isdigit():
                typing.letters.append((key, ""))
            else:
                typing.press(key)
        letters = tuple(("U", HORN) if marked == ("W", HORN) else marked for marked in typing.letters)
        words.append((letters, typing.tone))
    return words


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys that left a letter, in their order, and those that left but a mark or a tone."""
    choices: list[Sequence[tuple[str, str]]] = []
    for letters, tone in _shown(text):
        choices += [_letter_readings(letter, mark) for letter, mark in letters]
        choices.append([("", tone)])
    for chosen in product(*choices):
        yield "".join(base for base, _ in chosen), "".join(missing for _, missing in chosen)


def _letter_readings(letter: str, mark: str) -> Sequence[tuple[str, str]]:
    if not mark:
        return [(letter, "")]
    key = letter if mark in (CIRCUMFLEX, STROKE) else "W"
    return [(letter, key), ("W", "")] if (letter, mark) == ("U", HORN) else [(letter, key)]


def _filled(base: str, missing: str, length: int) -> set[str]:
    """Return the keys with the missing ones among them in every way, and with those that left nothing, if any."""
    lacking = length - len(base) - len(missing)
    if lacking not in SILENT:
        return set()
    pressed = {base}
    for choice in (*missing, *SILENT[lacking]):
        pressed = {f"{keys[:at]}{key}{keys[at:]}" for keys in pressed for key in choice for at in range(len(keys) + 1)}
    return pressed
