"""95% ranges of figures that cannot leave their scale, for many figures at once.

Every figure is given as its place on the scale, from 0 (all answers the worst) to 1 (all the best). A share
gets Wilson's interval, a level a t interval on the logit scale; both use Student's quantile. What they
are built on, and how often they cover the truth: docs/method/uncertainty.md.
"""

import numpy as np
from scipy import special

from survey.tallies import Numbers

TAIL = 0.975
PSEUDO = 0.125


def t_quantiles(degrees: Numbers) -> Numbers:
    """Return Student's 97.5% quantile for each number of degrees of freedom, NaN below 1.

    >>> t_quantiles(np.array([29.0, np.inf, 0.0])).round(4).tolist()
    [2.0452, 1.96, nan]
    """
    # Figures of one table share a few numbers of degrees, and the quantile is the slowest step here.
    different, places = np.unique(degrees, return_inverse=True)
    quantiles = special.stdtrit(np.where(different >= 1, different, np.nan), TAIL)
    quantiles[np.isposinf(different)] = special.ndtri(TAIL)
    return np.asarray(quantiles[places], np.float64)


def wilson(place: Numbers, effective: Numbers, quantile: Numbers) -> tuple[Numbers, Numbers]:
    """Return Wilson's limits of a share that is as certain as one of `effective` independent answers.

    Source: E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212; on an effective
    number: E. L. Korn & B. I. Graubard (1998), Survey Methodology 24, 193-201.

    >>> [limit.round(4).tolist() for limit in wilson(np.array([0.85]), np.array([100.0]), np.array([1.959964]))]
    [[0.7672], [0.9069]]
    """
    squared = quantile**2 / effective
    middle = (place + squared / 2) / (1 + squared)
    half = np.sqrt(squared * place * (1 - place) + squared**2 / 4) / (1 + squared)
    return middle - half, middle + half


def logit_t(place: Numbers, effective: Numbers, quantile: Numbers) -> tuple[Numbers, Numbers]:
    """Return the limits of a t interval taken on the logit scale and brought back; NaN where `place` is 0 or 1.

    Source: R's `survey::svyciprop(method = "logit")`; the derivative of the logit is 1 / (x (1 - x)).

    >>> [limit.round(4).tolist() for limit in logit_t(np.array([0.85]), np.array([100.0]), np.array([1.959964]))]
    [[0.766], [0.9075]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = quantile / np.sqrt(effective * place * (1 - place))
        return special.expit(special.logit(place) - half), special.expit(special.logit(place) + half)


def agreeing(place: Numbers, draws: Numbers, quantile: Numbers) -> tuple[Numbers, Numbers]:
    """Return the limits where all draws agree: what was not seen may lie anywhere on the scale.

    The share of the population that answers as was seen is at least Wilson's lower limit for all of
    `draws`, m / (m + t²); the rest may give the worst or the best answer.

    >>> [limit.round(4).tolist() for limit in agreeing(np.array([0.75]), np.array([30.0]), np.array([2.0452]))]
    [[0.6582], [0.7806]]
    """
    seen = draws / (draws + quantile**2)
    return place * seen, place + (1 - place) * (1 - seen)


def effective_answers(place: Numbers, variance: Numbers, *, draws: Numbers, responses: Numbers) -> Numbers:
    """Return how many independent yes-or-no answers would be as certain as each figure, held back where few differ.

    That is x (1 - x) / variance. Half a response that lies half a scale away (1/2 · 1/4) is spread over `draws`
    and `responses`, so that a variance estimated from one or two differing answers does not promise too much.
    It never raises the number.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        steadied = (place * (1 - place) + PSEUDO / draws) / (variance + PSEUDO / (draws * responses))
        return np.fmin(steadied, place * (1 - place) / variance)
