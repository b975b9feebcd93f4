"""The same estimates and standard errors in plain pandas, long: what `scripts/bench analysis` compares with.

python analysis_pandas.py RESPONSES.db FIGURES.csv

It is what an analyst would write: one row for every answer, grouped three times. Imports nothing of the application.
"""

import json
import re
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pandas as pd

RESPONSES = """
    SELECT agency.code AS agency, response.service_point_id AS point, response.day, response.answers
    FROM response
    JOIN service_point ON service_point.id = response.service_point_id
    JOIN agency ON agency.id = service_point.agency_id
"""
# The items of sipas-2023 in the order of the record, which begins with them.
ITEMS = ["A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D1", "D2", "D3", "E1", "E2", "E3"]
DIMENSIONS = {"A": "access", "B": "procedures", "C": "officials", "D": "outcome", "E": "feedback"}
MOST_POINTS, LEAST_CLUSTERS = 5, 10
DOMAIN = ["agency", "part"]


def main(database: str, figures: str) -> None:
    """Read, estimate and write; print what it took as one line of JSON."""
    begun, used = time.perf_counter(), time.process_time()
    answers = read_long(database)
    read = time.perf_counter()
    found = estimate(answers)
    ended, cpu = time.perf_counter(), time.process_time() - used
    found.to_csv(figures, index=False)
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6
    took = {"reading": read - begun, "taken": ended - begun, "cpu": cpu, "peak_megabytes": peak}
    print(json.dumps(took))


def read_long(database: str) -> pd.DataFrame:
    """Return one row for each valid answer: agency, point, day, respondent, part, points."""
    with closing(sqlite3.connect(database)) as connection:
        wide = pd.read_sql(RESPONSES, connection)
    for place, item in enumerate(ITEMS):
        wide[item] = pd.to_numeric(wide["answers"].str[place], errors="coerce")
    wide["respondent"] = wide.index
    kept = ["agency", "point", "day", "respondent"]
    long = wide.melt(id_vars=kept, value_vars=ITEMS, var_name="item", value_name="points").dropna(subset="points")
    long["part"] = long["item"].str[0].map(DIMENSIONS)
    return pd.concat([long, long.assign(part="overall")])


def estimate(answers: pd.DataFrame) -> pd.DataFrame:
    """Return value and standard error, in per cent, for every agency and part."""
    days = sums_by(answers, ["point", "day"])
    people = sums_by(answers, ["respondent"])
    enough = days.groupby(level=DOMAIN)["n"].transform("size") >= LEAST_CLUSTERS
    grouped = days[enough].reset_index(DOMAIN)
    few = days[~enough].index.droplevel(["point", "day"]).unique()
    alone = people[people.index.droplevel("respondent").isin(few)].reset_index(DOMAIN)
    return linearised(pd.concat([grouped, alone]))


def sums_by(answers: pd.DataFrame, draw: list[str]) -> pd.DataFrame:
    """Return the number of answers n and their points y for every draw of every domain."""
    return answers.groupby([*DOMAIN, *draw])["points"].agg(n="size", y="sum")


def linearised(draws: pd.DataFrame) -> pd.DataFrame:
    """Return the ratio of each domain and its standard error by Taylor linearisation."""
    by_domain = draws.groupby(DOMAIN)
    total = by_domain[["n", "y"]].transform("sum")
    z = (draws["y"] - total["y"] / total["n"] * draws["n"]) / total["n"]
    found = by_domain.agg(m=("n", "size"), n=("n", "sum"), y=("y", "sum"))
    squares = (z**2).groupby([draws["agency"], draws["part"]]).sum()
    found["value"] = 100 / MOST_POINTS * found["y"] / found["n"]
    found["se"] = 100 / MOST_POINTS * (squares * found["m"] / (found["m"] - 1)) ** 0.5
    found.loc[found["m"] == 1, "se"] = None
    return found.reset_index()[["agency", "part", "value", "se"]]


if __name__ == "__main__":
    main(*sys.argv[1:])
