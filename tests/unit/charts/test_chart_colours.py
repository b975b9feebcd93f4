"""The colours of charts: apart for the colour-blind, and numbers readable on them."""

from itertools import combinations

import numpy as np
import pytest

from survey.reports.charts.items import COLOURS, ON_COLOURS

# What a colour looks like without one kind of cone: Machado, Oliveira and Fernandes (2009), IEEE Transactions on
# Visualization and Computer Graphics 15, 1291-1298, severity 1, on linear RGB.
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# sRGB to XYZ (IEC 61966-2-1), divided by the white point D65.
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / [[0.9505], [1.0], [1.089]]  # fmt: skip


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """Return CIELAB of linear RGB."""
    xyz = TO_XYZ @ light.clip(0, 1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT.values(), ids=SIGHT)
def test_the_colours_of_the_answers_stay_apart_for_the_colour_blind(sight):
    seen = [lab(np.array(sight) @ linear(colour)) for colour in COLOURS]
    # The five face colours as they are come as near as 9 (protanopia, neutral and satisfied).
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 20


def test_numbers_in_the_bars_have_the_contrast_of_wcag():
    def luminance(colour: str) -> float:
        return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))

    for colour, on in zip(COLOURS, ON_COLOURS, strict=True):
        dark, light = sorted((luminance(colour), luminance(on)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5
