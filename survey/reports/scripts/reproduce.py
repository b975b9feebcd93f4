"""Recompute the indices of indices.csv from responses.parquet, with pandas:  python reproduce.py

codebook.csv says what each answer is worth. Formulas (docs/methodology.md of the project): an index is
100 × (sum of worths) / (largest worth × number of valid answers), taken over P1 all answers of all items;
P2 each item, then the mean of the items; P3 each dimension, then their mean. No answer and not applicable
leave the base. Exit status 1: a figure differs by more than 1e-9, or has no partner.
"""

import sys
from pathlib import Path

import pandas as pd

TOLERANCE = 1e-9
FOLDER = Path(__file__).resolve().parent


def read_csv(name: str) -> pd.DataFrame:
    """Read a file as texts; an apostrophe before what a spreadsheet would run as a formula comes off."""
    table = pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.replace(r"^'('*[=+\-@\t\r])", r"\1", regex=True)


def pooled(worths: pd.DataFrame, largest: float) -> float:
    """Return the index of all answers in these columns together, NaN without any."""
    answers = worths.count().sum()
    return float(100 * worths.sum().sum() / (largest * answers)) if answers else float("nan")


def index_of(worths: pd.DataFrame, dimension_of: pd.Series, formula: str, largest: float) -> float:
    """Return the index of one agency and one part of the questionnaire, whose items are the columns."""
    bundle_of = {"P1": lambda item: "", "P2": lambda item: item, "P3": dimension_of.get}[formula]
    bundles = pd.Series(worths.columns).groupby([bundle_of(item) for item in worths.columns])
    return float(pd.Series([pooled(worths[items.tolist()], largest) for _, items in bundles]).mean())


def recompute(indices: pd.DataFrame) -> list[float]:
    """Return the index of each row of `indices`, computed from the responses."""
    responses, codebook = pd.read_parquet(FOLDER / "responses.parquet"), read_csv("codebook.csv")
    scale = codebook[codebook["worth"] != ""].astype({"code": int, "worth": float})
    dimension_of = scale.drop_duplicates("variable").set_index("variable")["dimension"]
    worth_of = {item: rows.set_index("code")["worth"] for item, rows in scale.groupby("variable")}
    worths = pd.DataFrame({item: responses[item].map(worth_of[item]) for item in dimension_of.index})
    figures = []
    for agency, part, method in zip(indices["agency_code"], indices["dimension"], indices["method"], strict=True):
        items = [item for item, dimension in dimension_of.items() if part in ("overall", dimension)]
        answered = worths.loc[responses["agency_code"] == agency, items]
        figures.append(index_of(answered, dimension_of, method.split("+")[-1], scale["worth"].max()))
    return figures


def main() -> int:
    """Say by how much the figures differ, and return the exit status."""
    indices = read_csv("indices.csv")
    given = pd.to_numeric(indices["index"].replace("", None))
    ours = pd.Series(recompute(indices), dtype="float64")
    largest = (given - ours).abs().max() if given.notna().any() else 0.0
    sys.stdout.write(f"figures compared: {given.notna().sum()}\nlargest difference: {largest:.3g}\n")
    return 0 if given.isna().equals(ours.isna()) and largest <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
