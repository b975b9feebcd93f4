"""What is computed once, at publication: ranks, drivers and reliability."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from sqlalchemy import Connection

from survey.analysis.disclosure.coarsening import coarse_drivers, coarse_reliability
from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.disclosure.tables import Name
from survey.analysis.drivers.drivers import find_drivers
from survey.analysis.figures.domains import DomainSums
from survey.analysis.figures.frames import unpack_records
from survey.analysis.figures.indices import compute_rows
from survey.analysis.figures.pooling import NOTHING
from survey.analysis.figures.reliability import part_reliabilities
from survey.analysis.pipeline import rank_blocks, rows_above, told_by_shown
from survey.analysis.stored import Extras
from survey.instrument import Instrument
from survey.operations.counting.counting import CountedRound
from survey.operations.results.withholding import cell_of, withheld_agencies
from survey.operations.rounds.visits import official_sizes
from survey.store.collecting.blocks import POINT_DIGITS, iter_blocks
from survey.tallies import DAY_WIDTH, Characters, Integers, Places, RecordLayout, layout_of

# Blocks come in the order of keys, which is random, so the first of them are a random sample of the round.
MOST_RESPONDENTS = 20_000


def make_extras(
    connection: Connection,
    counted_round: CountedRound,
    sums: DomainSums,
    reasons: Mapping[Name, WithheldReason],
    carried: Collection[str] = (),
) -> Extras:
    """Return the extras of a run with these sums.

    An agency whose overall figure is withheld is not ranked: a gap in the ranks would bound its index. The agencies
    in `carried` keep an earlier publication's sums, so their responses are left out of what is made of single
    responses: it would tell of those that are not published.
    """
    survey_round, instrument = counted_round.survey_round, counted_round.instrument
    records, clusters = sample_records(connection, counted_round, without=carried)
    hidden = {cell for cell, reason in reasons.items() if reason is not WithheldReason.NO_RESPONSES}
    shown_sums = told_by_shown(sums, withheld_agencies(reasons))
    every = compute_rows(shown_sums, instrument, by=("agency", "dimension"))
    rows = [row for row in every if cell_of(row.domain, row.part) not in hidden]
    levels = _shown_levels(sums, instrument, hidden)
    drivers = find_drivers(records, instrument, survey_round, clusters=clusters, levels=levels)
    reliability = part_reliabilities(unpack_records(records, instrument), instrument)
    return Extras(
        rankings=rank_blocks(rows, official_sizes(connection, survey_round)),
        drivers=coarse_drivers(drivers),
        reliability=coarse_reliability(figure for figure in reliability if figure.part in levels),
    )


def _shown_levels(sums: DomainSums, instrument: Instrument, hidden: Collection[Name]) -> dict[str, float]:
    """Return the level of satisfaction of all agencies together, of the parts of which it is published."""
    total = rows_above(sums, instrument, by=("dimension",), withheld=NOTHING)
    shown = (row for row in total if cell_of(row.domain, row.part) not in hidden)
    return {row.part: row.level for row in shown if row.level is not None}


def sample_records(
    connection: Connection, counted_round: CountedRound, *, without: Collection[str] = ()
) -> tuple[Characters, Integers]:
    """Return the records (n, width) of at most 20,000 responses drawn at random, and their service-point days (n,).

    Responses about the agencies `without` are left out.
    """
    layout, days = (
        layout_of(counted_round.instrument),
        (counted_round.survey_round.opens, counted_round.survey_round.closes),
    )
    points = list(counted_round.placed)
    places = Places(layout, service_points=points, point_digits=POINT_DIGITS, days=days)
    blocks = b"".join(_first_blocks(iter_blocks(connection, counted_round.id, width=layout.width), layout))
    lines = places.of(blocks).readable(layout)
    left_out = [place for place, number in enumerate(points) if counted_round.placed[number].agency_code in without]
    kept = np.flatnonzero(~np.isin(lines.groups, left_out))[:MOST_RESPONDENTS]
    clusters = (lines.groups * 10**8 + lines.days)[kept]
    return lines.records[kept], np.unique(clusters, return_inverse=True)[1]


def _first_blocks(blocks: Iterator[bytes], layout: RecordLayout) -> Iterator[bytes]:
    """Yield blocks until they hold enough responses."""
    held = 0
    for block in blocks:
        if held >= MOST_RESPONDENTS:
            return
        held += len(block) // (POINT_DIGITS + DAY_WIDTH + layout.width)
        yield block
