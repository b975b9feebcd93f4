"""Look at a poster with a simulated camera: how many pictures of it are read, by distance, blur, tilt, stain and light.

    scripts/bench posters [--size a4|a5] [--host HOST] [--pictures N]

The poster is the product's own PDF, printed to pixels by pdftoppm. Each picture is one of two megapixels through a lens
of 26 mm (as on 35 mm film), held by an ordinary hand: turned, tilted, a little out of focus, with noise. It is read by
zbar (`zbarimg`) and by ZXing (`zxing-cpp`). JPEG, sharpening and a real room's light are not in it, so figures are for
comparing one design with another under equal seeds, not for promises.
"""

import argparse
import math
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
import zxingcpp

from qr.posters import Poster, PosterSize, make_posters
from scripts.benches.tables import table

Grey: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Reader: TypeAlias = Callable[[Grey], str]

# Dots of the print for a millimetre, and pixels of the camera for a millimetre at one metre: 1600 over 36/26 m.
DOTS = 6
PIXELS = 1600 / (36 / 26) / 1000
FINER = 3
MARGINS = {PosterSize.A4: (16.0, 108.0), PosterSize.A5: (16.0 * 148 / 210, 108.0 * 148 / 210)}
FROM = {PosterSize.A4: 1.0, PosterSize.A5: 0.7}


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking: metres, degrees, discs and spots as shares of the code's area, electrons of a white pixel."""

    distance: float
    tilt: float = 0.0
    blur: float = 0.5
    blot: float = 0.0
    glare: float = 0.0
    contrast: float = 1.0
    electrons: float = 3000.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A printed page (1 is white) and where its code stands: left, top and width in dots."""

    page: Grey
    left: float
    top: float
    width: float


def looks(usual: float) -> Iterator[tuple[str, Look]]:
    """Yield what is tried, at the distance the document names unless it is the distance that is tried."""
    plain = Look(usual)
    yield from ((f"{far:g} times the distance", replace(plain, distance=usual * far)) for far in (1.0, 1.6, 2.0, 2.3))
    yield from ((f"tilted by {angle}°", replace(plain, tilt=angle)) for angle in (45, 60))
    yield from ((f"out of focus, {blur:g} pixels", replace(plain, blur=blur)) for blur in (1.5, 2.5))
    yield from ((f"blot of {share:.0%}", replace(plain, blot=share)) for share in (0.05, 0.10, 0.15))
    yield from ((f"glare of {share:.0%}", replace(plain, glare=share)) for share in (0.05, 0.10))
    yield "faded to 30 %", replace(plain, contrast=0.3)
    yield "dark, 100 electrons", replace(plain, electrons=100.0)


def printed(size: PosterSize, host: str, folder: Path) -> tuple[Sheet, str]:
    """Return the page of a made-up service point, and the address in its code."""
    address = f"HTTPS://{host.upper()}/K/ABCDEFG"
    poster = Poster(
        agency="Ủy ban nhân dân phường Tam Thanh",
        service_point="Bộ phận Một cửa – Quầy 3",
        address=address,
        readable_address=f"{host.lower()}/k/ABCDEFG",
        code="ABCDEFG",
        serial="ABCDEFG-261201",
        printed_on=date(2026, 12, 1),
    )
    (folder / "poster.pdf").write_bytes(make_posters([poster], size))
    dots = str(round(DOTS * 25.4, 3))
    subprocess.run(["pdftoppm", "-gray", "-r", dots, "poster.pdf", "page"], cwd=folder, check=True)
    _, width, height, _, pixels = next(folder.glob("page*.pgm")).read_bytes().split(maxsplit=4)
    page = np.frombuffer(pixels, np.uint8).reshape(int(height), int(width)) / 255
    left, symbol = (millimetres * DOTS for millimetres in MARGINS[size])
    # The upper edge of the first corner square is the first black line as long as its seven modules are at least.
    edge = page[:, round(left) + 2 : round(left + symbol * 7 / 45)] < 0.1
    return Sheet(page, left, float(np.argmax(edge.all(axis=1))), symbol), address


def taken(sheet: Sheet, look: Look, random: np.random.Generator) -> Grey:
    """Return one picture."""
    soiled = _blotted(sheet, look.blot, random)
    paper = 1 - look.contrast * (1 - soiled)
    turn = np.radians(random.uniform(-20, 20))
    seen = _seen(replace(sheet, page=paper), look, turn)
    lit = seen * random.uniform(0.75, 0.95) + _spot(seen.shape, sheet, look, random)
    focused = _blurred(lit, look.blur * random.uniform(0.8, 1.2))
    noisy = random.poisson(np.clip(focused, 0, 1.2) * look.electrons) / look.electrons
    return np.clip(noisy, 0, 1)


def _blotted(sheet: Sheet, share: float, random: np.random.Generator) -> Grey:
    """Return the page with an ink blot of a share of the code's area, on none of the three corner squares."""
    if not share:
        return sheet.page
    radius = math.sqrt(share / math.pi)
    while True:
        x, y = random.uniform(radius, 1 - radius, 2)
        corners = ((0.12, 0.12), (0.88, 0.12), (0.12, 0.88))
        if all(math.hypot(x - a, y - b) > radius + 0.14 for a, b in corners):
            break
    rows, columns = np.ogrid[: sheet.page.shape[0], : sheet.page.shape[1]]
    inside = (rows - sheet.top - y * sheet.width) ** 2 + (columns - sheet.left - x * sheet.width) ** 2
    page: Grey = np.where(inside < (radius * sheet.width) ** 2, 0.25, sheet.page)
    return page


