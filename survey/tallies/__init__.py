"""Count packed records: the only counting code, used by the store, the analysis and Spark alike.

Everything is an integer, and tallies add: the tally of two sets of responses is the sum of their
tallies. It needs numpy and the instrument, nothing else, so it runs wherever the records are: in the
process that reads the database, or on a Spark worker through `mapInArrow`.
"""

from survey.tallies.blocks import Counted, count_blocks, joined
from survey.tallies.clusters import ClusterCounter, ClusterMoment, ClusterSums, Draw, empty_clusters
from survey.tallies.layout import SYMBOLS, Characters, Integers, Numbers, RecordLayout, layout_of
from survey.tallies.placing import (
    DAY_WIDTH,
    UNKNOWN_MODE,
    UNREADABLE,
    DayTable,
    Lines,
    Misfit,
    Misfits,
    Places,
    fitting,
    parse_dated,
    read_days,
    whole_numbers,
)
from survey.tallies.tally import Moment, Tally, lines_of, tally

__all__ = [
    "DAY_WIDTH",
    "SYMBOLS",
    "UNKNOWN_MODE",
    "UNREADABLE",
    "Characters",
    "ClusterCounter",
    "ClusterMoment",
    "ClusterSums",
    "Counted",
    "DayTable",
    "Draw",
    "Integers",
    "Lines",
    "Misfit",
    "Misfits",
    "Moment",
    "Numbers",
    "Places",
    "RecordLayout",
    "Tally",
    "count_blocks",
    "empty_clusters",
    "fitting",
    "joined",
    "layout_of",
    "lines_of",
    "parse_dated",
    "read_days",
    "tally",
    "whole_numbers",
]
