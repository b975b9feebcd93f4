"""Weigh the responses of a round by margins somebody gives: a working computation, of which nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.analysis.disclosure.decide import withheld_in_working
from survey.analysis.figures.domains import in_order
from survey.analysis.sampling.fitted import Draws, Weighed, days_and_weeks, declared_draws, fit_weights, fitted_rows
from survey.analysis.sampling.respondents import Respondents
from survey.analysis.sampling.sampled import Frame, design_of
from survey.errors import WeightingError
from survey.fieldwork import SamplingBasis
from survey.operations.counting.counting import place_round
from survey.operations.sampling.designs import GivenFile, frame_of
from survey.operations.sampling.margin_files import GivenMargin, divisions_of, margins_over, missing_of, read_margins
from survey.operations.sampling.single_responses import read_respondents
from survey.store.engine import Store
from survey.tallies import Numbers
from survey.wording import phrase


@dataclass(frozen=True, slots=True)
class WeighingWish:
    """How to weigh: margins, limits as multiples of the median weight, and what to do with who did not say.

    `by` are the axes of `index compute`.
    """

    margins: GivenFile
    lower: float | None = None
    upper: float | None = None
    leave_out: bool = False
    by: tuple[str, ...] = ("dimension",)


def weigh(store: Store, round_code: str, wish: WeighingWish) -> Weighed:
    """Return what a round's responses say when they are weighed so that every margin holds.

    Weights start from the declared design of a probability round, else from 1 for each response. Raises
    RefusedDataError for a bad file, WeightingError where weights cannot be had or answers to a question
    of a margin are missing and not to be left out, and DesignError as `compute_by_design` does.
    """
    with store.reading() as connection:
        placed_round = place_round(connection, round_code)
        drawn = placed_round.survey_round.basis is SamplingBasis.PROBABILITY
        frame = frame_of(connection, placed_round) if drawn else None
        everybody = read_respondents(connection, placed_round)
    divisions = divisions_of(everybody, placed_round.survey_round)
    margins = read_margins(wish.margins.content, name=wish.margins.name, divisions=divisions)
    used, left_out = _with_answers(everybody, margins, leave_out=wish.leave_out)
    start, draws = _begun(everybody, used, frame)
    kept = everybody.some(used)
    fixed = margins_over(margins, kept)
    weights = fit_weights(start, fixed, lower=wish.lower, upper=wish.upper)
    rows = fitted_rows(kept, weights, fixed, draws, by=wish.by)
    hidden = withheld_in_working([fitted.row for fitted in rows], by=wish.by)
    return Weighed(
        survey_round=placed_round.survey_round,
        instrument=placed_round.instrument,
        file=wish.margins.digest,
        responses=len(everybody),
        used=len(kept),
        left_out=left_out,
        design=frame.file if frame else None,
        by=in_order(wish.by),
        words={
            (margin.name, category): divisions.words_of(margin.name, category)
            for margin in margins
            for category in margin.totals
        },
        titles={name: divisions.title(name) for name in (*(margin.name for margin in margins), *left_out)},
        steps=weights.history,
        rows=tuple(fitted for fitted in rows if fitted.row not in hidden),
        withheld=sum(fitted.row in hidden for fitted in rows),
    )


def _with_answers(
    everybody: Respondents, margins: Sequence[GivenMargin], *, leave_out: bool
) -> tuple[np.ndarray, dict[str, int]]:
    """Return which responses say all that the margins divide by, and how many do not, by question."""
    missing = missing_of(margins, everybody)
    counts = {question: int(which.sum()) for question, which in missing.items()}
    if counts and not leave_out:
        listed = ", ".join(f"{question}: {count}" for question, count in counts.items())
        reason = phrase(
            "có phiếu không trả lời câu hỏi dùng để chia nhóm ({listed} trong {count} phiếu); hãy chọn bỏ những phiếu "
            "này ra, hoặc bỏ tiêu thức đó",
            listed=listed,
            count=len(everybody),
        )
        raise WeightingError(reason)
    used = ~np.logical_or.reduce([np.zeros(len(everybody), bool), *missing.values()])
    if not used.any():
        raise WeightingError(phrase("không có phiếu nào để tính trọng số"))
    return used, counts


def _begun(everybody: Respondents, used: np.ndarray, frame: Frame | None) -> tuple[Numbers, Draws]:
    """Return the weights the responses that are used start from, and what is drawn."""
    kept = everybody.some(used)
    if frame is None:
        return np.ones(len(kept)), days_and_weeks(kept)
    # Who is left out was drawn all the same: everybody counts in what a response stands for.
    design = design_of(everybody, frame)
    return design.weights[used], declared_draws(design, used)