def _seen(sheet: Sheet, look: Look, turn: float) -> Grey:
    """Return what the sensor sees of the code and its surroundings: turned, and tilted about an upright axis."""
    scale = PIXELS / look.distance / DOTS
    side = int(sheet.width * scale * 1.7)
    fine = (np.arange(side * FINER) + 0.5) / FINER - side / 2
    across, down = np.meshgrid(fine, fine)
    x, y = (across * np.cos(turn) + down * np.sin(turn)) / scale, (down * np.cos(turn) - across * np.sin(turn)) / scale
    far, angle = look.distance * 1000 * DOTS, np.radians(look.tilt)
    # A ray through x meets the tilted paper at u along it: x = f·u·cos / (f + u·sin).
    along = x * far / (far * np.cos(angle) - x * np.sin(angle))
    y = y * (far + along * np.sin(angle)) / far
    columns = (sheet.left + sheet.width / 2 + along).round().astype(int)
    rows = (sheet.top + sheet.width / 2 + y).round().astype(int)
    height, width = sheet.page.shape
    there = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    wall = np.full(rows.shape, 0.6)
    wall[there] = sheet.page[rows[there], columns[there]]
    picture: Grey = wall.reshape(side, FINER, side, FINER).mean(axis=(1, 3))
    return picture


def _spot(shape: tuple[int, ...], sheet: Sheet, look: Look, random: np.random.Generator) -> Grey:
    """Return the light of a reflection, which adds half the light of paper at its rim."""
    light: Grey = np.zeros(shape)
    if not look.glare:
        return light
    code = sheet.width * PIXELS / look.distance / DOTS
    radius = code * math.sqrt(look.glare / math.pi)
    x, y = shape[1] / 2 + random.uniform(-0.35, 0.35) * code, shape[0] / 2 + random.uniform(-0.35, 0.35) * code
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    light += 2 * np.exp(-math.log(4) * ((rows - y) ** 2 + (columns - x) ** 2) / radius**2)
    return light


def _blurred(picture: Grey, sigma: float) -> Grey:
    reach = np.arange(-math.ceil(3 * sigma), math.ceil(3 * sigma) + 1)
    kernel = np.exp(-(reach**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    for axis in (0, 1):
        picture = np.apply_along_axis(np.convolve, axis, picture, kernel, mode="same")
    return picture


def readers() -> dict[str, Reader]:
    """Return the two readers, whose authors have nothing to do with each other."""
    return {"zbar": _read_by_zbar, "ZXing": _read_by_zxing}


def _read_by_zxing(picture: Grey) -> str:
    codes = zxingcpp.read_barcodes(np.round(picture * 255).astype(np.uint8))
    return next((code.text for code in codes), "")


def _read_by_zbar(picture: Grey) -> str:
    head = f"P5 {picture.shape[1]} {picture.shape[0]} 255\n".encode()
    asked = head + np.round(picture * 255).astype(np.uint8).tobytes()
    command = ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", "pgm:-"]
    told = subprocess.run(command, input=asked, capture_output=True, check=False)
    return told.stdout.decode().strip()


def main() -> None:
    """Print one table: what was tried, and the share of pictures each reader read."""
    parser = argparse.ArgumentParser(prog="scripts/bench posters")
    parser.add_argument("--size", type=PosterSize, choices=list(MARGINS), default=PosterSize.A4)
    parser.add_argument("--host", default="khaosat.langson.gov.vn")
    parser.add_argument("--pictures", type=int, default=50)
    asked = parser.parse_args()
    by = readers()
    with tempfile.TemporaryDirectory() as folder:
        sheet, address = printed(asked.size, asked.host, Path(folder))
    rows = []
    for told, look in looks(FROM[asked.size]):
        random = np.random.default_rng(2026)
        pictures = [taken(sheet, look, random) for _ in range(asked.pictures)]
        read = {name: [reader(picture) for picture in pictures] for name, reader in by.items()}
        wrong = sum(text not in ("", address) for texts in read.values() for text in texts)
        rows.append([told, *(f"{texts.count(address) / len(texts):.0%}" for texts in read.values()), str(wrong)])
    print(f"{asked.size}, {asked.host}, {asked.pictures} pictures each\n")
    print(table(["looked at", *by, "wrong texts"], rows))


if __name__ == "__main__":
    main()
