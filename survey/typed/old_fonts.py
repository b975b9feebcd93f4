"""Text written for the fonts of before Unicode (TCVN3, VNI): it looks right in those fonts only.

Such text holds nothing above U+00FF, while Vietnamese in Unicode soon has a letter that is (ư, đ, ạ, ế …): a foreign
name inside a Vietnamese one is none of this.
"""

import re

LAST_OLD_SIGN = "\xff"
# The letters of Latin-1 that Vietnamese does not have; both old ways put them where Unicode has ở, ộ, ụ …
_FOREIGN = "äåæçëîïðñöøûüþÿßÄÅÆÇËÎÏÐÑÖØÛÜÞŸ"
_OLD = (
    # TCVN3 writes ă â đ ê ô ơ ư and tones as signs, which no word holds inside (· and ° stand between or behind words).
    re.compile(r"[^\W\d_][\xa1-\xa9\xab-\xaf\xb1-\xb6\xb8-\xb9\xbb-\xbf\xd7\xf7]|[\xa6\xa8\xae\xac][^\W\d_]"),
    # A capital with a mark behind a small letter: kiÕn, ViÖt.
    re.compile(r"[a-z\xdf-\xff][\xc0-\xd6\xd8-\xde]"),
    re.compile(f"[{_FOREIGN}]"),
    # VNI writes a mark as a letter behind its vowel: nhaân daân, toå, chuùng.
    re.compile(r"[ae][\xe0-\xe3\xe8-\xea]|o[\xe2\xf5\xf9]|[aeu][\xf5\xf9]", re.IGNORECASE),
)


def is_of_old_font(text: str) -> bool:
    """Tell whether a text was written for a font of before Unicode.

    >>> is_of_old_font("Së Néi vô"), is_of_old_font("Sôû Noäi vuï"), is_of_old_font("Sở Nội vụ")
    (True, True, False)
    """
    return not text.isascii() and max(text) <= LAST_OLD_SIGN and any(pattern.search(text) for pattern in _OLD)
