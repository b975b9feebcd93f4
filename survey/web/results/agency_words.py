"""The figures of an agency in plain words, for people who read no tables."""

from dataclasses import dataclass
from functools import reduce

from survey.analysis.figures.results import OVERALL, IndexRow
from survey.formatting import format_percent
from survey.instrument.model import Scale
from survey.operations.results.published import PublishedRun
from survey.web.results.agency import AgencyReport, PartLine
from survey.wording import Language, word


@dataclass(frozen=True, slots=True)
class Headline:
    """The overall figure: what stands large, and the sentences that say what it means."""

    large: str
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One dimension: its line of the table, its figure (the length of its bar, of 100), and the figure in words."""

    line: PartLine
    figure: float
    words: str


def headline_of(published: PublishedRun, agency_code: str, language: Language) -> Headline | None:
    """Return the overall figure of an agency in words, None where it is not shown."""
    row = next(row for row in published.analysis.rows_of(agency_code) if row.part == OVERALL)
    if published.withheld(row) or row.index is None:
        return None
    scale = published.instrument.scale
    if _counts_answers(published):
        large = word("{count} trong 100 câu trả lời", language).format(count=of_hundred(row.index))
        return Headline(large, (word("là {answers}.", language).format(answers=_satisfied(scale, language)),))
    figure = format_percent(row.index, published.analysis.results.method.decimals, language=language)
    nearest = word("Tính trung bình, câu trả lời gần với mức “{answer}” nhất.", language)
    means = nearest.format(answer=_nearest(row, scale, language)), _ends(published, language)
    return Headline(word("{figure} trên 100", language).format(figure=figure), means)


def bars_of(published: PublishedRun, report: AgencyReport, language: Language) -> tuple[Bar, ...]:
    """Return the dimensions of an agency in the order of the questionnaire; what is not shown has no words."""
    rows = {row.part: row for row in published.analysis.rows_of(report.code)}
    lines = (line for line in report.parts if line.letter)
    pairs = zip(lines, (rows[dimension.code] for dimension in published.instrument.dimensions), strict=True)
    return tuple(_bar(line, row, published, language) for line, row in pairs)


def of_hundred(share: float) -> str:
    """Return a share as a whole number of a hundred; 0 and 100 are said only where they are exact.

    >>> [of_hundred(share) for share in (0, 0.2, 86.5, 99.9, 100)]
    ['0', '1', '87', '99', '100']
    """
    whole = format_percent(share, 0)
    return whole if share in (0, 100) else str(min(max(int(whole), 1), 99))


def _bar(line: PartLine, row: IndexRow, published: PublishedRun, language: Language) -> Bar:
    if line.withheld or row.index is None:
        return Bar(line, 0, "")
    scale = published.instrument.scale
    if _counts_answers(published):
        text = word("{count} trong 100 câu trả lời là {answers}", language)
        words = text.format(count=of_hundred(row.index), answers=_satisfied(scale, language))
    else:
        words = word("gần với mức “{answer}”", language).format(answer=_nearest(row, scale, language))
    return Bar(line, round(row.index, 1), words)


def _counts_answers(published: PublishedRun) -> bool:
    """Tell whether the index is a share of all answers: “87 of 100” is true of nothing else."""
    method = published.instrument.method
    return (method.definition, method.aggregation) == ("percent_satisfied", "pooled_answers")


def _satisfied(scale: Scale, language: Language) -> str:
    """Return the answers that count as satisfied: “Hài lòng” hoặc “Rất hài lòng”."""
    labels = [one.label.in_language(language) for one in scale.options if (one.points or 0) >= scale.satisfied_from]
    quoted = [word("“{answer}”", language).format(answer=label) for label in labels]
    both = word("{one} hoặc {other}", language)
    return reduce(lambda one, other: both.format(one=one, other=other), quoted)


def _nearest(row: IndexRow, scale: Scale, language: Language) -> str:
    """Return the answer nearest to the mean of the points, the better one in the middle between two."""
    mean = (row.level or 0) / 100 * scale.highest
    nearest = min(scale.options, key=lambda one: (abs((one.points or 0) - mean), -(one.points or 0)))
    return nearest.label.in_language(language)


def _ends(published: PublishedRun, language: Language) -> str:
    """Say what the ends of the index mean: an index of the mean over the highest points does not begin at 0."""
    ordered = sorted(published.instrument.scale.options, key=lambda option: option.points or 0)
    worst, best = ordered[0], ordered[-1]
    rescaled = published.instrument.method.definition != "mean_over_max"
    least = 0.0 if rescaled else 100 * (worst.points or 0) / (best.points or 1)
    return word(
        "Nếu mọi người đều chọn “{best}” thì được 100; nếu mọi người đều chọn “{worst}” thì được "
        "{least}, mức thấp nhất.",
        language,
    ).format(
        best=best.label.in_language(language),
        worst=worst.label.in_language(language),
        least=format_percent(least, 0, language=language),
    )
