"""From the paper on the counter to the figure: with a script on the phone, and without."""

import json
import re
import shutil
import subprocess

import pytest

from tests.conftest import need
from tests.journeys.houses import record_of
from tests.journeys.phones import phone_in_hand, read_receipt, tap_answers, tap_send

pytestmark = [pytest.mark.browser, pytest.mark.paper]


def choices(text):
    """Return the answers of a line such as “A1=5 A2=4”."""
    return dict(pair.split("=") for pair in text.split())


MAI = choices("A1=5 A2=4 A3=3  B1=4 B2=4 B3=5 B4=2  C1=5 C2=5 C3=5  D1=2      D3=4  E1=N E2=N E3=N  harassment=1")
NAM = choices("A1=4      A3=2  B1=3 B2=4 B3=5 B4=1  C1=4 C2=4 C3=1  D1=5 D2=5 D3=5  E1=4 E2=2 E3=N")
LAN = choices("A1=1")
SON = choices("A1=5                                                                 E1=N E2=N E3=N")
COMMENT = "Ghế chờ & quạt ở quầy 3 đã cũ, mong được thay."

# Mai, Nam and Lan answer at two counters of one agency, Sơn at a ward. The form has 3 + 4 + 3 + 3 + 3 = 16 items.
# Satisfied are 4 and 5 (“N” and skipped items leave the base); the level is the sum over 5 times the answers.
#   agency TTPVHCC        answers                        satisfied      level          responses  skipped      N
#   access      5 4 3 | 4 2 | 1          = 6, sum 19     3/6            19/30          3          0 + 1 + 2    0
#   procedures  4 4 5 2 | 3 4 5 1        = 8, sum 28     5/8            28/40          2          0 + 0 + 4    0
#   officials   5 5 5 | 4 4 1            = 6, sum 24     5/6            24/30          2          0 + 0 + 3    0
#   outcome     2 4 | 5 5 5              = 5, sum 21     4/5            21/25          2          1 + 0 + 3    0
#   feedback    4 2                      = 2, sum  6     1/2             6/10          1          0 + 0 + 3    3 + 1
#   overall     6 + 8 + 6 + 5 + 2       = 27, sum 98     18/27          98/135         3          17           4
#   (27 + 17 + 4 = 48 = 3 × 16)
#   ward P-KYLUA: one 5; of the other 15 items 3 are “N” and 12 were skipped.
WORKED_OUT = {
    ("TTPVHCC", "access"): (300 / 6, 1900 / 30, 3, 6, 3, 0),
    ("TTPVHCC", "procedures"): (500 / 8, 2800 / 40, 2, 8, 4, 0),
    ("TTPVHCC", "officials"): (500 / 6, 2400 / 30, 2, 6, 3, 0),
    ("TTPVHCC", "outcome"): (400 / 5, 2100 / 25, 2, 5, 4, 0),
    ("TTPVHCC", "feedback"): (100 / 2, 600 / 10, 1, 2, 3, 4),
    ("TTPVHCC", "overall"): (1800 / 27, 9800 / 135, 3, 27, 17, 4),
    ("P-KYLUA", "access"): (100, 100, 1, 1, 2, 0),
    ("P-KYLUA", "procedures"): (None, None, 0, 0, 4, 0),
    ("P-KYLUA", "officials"): (None, None, 0, 0, 3, 0),
    ("P-KYLUA", "outcome"): (None, None, 0, 0, 3, 0),
    ("P-KYLUA", "feedback"): (None, None, 0, 0, 0, 3),
    ("P-KYLUA", "overall"): (100, 100, 1, 1, 12, 3),
}
COLUMNS = ("percent_satisfied", "level", "responses", "answers", "missing", "not_applicable")


@pytest.fixture(scope="module", autouse=True)
def paper_programs():
    """Leave the journeys out where paper cannot be read."""
    for program in ("pdftoppm", "zbarimg"):
        if shutil.which(program) is None:
            need(f"{program} (Debian packages poppler-utils, zbar-tools)", "paper")


def scanned_addresses(house, agency):
    """Print an agency's posters, take a picture of each, and return the addresses in their codes by service point."""
    posters = house.folder / f"{agency}.pdf"
    house.run("posters", "make", "--agency", agency, "--size", "a4", "--out", str(posters))
    subprocess.run(["pdftoppm", "-r", "100", "-gray", "-png", str(posters), str(posters.with_suffix(""))], check=True)
    pictures = sorted(map(str, house.folder.glob(f"{agency}*.png")))
    read = subprocess.run(["zbarimg", "--quiet", "--raw", *pictures], check=True, capture_output=True, text=True)
    return {address[-7:]: address for address in read.stdout.split()}


def answer_on(page, address, answers, comment=""):
    """Open an address, answer, send, and return the receipt."""
    page.goto(address)
    tap_answers(page, answers)
    page.get_by_label(re.compile("góp ý thêm")).fill(comment)
    tap_send(page)
    return read_receipt(page)


def computed(house):
    """Return what `index compute` prints: the figures by agency and dimension, and the number of responses."""
    printed = json.loads(house.run("index", "compute", "--round", "r1", "--by", "agency,dimension", "--format", "json"))
    rows = {(row["agency_code"], row["dimension"]): tuple(row[name] for name in COLUMNS) for row in printed["rows"]}
    # The form of 2023 calls the level its index.
    assert all(row["index"] == row["level"] for row in printed["rows"])
    return {place: rows[place] for place in WORKED_OUT}, printed["responses"]


@pytest.mark.parametrize("script", ["with a script", "without a script"])
def test_what_people_tap_after_scanning_the_poster_is_what_the_index_says(house, chromium, script) -> None:
    centre, ward = scanned_addresses(house, "TTPVHCC"), scanned_addresses(house, "P-KYLUA")
    assert centre.keys() == {"L4E3SZF", "532JS8E", "8QZYNXP", "DXMK89J"}
    assert ward.keys() == {"UED34VN", "BTXXFK6"}, "the third point of the ward is retired, so it has no poster"
    addresses = [centre["L4E3SZF"], centre["532JS8E"], centre["L4E3SZF"], ward["UED34VN"]]
    receipts = []
    with phone_in_hand(chromium, java_script_enabled=script == "with a script") as phone:
        for address, answers in zip(addresses, (MAI, NAM, LAN, SON), strict=True):
            receipts.append(answer_on(phone.new_page(), address, answers, COMMENT if answers is NAM else ""))
    assert len(set(receipts)) == 4
    assert house.stored_records() == sorted(map(record_of, (MAI, NAM, LAN, SON)))
    assert house.stored_comments() == [COMMENT]
    figures, responses = computed(house)
    assert responses == 4
    for place, expected in WORKED_OUT.items():
        assert figures[place] == pytest.approx(expected), place
