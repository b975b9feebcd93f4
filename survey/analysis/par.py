"""The index as points of the administrative reform index (chỉ số cải cách hành chính, PAR index)."""

MOST_POINTS = 10.0


def par_points(index: float, *, most: float = MOST_POINTS) -> float:
    """Return the points an index in per cent is worth in the PAR index, unrounded: index / 100 × `most`.

    SIPAS is worth 10 of the 100 points of a province. Source: Hà Tĩnh 2021, 91,17 % → 9,12 points (methodology
    section 5). Raises ValueError outside 0-100. A self-selected figure is not the SIPAS index, so its points are
    a what-if, never the province's score.

    >>> round(par_points(91.17), 2)
    9.12
    """
    if not 0 <= index <= 100:
        raise ValueError(f"an index lies between 0 and 100 per cent, not at {index}")
    return index / 100 * most
