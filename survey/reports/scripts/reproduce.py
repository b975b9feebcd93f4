"""Make the figures of indices.csv again from the responses, with pandas:  python reproduce.py

Formulas (docs/methodology.md and docs/method/ of the project); codebook.csv says what each answer is worth.
An index is 100 × (sum of worths) / (largest worth × number of valid answers), taken over P1 all answers of all items;
P2 each item, then the mean of the items; P3 each dimension, then their mean. What is no answer leaves the base.
Standard error: variance.csv has what days and weeks of responses, which are not in this pack, say of each figure:
V* = (d V + p Vp) / (d + p), Vp = inflation × the variance between responses. Range: Wilson (share), logit t (level).
Ranks: ranks.csv has the critical values, which are tried here by simulation.
replicate_weights.csv gives standard errors of anything; theirs are set beside the published ones.
Exit status 1: a figure differs by more than 1e-9, a rank differs, a critical value by over 10%, or one is missing.
"""

import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

TOLERANCE, OF_CRITICAL = 1e-9, 0.1
FOLDER = Path(__file__).resolve().parent
SCALE = 79 / 80 / 0.1**2  # of the squared differences of the replicates
FEWEST_RESPONSES, FEWEST_DAYS = 30, 4  # of a unit that is ranked
NORMAL, SIMULATIONS = stats.norm.ppf(0.975), 1_999


def read_csv(name: str) -> pd.DataFrame:
    """Read a file as texts; an apostrophe before what a spreadsheet would run as a formula comes off."""
    table = pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.replace(r"^'('*[=+\-@\t\r])", r"\1", regex=True)


def numbers(column: pd.Series) -> pd.Series:
    """Return a column as numbers, NaN where it is empty."""
    return pd.to_numeric(column.replace("", None)).astype("float64")


def pooled(worths: pd.DataFrame, largest: float, weight: pd.Series | float = 1.0) -> float:
    """Return the index of all answers in these columns together, NaN without any."""
    n, y = worths.count(axis=1), worths.sum(axis=1)
    answers = (n * weight).sum()
    return float(100 * (y * weight).sum() / (largest * answers)) if answers else float("nan")


def index_of(worths: pd.DataFrame, dimension_of: pd.Series, formula: str, largest: float) -> float:
    """Return the index of one agency and one part of the questionnaire, whose items are the columns."""
    bundle_of = {"P1": lambda item: "", "P2": lambda item: item, "P3": dimension_of.get}[formula]
    bundles = pd.Series(worths.columns).groupby([bundle_of(item) for item in worths.columns])
    return float(pd.Series([pooled(worths[items.tolist()], largest) for _, items in bundles]).mean())


def spread_of(worths: pd.DataFrame, components: pd.Series) -> tuple[float, float]:
    """Return the variance of worth per answer and its degrees of freedom; `components` is a row of variance.csv."""
    n, y = worths.count(axis=1), worths.sum(axis=1)
    n, y = n[n > 0], y[n > 0]
    residual = y - y.sum() / n.sum() * n
    people = len(n) / (len(n) - 1) * float((residual**2).sum()) / n.sum() ** 2 if len(n) > 1 else 0.0
    d, p = components["own_degrees"], components["prior_degrees"]
    expected = components["inflation"] * people
    return (d * components["own_variance"] + p * expected) / (d + p) if d + p else components["own_variance"], d + p


def range_of(worths: pd.DataFrame, components: pd.Series, scale: tuple[float, float], form: str) -> tuple[float, ...]:
    """Return standard error, lower and upper end of the 95% range, in per cent."""
    (least, most), answered = scale, worths.count(axis=1)
    ratio = worths.sum().sum() / answered.sum()
    variance, degrees = spread_of(worths, components)
    x, s2 = min(max((ratio - least) / (most - least), 0), 1), variance / (most - least) ** 2
    k, r = components["even_draws"], (answered > 0).sum() * components["even_draws"] / components["draws"]
    ends = (0.0, 1.0) if degrees < 1 else ends_of(x, s2, (k, r), stats.t.ppf(0.975, degrees), form)
    low, upp = (100 * (least + (most - least) * end) / most for end in ends)
    error = 100 / most * variance**0.5 if degrees >= 1 else float("nan")
    return error, min(low, 100 * ratio / most), max(upp, 100 * ratio / most)


def ends_of(x: float, s2: float, draws: tuple[float, float], t: float, form: str) -> tuple[float, float]:
    """Return the ends of the range of a figure's place on its scale."""
    k, r = draws
    if s2 == 0:
        seen = k / (k + t**2)
        return x * seen, x + (1 - x) * (1 - seen)
    e = min((x * (1 - x) + 1 / (8 * k)) / (s2 + 1 / (8 * k * r)), x * (1 - x) / s2)
    if form == "level":
        middle, half = np.log(x / (1 - x)), t / np.sqrt(e * x * (1 - x))
        return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))
    middle, half = x + t**2 / (2 * e), np.sqrt(t**2 * x * (1 - x) / e + t**4 / (4 * e**2))
    return (middle - half) / (1 + t**2 / e), (middle + half) / (1 + t**2 / e)


