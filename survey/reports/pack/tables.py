"""What stands in the analyst's pack beside responses and indices: weights, what ranges rest on, and rank sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import chain

import numpy as np

from survey.analysis.comparing.comparison import Key
from survey.analysis.ranking.ranking import Ranking, critical_of
from survey.analysis.variance_parts import VarianceParts
from survey.analysis.weights.replicates import REPLICATES
from survey.instrument.model import LocalText
from survey.reports.codebook import Variable, VariableKind
from survey.reports.datasets import Dataset
from survey.reports.sheets import Sheet
from survey.reports.workbooks import Cell
from survey.tallies import Numbers
from survey.wording import mark

REPLICATE_NAMES = tuple(f"rep_{number:02}" for number in range(1, REPLICATES + 1))
UNWEIGHTED = LocalText("Trọng số: mọi phiếu như nhau, bằng 1", "Weight: all responses alike, 1")
BY_VISITS = LocalText(
    "Trọng số: số lượt giao dịch của cơ quan chia cho số phiếu của cơ quan",
    "Weight: visits of the agency by responses of the agency",
)
CLASS = LocalText(
    "Lớp để tính sai số; ghép từ nhiều ngày, xếp ngẫu nhiên", "Class for standard errors; days joined by chance"
)
WEIGHT_LABELS: Mapping[str, LocalText] = {
    "replicate_class": CLASS,
    "agency_code": LocalText("Mã cơ quan", "Agency code"),
    "classes": LocalText(
        "Số lớp của cơ quan; 1: không tính được sai số riêng của cơ quan bằng trọng số lặp",
        "Classes of the agency; 1: replicates give no standard error of this agency by itself",
    ),
}
VARIANCE_LABELS: Mapping[str, LocalText] = {
    "own_variance": LocalText(
        "Phương sai theo ngày và tuần, đơn vị điểm của câu trả lời", "Variance told by days and weeks, squared points"
    ),
    "own_degrees": LocalText("Bậc tự do của phương sai trên", "Degrees of freedom of this variance"),
    "inflation": LocalText(
        "Hệ số nhân phương sai giữa các phiếu theo mức giống nhau chung của tỉnh",
        "What the province's likeness multiplies the variance between responses by",
    ),
    "prior_degrees": LocalText("Bậc tự do dành cho mức chung của tỉnh", "Degrees of freedom given to the province"),
    "draws": LocalText("Số ngày của các điểm phục vụ", "Days of service points"),
    "even_draws": LocalText("Số ngày đều nhau tương đương", "As many days of equal size"),
    "clusters": LocalText("Số ngày của cơ quan", "Days of the agency"),
}
RANK_LABELS: Mapping[str, LocalText] = {
    "joint_low": LocalText(
        "Thứ hạng cao nhất trong khoảng thứ hạng, đúng đồng thời cho cả khối",
        "Best rank of the rank set, for all units of the block at once",
    ),
    "joint_upp": LocalText(
        "Thứ hạng thấp nhất trong khoảng thứ hạng, đúng đồng thời cho cả khối",
        "Worst rank of the rank set, for all units of the block at once",
    ),
    "critical": LocalText("Giá trị tới hạn của cơ quan", "Critical value of the unit"),
    "critical_joint": LocalText("Giá trị tới hạn chung của khối", "Critical value of the block"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """The weights of a pack: of each response its weight and class, of each class its agency and eighty weights.

    `classes` counts those of each agency; `by_visits` tells whether weights are visits.
    """

    weights: Sequence[float]
    class_of: Sequence[str]
    agency_of: Mapping[str, str]
    classes: Mapping[str, int]
    replicates: Mapping[str, Numbers]
    by_visits: bool


def weight_variables(*, by_visits: bool) -> tuple[Variable, Variable]:
    """Return what the two columns beside the answers mean."""
    label = BY_VISITS if by_visits else UNWEIGHTED
    return _variable("weight", VariableKind.FIGURE, label), _variable("replicate_class", VariableKind.TEXT, CLASS)


def replicate_dataset(weighing: Weighing, *, title: str) -> Dataset:
    """Return a row for each class: its agency, how many classes that has, and the weight in each replicate."""
    names = sorted(weighing.agency_of)
    agencies = [weighing.agency_of[name] for name in names]
    weights = np.array([weighing.replicates[name] for name in names]).reshape(len(names), REPLICATES).T
    variables = (
        *(_variable(name, VariableKind.TEXT, WEIGHT_LABELS[name]) for name in ("replicate_class", "agency_code")),
        _variable("classes", VariableKind.COUNT, WEIGHT_LABELS["classes"]),
        *(_variable(name, VariableKind.FIGURE, _replicate_label(name)) for name in REPLICATE_NAMES),
    )
    counts = [weighing.classes[agency] for agency in agencies]
    return Dataset(title, variables, (names, agencies, counts, *weights.tolist()))


def as_sheet(dataset: Dataset, name: str) -> Sheet:
    """Return a dataset without choices as a table."""
    return Sheet(name, [one.name for one in dataset.variables], list(zip(*dataset.columns, strict=True)))


def variance_sheet(parts: Mapping[Key, VarianceParts]) -> Sheet:
    """Return what the ranges of the given figures rest on beside the responses."""
    rows = [[*key, *astuple(one)] for key, one in parts.items()]
    return Sheet(mark("Phương sai"), ("agency_code", "dimension", *VARIANCE_LABELS), rows)


def ranks_sheet(rankings: Sequence[Ranking]) -> Sheet:
    """Return every ranked unit with its sets of ranks and the critical values these rest on."""
    columns = ("block", "agency_code", "rank", "rank_low", "rank_upp", *RANK_LABELS)
    return Sheet(mark("Thứ hạng"), columns, list(chain.from_iterable(map(_rank_rows, rankings))))


def table_variables() -> tuple[Variable, ...]:
    """Return what the columns of variance and ranks mean that stand in no other table."""
    return tuple(
        _variable(name, VariableKind.FIGURE, label) for name, label in {**VARIANCE_LABELS, **RANK_LABELS}.items()
    )


def _rank_rows(ranking: Ranking) -> Iterator[list[Cell]]:
    critical = critical_of(ranking)
    for row, single in zip(ranking.ranked, critical.single.tolist(), strict=True):
        bounds = (row.rank, row.rank_low, row.rank_upp, row.joint_low, row.joint_upp)
        yield [ranking.block, row.unit, *bounds, single, critical.joint]


def _variable(name: str, kind: VariableKind, label: LocalText) -> Variable:
    return Variable(name, kind, label, label)


def _replicate_label(name: str) -> LocalText:
    number = int(name.removeprefix("rep_"))
    return LocalText(f"Trọng số lặp thứ {number}", f"Replicate weight {number}")
