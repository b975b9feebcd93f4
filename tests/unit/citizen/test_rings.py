"""The ring around what has the focus can be told from everything it may lie on, in light and in the dark."""

import re

import pytest

from survey.web.citizen.pages import inlined

LEAST = 3.0


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, definitions)."""
    parts = colour if len(colour) == 6 else "".join(2 * sign for sign in colour)
    channels = [int(parts[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def palettes(style: str) -> list[dict[str, str]]:
    return [dict(re.findall(r"--(\w+):#(\w+)", block)) for block in re.findall(r":root\{([^}]*)\}", style)]


def test_black_on_white_has_the_contrast_everybody_knows() -> None:
    assert contrast("000", "ffffff") == pytest.approx(21)


@pytest.mark.parametrize("name", ["citizen.css", "kiosk.css"])
def test_the_ring_stands_out_from_paper_cards_and_what_is_chosen(name: str) -> None:
    light, dark = palettes(inlined(name))
    for palette in (light, {**light, **dark}):
        for ground in ("paper", "card", "mint"):
            assert contrast(palette["ring"], palette[ground]) >= LEAST, (ground, palette["ring"])


@pytest.mark.parametrize("name", ["citizen.css", "kiosk.css"])
def test_a_radio_that_arrow_keys_reached_has_its_ring_in_every_browser(name: str) -> None:
    style = inlined(name)
    assert re.search(r":focus\+span\{outline:\dpx solid var\(--ring\)", style)
    assert ":focus-visible)+span" not in style
