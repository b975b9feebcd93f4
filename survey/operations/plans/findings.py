"""What an improvement plan answers to: the criteria that fell in its round, with the figures as they were published."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from survey.analysis.comparing.comparison import Break, Comparison, Verdict
from survey.analysis.comparing.falls import Fall, Falls, what_fell
from survey.analysis.figures.results import OVERALL
from survey.errors import RoundError, UnknownCodeError
from survey.formatting import ToldCount, ToldPercent
from survey.instrument import Instrument
from survey.operations.results.published import PublishedRun
from survey.operations.results.standing import Standing
from survey.reports.told import ToldChange
from survey.reports.words import VERDICTS
from survey.store.plans.plans import Plan, PlanTask
from survey.wording import Phrase, mark, phrase

# Plans number the five dimensions of the questionnaire in this way.
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
NO_ROUND = mark("Kế hoạch này không gắn với đợt khảo sát nào nên không lấy nội dung bị giảm từ kết quả.")
NOT_PUBLISHED = mark("Đợt này chưa có kết quả được công bố nên chưa biết nội dung nào giảm.")
NO_PREVIOUS = mark("Chưa có đợt trước đã công bố để so sánh nên chưa biết nội dung nào giảm.")
NO_FIGURES = mark("Cơ quan này không có số liệu được công bố ở cả hai đợt nên không nêu được mức giảm nào.")
NO_FIGURES_OF_ALL = mark(
    "Không có số liệu chung của các cơ quan được công bố ở cả hai đợt nên không nêu được mức giảm nào."
)
NOTHING_FELL = mark("Không có nội dung nào giảm so với đợt trước, trong {compared} nội dung so sánh được.")
NOT_COMPARED = mark("Có {count} nội dung không so sánh được vì không công bố hoặc thiếu số liệu ở một trong hai đợt.")
REASONS = {
    "instrument": mark("mẫu phiếu"),
    "formulas": mark("cách tính"),
    "basis": mark("cách chọn người trả lời"),
}
# What the test says of a fall, inside a sentence.
SAID = {
    Verdict.FELL: mark("vượt quá dao động ngẫu nhiên"),
    Verdict.NOT_BEYOND_CHANCE: mark("chưa vượt quá dao động ngẫu nhiên"),
    Verdict.TOO_FEW: mark("chưa đủ dữ liệu để kiểm định"),
    Verdict.FEW_DRAWS: mark("chưa kết luận vì phiếu của dưới 4 ngày làm việc"),
}


@dataclass(frozen=True, slots=True)
class FallFigures:
    """A fall as it was published: both figures and their difference, per cent and points, and what the test says."""

    label: str
    before: float
    after: float
    difference: float
    verdict: str
    responses_before: int
    responses_after: int
    round_before: str
    round_after: str
    run: str
    published_on: str

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the fall is more than chance explains."""
        return self.verdict == Verdict.FELL

    @property
    def figures_in_words(self) -> Phrase:
        """Both figures, what lies between them, and whether that is more than chance."""
        verdict = Verdict(self.verdict)
        return phrase(
            "{before}% → {after}% ({change} điểm phần trăm; {verdict})",
            before=ToldPercent(self.before),
            after=ToldPercent(self.after),
            change=ToldChange(self.difference),
            verdict=Phrase(SAID.get(verdict, VERDICTS[verdict])),
        )

    @property
    def responses_in_words(self) -> Phrase:
        """How many answered in both rounds."""
        before, after = ToldCount(self.responses_before), ToldCount(self.responses_after)
        return phrase("{before} và {after} phiếu", before=before, after=after)

    def source_in_words(self, titles: Mapping[str, str]) -> Phrase:
        """Say which rounds are compared, by their titles, and when this was published."""
        return phrase(
            "“{after}” so với “{before}”, công bố ngày {day}",
            after=titles.get(self.round_after, self.round_after),
            before=titles.get(self.round_before, self.round_before),
            day=date.fromisoformat(self.published_on),
        )


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """What a task answers to: words somebody typed (“Trừ 0,3 điểm”), the figures of a fall, or both."""

    text: str = ""
    fall: FallFigures | None = None

    @property
    def in_words(self) -> str:
        """The finding as the annex prints it, in Vietnamese, the words of people first."""
        one = self.fall
        told = [part.in_language("vi") for part in (one.figures_in_words, one.responses_in_words)] if one else []
        return "\n".join(filter(None, (self.text, f"{one.label}: {', '.join(told)}" if one else "")))


@dataclass(frozen=True, slots=True)
class Fallen:
    """What fell, by part in the order of the questionnaire; `notes` say what has to be known about it.

    A plan begins with the `certain` findings, those beyond chance; the `doubtful` ones are offered beside them.
    """

    findings: Mapping[str, PlanFinding] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Phrase, ...] = ()

    @property
    def certain(self) -> dict[str, PlanFinding]:
        """The falls that are more than chance explains."""
        return {part: one for part, one in self.findings.items() if one.fall and one.fall.beyond_chance}

    def doubtful(self, without: Iterable[str]) -> dict[str, PlanFinding]:
        """Return the falls that may be chance, but for the parts that have a row already."""
        left_out = {*without, *self.certain}
        return {part: one for part, one in self.findings.items() if part not in left_out}

    def rows(self, *, without: Iterable[str] = ()) -> Iterator[PlanTask]:
        """Yield a row of the annex for every certain finding whose part is not among `without`."""
        left_out = frozenset(without)
        for part, finding in self.certain.items():
            if part not in left_out:
                yield PlanTask(self.headings[part], part, to_stored(finding))


