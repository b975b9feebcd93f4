"""Answers of people whose overall answer leans on the dimensions, and the drivers that are found in them."""

from dataclasses import replace
from datetime import date

import numpy as np

from survey.analysis.drivers.drivers import Drivers, DriversRefusal, find_drivers
from survey.fieldwork import SurveyRound
from survey.instrument import load_instrument

SIPAS = load_instrument("sipas-2023")
SILENT = SurveyRound("R", "R", SIPAS.code, SIPAS.digest, date(2026, 1, 1), date(2026, 2, 1), date(2026, 2, 8))
ASKING = replace(SILENT, asks=("overall_satisfaction",))
ITEMS, OVERALL_AT = len(SIPAS.items), SIPAS.question("overall_satisfaction").positions[0]


def records_of(items: np.ndarray, overall: np.ndarray) -> np.ndarray:
    """Return the records (n, width) of points (n, 16) and of the overall answers (n,); 0 is no answer."""
    records = np.full((len(items), SIPAS.width), ord("."), np.uint8)
    for points, places in ((items, slice(0, ITEMS)), (overall[:, None], slice(OVERALL_AT, OVERALL_AT + 1))):
        records[:, places] = np.where(points > 0, points + ord("0"), ord("."))
    return records


def simulated(count: int, *, seed: int = 1, weights=(0.2, 0.3, 0.9, 0.5, 0.1)) -> tuple[np.ndarray, np.ndarray]:
    """Return points and overall answers of people whose overall answer leans on the dimensions by `weights`."""
    random = np.random.default_rng(seed)
    general = random.normal(size=(count, 1))
    dimensions = 0.6 * general + 0.6 * random.normal(size=(count, 5))
    of_item = np.repeat(np.arange(5), [3, 4, 3, 3, 3])
    items = dimensions[:, of_item] + 0.6 * random.normal(size=(count, ITEMS))
    overall = dimensions @ np.array(weights) + 0.5 * random.normal(size=count)
    return tuple(np.clip(np.round(3.8 + values), 1, 5).astype(np.int64) for values in (items, overall))


def found_in(items: np.ndarray, overall: np.ndarray, **options) -> Drivers | DriversRefusal:
    return find_drivers(records_of(items, overall), SIPAS, ASKING, **({"replicates": 500} | options))
