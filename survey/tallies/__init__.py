"""Count packed records: the only counting code, used by the store, the analysis and Spark alike.

Everything is an integer, and tallies add: the tally of two sets of responses is the sum of their
tallies. It needs numpy and the instrument, nothing else, so it runs wherever the records are: in the
process that reads the database, or on a Spark worker through `mapInArrow`.
"""

from survey.tallies.blocks import DAY_WIDTH, Counted, count_blocks, joined, parse_dated
from survey.tallies.clusters import ClusterCounter, ClusterMoment, ClusterSums, Draw, empty_clusters
from survey.tallies.layout import SYMBOLS, Characters, Integers, Layout, Numbers, layout_of
from survey.tallies.tally import Moment, Tally, tally

__all__ = [
    "DAY_WIDTH",
    "SYMBOLS",
    "Characters",
    "ClusterCounter",
    "ClusterMoment",
    "ClusterSums",
    "Counted",
    "Draw",
    "Integers",
    "Layout",
    "Moment",
    "Numbers",
    "Tally",
    "count_blocks",
    "empty_clusters",
    "joined",
    "layout_of",
    "parse_dated",
    "tally",
]