def to_stored(finding: PlanFinding) -> dict[str, object]:
    """Return a finding as it is stored."""
    fall = finding.fall
    figures = {} if fall is None else {name: getattr(fall, name) for name in FallFigures.__dataclass_fields__}
    return {"text": finding.text, **({"fall": figures} if figures else {})}


def from_stored(stored: Mapping[str, Any]) -> PlanFinding:
    """Return a finding that was stored."""
    return PlanFinding(stored.get("text", ""), FallFigures(**stored["fall"]) if "fall" in stored else None)


def fallen_of(standing: Standing, plan: Plan) -> Fallen:
    """Return what fell in the round of a plan for its agency, or for all together, from published runs only."""
    if not plan.round_code:
        return Fallen(notes=(Phrase(NO_ROUND),))
    try:
        shown = standing.latest(plan.round_code)
    except (RoundError, UnknownCodeError):
        return Fallen(notes=(Phrase(NOT_PUBLISHED),))
    falls = falls_for(standing, shown, plan)
    if falls is None:
        return Fallen(notes=(Phrase(NO_PREVIOUS),))
    titles = {code: survey_round.title for code, survey_round in standing.rounds.items()}
    return _fallen(falls, shown, plan.agency_code or "", titles)


def falls_for(standing: Standing, shown: PublishedRun, plan: Plan) -> Falls | None:
    """Return the comparison of a run with the round before: of a plan's agency by itself, or of everybody.

    None without an earlier round that is published. Withheld figures take no part in either.
    """
    if plan.agency_code:
        return standing.falls_of(shown, plan.agency_code)
    previous = standing.previous_of(shown)
    if previous is None:
        return None
    before, after = (run.total_figures() for run in (previous, shown))
    return what_fell(before, after, instrument=shown.instrument)


def break_in_words(gap: Break, titles: Mapping[str, str]) -> Phrase:
    """Say why two rounds are not compared, by their titles."""
    before, after = (titles.get(origin.round_code, origin.round_code) for origin in (gap.before, gap.after))
    reasons = [Phrase(REASONS[name]) for name in gap.reasons]
    return phrase(
        "Không so sánh được đợt “{before}” với đợt “{after}”: {reasons} đã thay đổi.",
        before=before,
        after=after,
        reasons=reasons,
    )


def part_labels(instrument: Instrument) -> dict[str, str]:
    """Return how plans name the parts of a questionnaire: dimensions by their label, criteria with their code."""
    labels: dict[str, str] = {}
    for dimension in instrument.dimensions:
        labels[dimension.code] = dimension.label.vi
        labels |= {item.code: f"{item.code}. {item.short.vi}" for item in dimension.items}
    return labels


def part_headings(instrument: Instrument) -> dict[str, str]:
    """Return under which heading a plan puts each part: its dimension, numbered."""
    return {
        part: f"{ROMAN[place]}. {dimension.label.vi}"
        for place, dimension in enumerate(instrument.dimensions)
        for part in (dimension.code, *(item.code for item in dimension.items))
    }


def _fallen(falls: Falls, shown: PublishedRun, unit: str, titles: Mapping[str, str]) -> Fallen:
    if falls.comparison.gap:
        return Fallen(notes=(break_in_words(falls.comparison.gap, titles),))
    labels = part_labels(shown.instrument)
    own = {fall.key.part: fall for fall in falls.rows if fall.key.unit == unit}
    origin = _origin(shown)
    findings = {
        part: PlanFinding(fall=_figures(own[part], label, origin)) for part, label in labels.items() if part in own
    }
    compared = _compared(falls.comparison, unit)
    return Fallen(findings, part_headings(shown.instrument), tuple(_notes(findings, compared, len(labels), unit)))


def _origin(shown: PublishedRun) -> dict[str, str]:
    """Return where the figures of a fall come from: the two rounds, the run and the day it was published."""
    return {
        "round_before": shown.survey_round.previous_code or "",
        "round_after": shown.survey_round.code,
        "run": shown.id,
        "published_on": shown.head.published_on.isoformat(),
    }


def _figures(fall: Fall, label: str, origin: Mapping[str, str]) -> FallFigures:
    return FallFigures(
        label,
        before=fall.before.value or 0.0,
        after=fall.after.value or 0.0,
        difference=fall.difference.value or 0.0,
        verdict=fall.difference.verdict.value,
        responses_before=fall.before.responses,
        responses_after=fall.after.responses,
        **origin,
    )


def _compared(comparison: Comparison, unit: str) -> int:
    """Return how many parts of a unit have a difference, the overall figure aside."""
    found = (one for key, one in comparison.differences.items() if key.unit == unit and key.part != OVERALL)
    return sum(one.value is not None for one in found)


def _notes(findings: Mapping[str, PlanFinding], compared: int, parts: int, unit: str) -> Iterator[Phrase]:
    if not compared:
        yield Phrase(NO_FIGURES if unit else NO_FIGURES_OF_ALL)
        return
    if not findings:
        yield Phrase(NOTHING_FELL, {"compared": ToldCount(compared)})
    if left := parts - compared:
        yield Phrase(NOT_COMPARED, {"count": ToldCount(left)})
