"""How often each answer was given to each item, by one agency of a published run."""

from survey.analysis.comparing.comparison import Key
from survey.operations.results.published import PublishedRun
from survey.reports.charts.charts import Distribution
from survey.tallies import SYMBOLS, layout_of


def distributions_of(shown: PublishedRun, agency_code: str) -> tuple[Distribution, ...]:
    """Return the distributions of the items that may be shown; raises UnknownCodeError."""
    shown.agency(agency_code)
    published = shown
    (place,) = (number for number, domain in enumerate(published.sums.domains) if domain.agency_code == agency_code)
    instrument, counts = published.instrument, published.sums.tally.counts[place]
    options = [SYMBOLS.index(option.symbol) for option in instrument.scale.options]
    positions = [position for dimension in layout_of(instrument).dimensions for position in dimension]
    return tuple(
        Distribution(item.code, item.short, tuple(counts[position][options].tolist()))
        for item, position in zip(instrument.items, positions, strict=True)
        if shown.shows(shown.rows.get(Key(agency_code, item.code)))
    )
