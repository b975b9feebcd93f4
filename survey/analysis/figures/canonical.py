"""Figures as the bytes that are compared when a run is verified years later."""

import json
from collections.abc import Iterable

from survey.analysis.figures.results import IndexRow

# Figures are published with two decimals; the last bits of a double may differ between machines and libraries.
DECIMALS = 6


def figures_text(rows: Iterable[IndexRow]) -> str:
    """Return the canonical text of rows: JSON in ASCII, one row a line, figures in per cent with six decimals.

    Names are left out: they may be mended in the registry, and no figure follows from them.
    """
    lines = (json.dumps(_plain(row), separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _plain(row: IndexRow) -> list[str | int | None]:
    estimate = row.estimate
    figures = (row.index, row.percent_satisfied, row.level, row.percent_dissatisfied)
    of_estimate = (estimate.se, estimate.low, estimate.upp) if estimate else (None, None, None)
    return [
        *(row.domain.block, row.domain.agency_code, row.domain.service_point_code, row.part),
        *(None if figure is None else f"{figure:.{DECIMALS}f}" for figure in (*figures, *of_estimate)),
        *(row.responses, row.answers, row.missing, row.not_applicable),
        *((estimate.cluster_kind.value, estimate.clusters) if estimate else (None, None)),
    ]