def printed(figures: pd.Series) -> np.ndarray:
    """Return figures with two decimals, halves up."""
    return np.array([float(Decimal(repr(float(one))).quantize(Decimal("0.01"), ROUND_HALF_UP)) for one in figures])


def rank_differences(indices: pd.DataFrame, variance: pd.DataFrame) -> tuple[int, int, float]:
    """Return how many ranks were compared, how many bounds differ, and the largest difference of a critical value."""
    if not (FOLDER / "ranks.csv").exists():
        return 0, 0, 0.0
    given = read_csv("ranks.csv")
    whole = indices.join(variance[["clusters", "degrees"]], on=["agency_code", "dimension"])
    whole = whole[whole["dimension"] == "overall"]
    enough = (numbers(whole["responses"]) >= FEWEST_RESPONSES) & (whole["clusters"] >= FEWEST_DAYS)
    whole = whole[enough & (numbers(whole["low"]) < numbers(whole["upp"])) & (whole["degrees"] >= 1)]
    wrong, most = abs(len(whole) - len(given)), 0.0
    for block, own in given.groupby("block"):
        units = whole[whole["block"] == block].set_index("agency_code").loc[own["agency_code"]]
        critical = numbers(own["critical"]).to_numpy(), numbers(own["critical_joint"]).iloc[0]
        names = ["rank", "rank_low", "rank_upp", "joint_low", "joint_upp"]
        wrong += int(
            (np.column_stack(ranks_of(units, *critical)) != own[names].astype(int).to_numpy()).any(axis=1).sum()
        )
        tried = simulated(units)
        if len(own) > 1:
            most = max(most, *abs(tried[0] / critical[0] - 1), abs(tried[1] / critical[1] - 1))
    return len(given), wrong, float(most)


def ranks_of(units: pd.DataFrame, single: np.ndarray, joint: float) -> list[np.ndarray]:
    """Return rank, both bounds of the set of each unit alone, and both of the sets of all at once."""
    seen, apart = printed(numbers(units["index"]).to_numpy()), distances(units)
    over, under, both = (apart > one for one in (single[None, :], single[:, None], joint))
    pairs = ((over, under), (both, both))
    bounds = [end for more, less in pairs for end in (1 + more.sum(0), len(seen) - less.sum(1))]
    return [1 + (seen[:, None] > seen[None, :]).sum(0), *bounds]


def distances(units: pd.DataFrame) -> np.ndarray:
    """Return by how many times its reach the row's unit stands above the column's; 0 where it is not printed above."""
    value, low, upp = (numbers(units[name]).to_numpy() for name in ("index", "low", "upp"))
    seen, gap = printed(value), value[:, None] - value[None, :]
    reach = np.hypot((value - low)[:, None], (upp - value)[None, :]) / NORMAL
    return np.asarray(np.where(seen[:, None] > seen[None, :], gap / reach, 0.0))


