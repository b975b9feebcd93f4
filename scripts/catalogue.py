"""Tell whether the English catalogue is complete and compiled: `check.py TEMPLATE` exits 1 and says what is missing."""

import sys
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "survey" / "translations" / "en" / "LC_MESSAGES"


def main(template: str) -> int:
    """Compare the messages in use, the English texts and the compiled file."""
    with (
        open(template, "rb") as used,
        open(FOLDER / "messages.po", "rb") as texts,
        open(FOLDER / "messages.mo", "rb") as made,
    ):
        wanted = {message.id for message in read_po(used) if message.id}
        english = {message.id: message.string for message in read_po(texts) if message.id}
        compiled = {message.id: message.string for message in read_mo(made) if message.id}
    missing = sorted(message for message in wanted if not english.get(message))
    unused = sorted(english.keys() - wanted)
    for text in [f"no English for: {message}" for message in missing] + [
        f"no longer used: {message}" for message in unused
    ]:
        sys.stdout.write(f"{text}\n")
    if english != compiled:
        sys.stdout.write("messages.mo is not what messages.po says; run scripts/words\n")
    return int(bool(missing or unused or english != compiled))


sys.exit(main(sys.argv[1]))
