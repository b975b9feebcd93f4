"""Codes and secrets of receipts as they may have been typed: a keyboard set to Telex makes other letters of them.

Unlike the code of a service point they have no check symbol, so several may fit. All of them belong to one try.
"""

import re
from collections.abc import Iterable
from itertools import islice, product

from survey.fieldwork import CODE_ALPHABET, normalise_code
from survey.formatting import plain_signs
from survey.store.feedback.cases import CODE_LETTERS
from survey.telex import MOST_MISSING, keys_of

# A secret is shown in groups. So many sequences of keys are looked through, so many codes looked up, and so many
# secrets digested, each of which takes a while.
GROUP = 4
MOST_KEYS, MOST_CODES, MOST_SECRETS = 300, 50, 8


def typed_codes(text: str) -> list[str]:
    """Return the codes of cases that may have been typed, as they read first.

    >>> typed_codes("k7mâ-2q4"), typed_codes("4vxt ecab")
    (['K7MÂ2Q4', 'K7MAA2Q4'], ['4VXTECAB'])
    """
    typed = normalise_code(text)
    return [typed, *_pressed(typed, CODE_LETTERS)[:MOST_CODES]]


def typed_secrets(text: str, length: int) -> list[str]:
    """Return the secrets of so many letters that may have been typed, as one reads first.

    Where more may have been meant than can be tried, that alone is tried.

    >>> typed_secrets("3ê2-5ă7", 8), typed_secrets("abcd-2345", 8)
    (['3Ê25Ă7', '3EE25AW7'], ['ABCD2345'])
    """
    typed = normalise_code(text)
    # What parts the groups ends a word for the keyboard.
    groups = re.split(r"[\s\-\u2010-\u2014]+", plain_signs(text, 2 * length).strip().upper())
    if len(groups) * GROUP == length:
        keys = [_pressed(group, GROUP) or [group] for group in groups]
        pressed = ["".join(chosen) for chosen in islice(product(*keys), MOST_SECRETS + 1) if "".join(chosen) != typed]
    else:
        pressed = _pressed(typed, length)
    return [typed, *(pressed if len(pressed) <= MOST_SECRETS else ())]


def _pressed(typed: str, length: int) -> list[str]:
    """Return what may have been pressed, in order, none where nothing was changed or too much may have been."""
    if typed.isascii() or not length - 2 * MOST_MISSING <= len(typed) <= length:
        return []
    runs = re.findall(r"\d+|\D+", typed)
    pressed, left = [""], len(typed)
    for run in runs:
        left -= len(run)
        heads = pressed
        pressed = [head + keys for keys in _run_keys(run) for head in heads if len(head + keys) + left <= length]
        if len(pressed) > MOST_KEYS:
            return []
    whole = {keys for keys in pressed if len(keys) == length and _is_drawn(keys)}
    # A key may have left nothing at all, where two of them undid each other.
    return sorted(whole or keys_of(typed, length, _is_drawn, most=MOST_KEYS))


def _is_drawn(keys: str) -> bool:
    return set(keys) <= set(CODE_ALPHABET)


def _run_keys(run: str) -> Iterable[str]:
    """Return the keys of a run: a number stands as it is, and ends the word before it for a keyboard."""
    if run.isascii():
        return [run]
    lengths = range(len(run), len(run) + MOST_MISSING + 1)
    return {keys for length in lengths for keys in keys_of(run, length, str.isascii, most=MOST_KEYS)}