def simulated(units: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Return the critical values of each unit and of the block, from draws of estimates and of their variances.

    They are those of the last of the steps, in which a statement that was made leaves the family of comparisons.
    """
    chance = np.random.default_rng(1)
    errors = (numbers(units["upp"]) - numbers(units["low"])).to_numpy() / (2 * NORMAL)
    degrees, size, apart = units["degrees"].to_numpy()[:, None], len(units), distances(units)
    values = errors[:, None] * chance.standard_normal((size, SIMULATIONS))
    variances = errors[:, None] ** 2 * chance.chisquare(degrees, (size, SIMULATIONS)) / degrees

    def drawn(unit: int, others: np.ndarray) -> np.ndarray:
        return np.asarray((values[unit] - values[others]) / np.sqrt(variances[unit] + variances[others]))

    def joint(family: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(family.any(axis=1)).tolist()
        return reduce(np.maximum, (drawn(unit, family[unit]).max(axis=0) for unit in rows), np.zeros(SIMULATIONS))

    def single(unit: int) -> float:
        beside = drawn(unit, np.arange(size))
        signs = np.stack([beside, -beside])
        statements = np.stack([apart[unit], apart[:, unit]])
        family = np.ones((2, size), bool) & (np.arange(size) != unit)
        return last_step(statements, family, lambda left: signs[left].max(axis=0, initial=0))

    return np.array([single(unit) for unit in range(size)]), last_step(apart, ~np.eye(size, dtype=bool), joint)


def last_step(statements: np.ndarray, family: np.ndarray, largest: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return the critical value when no statement of the family is made any more; `largest` draws from what is left."""
    place = int(np.ceil(0.95 * (SIMULATIONS + 1))) - 1
    while True:
        critical = float(np.sort(largest(family))[place])
        stated = (statements > critical) & family
        if not stated.any():
            return critical
        family = family & ~stated


def replicate_ratios(worths: pd.DataFrame, responses: pd.DataFrame, indices: pd.DataFrame, largest: float) -> pd.Series:
    """Return the standard errors of the replicates over those published, of agencies with two classes or more."""
    weights = pd.read_parquet(FOLDER / "replicate_weights.parquet").set_index("replicate_class")
    columns = [name for name in weights if name.startswith("rep_")]
    classes = weights.drop_duplicates("agency_code").set_index("agency_code")["classes"]
    ratios = []
    for row in indices[(indices["dimension"] == "overall") & (indices["se"] != "")].itertuples():
        own = responses["agency_code"] == row.agency_code
        if classes[row.agency_code] < 2 or float(row.se) == 0 or not row.method.endswith("P1"):
            continue
        each = weights.loc[responses.loc[own, "replicate_class"], columns].to_numpy()
        mine = worths[own].reset_index(drop=True)
        whole = pooled(mine, largest, responses.loc[own, "weight"].reset_index(drop=True))
        moved = [pooled(mine, largest, pd.Series(each[:, place])) - whole for place in range(len(columns))]
        ratios.append(np.sqrt(SCALE * np.square(moved).sum()) / float(row.se))
    return pd.Series(ratios, dtype="float64")


def recompute(indices: pd.DataFrame, worths: pd.DataFrame, owner: pd.Series, variance: pd.DataFrame) -> pd.DataFrame:
    """Return index, standard error and both ends of the range of each row of `indices`."""
    dimension_of = worths.attrs["dimension_of"]
    rows = []
    for agency, part, method in zip(indices["agency_code"], indices["dimension"], indices["method"], strict=True):
        items = [item for item, dimension in dimension_of.items() if part in ("overall", dimension)]
        answered = worths.loc[owner == agency, items]
        index = index_of(answered, dimension_of, method.split("+")[-1], worths.attrs["scale"][1])
        known = (agency, part) in variance.index and answered.notna().any().any()
        form = "share" if method.startswith("H") else "level"
        components = variance.loc[(agency, part)] if known else None
        rows.append(
            (index, *(range_of(answered, components, worths.attrs["scale"], form) if known else [float("nan")] * 3))
        )
    return pd.DataFrame(rows, columns=["index", "se", "low", "upp"], index=indices.index, dtype="float64")


def read_worths(responses: pd.DataFrame) -> pd.DataFrame:
    """Return what each answer to each item is worth, NaN for none."""
    codebook = read_csv("codebook.csv")
    scale = codebook[codebook["worth"] != ""].astype({"code": int, "worth": float})
    worth_of = {item: rows.set_index("code")["worth"] for item, rows in scale.groupby("variable")}
    dimension_of = scale.drop_duplicates("variable").set_index("variable")["dimension"]
    worths = pd.DataFrame({item: responses[item].map(worth_of[item]) for item in dimension_of.index})
    worths.attrs = {"dimension_of": dimension_of, "scale": (scale["worth"].min(), scale["worth"].max())}
    return worths


def main() -> int:
    """Say by how much the figures differ, and return the exit status."""
    indices, responses = read_csv("indices.csv"), pd.read_parquet(FOLDER / "responses.parquet")
    worths, table = read_worths(responses), read_csv("variance.csv")
    table = table.set_index(["agency_code", "dimension"]).apply(numbers)
    table["degrees"] = table["own_degrees"] + table["prior_degrees"]
    ours = recompute(indices, worths, responses["agency_code"], table)
    given = indices[list(ours)].apply(numbers)
    largest = (given - ours).abs().max().fillna(0.0)
    ranked, wrong, critical = rank_differences(indices, table)
    ratios = replicate_ratios(worths, responses, indices, worths.attrs["scale"][1])
    sys.stdout.write(f"figures compared: {given['index'].notna().sum()}\nlargest difference: {largest['index']:.3g}\n")
    sys.stdout.write(f"ranges compared: {given['se'].notna().sum()}\n")
    sys.stdout.writelines(f"largest difference of {name}: {largest[name]:.3g}\n" for name in ("se", "low", "upp"))
    sys.stdout.write(f"ranks compared: {ranked}\nranks that differ: {wrong}\n")
    sys.stdout.write(f"largest difference of critical values, per cent: {100 * critical:.3g}\n")
    if len(ratios):
        sys.stdout.write(f"replicate errors compared: {len(ratios)}\n")
        sys.stdout.write(f"smallest replicate error over published: {ratios.min():.4f}\n")
        sys.stdout.write(f"largest replicate error over published: {ratios.max():.4f}\n")
    well = given.isna().equals(ours.isna()) and largest.max() <= TOLERANCE and not wrong and critical <= OF_CRITICAL
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
