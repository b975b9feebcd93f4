"""The declared design of a probability round: given as a file, kept as it was given, and the index by it."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from survey.analysis.disclosure.decide import withheld_in_working
from survey.analysis.figures.results import OVERALL, IndexRow, RoundResults
from survey.analysis.sampling.respondents import CODE_OF
from survey.analysis.sampling.sampled import Drawn, Frame, by_design, count_drawn, frame_faults
from survey.errors import ChangedMeanwhileError, DesignError, fault
from survey.fieldwork import SamplingBasis, SurveyRound
from survey.operations.counting.counting import PlacedRound, count_round, place_round
from survey.operations.results.runs import index_of
from survey.operations.sampling.design_files import read_frame
from survey.operations.sampling.single_responses import read_respondents
from survey.operations.uploads.csv_lines import refusal
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.sampling.designs import KeptDesign, list_designs, save_design
from survey.store.staff.acts import Act, Kind
from survey.store.staff.audit import Facts, save_audit
from survey.store.subjects import REGISTRY, ROUNDS
from survey.wording import phrase


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as it came: its bytes and what it is called."""

    content: bytes
    name: str

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class DesignSheet:
    """What stands of the design of a round: the files given so far, the latest first, and what it may be made of.

    `known` has the codes a stratum may have and their names, by axis.
    """

    survey_round: SurveyRound
    kept: tuple[KeptDesign, ...]
    known: Mapping[str, Mapping[str, str]]

    @property
    def number(self) -> int:
        """How many files were given."""
        return self.kept[0].number if self.kept else 0


@dataclass(frozen=True, slots=True)
class DesignPreview:
    """What a file declares, and what came of each stratum so far."""

    frame: Frame
    drawn: Mapping[str, Drawn]


def find_design(store: Store, round_code: str) -> DesignSheet:
    """Return what stands of the design of a round; raises UnknownCodeError."""
    with store.reading() as connection:
        return _sheet(connection, place_round(connection, round_code))


def preview_design(store: Store, round_code: str, new: GivenFile) -> DesignPreview:
    """Return what a file would declare; raises as `give_design` does, but for what changed meanwhile."""
    with store.reading() as connection:
        return _checked(connection, place_round(connection, round_code), new)


@tried_again
def give_design(
    store: Store, round_code: str, new: GivenFile, *, today: date, by: str, seen: int | None = None
) -> DesignPreview:
    """Keep a design file with its round, where it counts from now on; return what it declares.

    The very same file again changes nothing. Raises RefusedDataError with every bad line, strata that
    contradict the responses among them, DesignError where nobody was drawn in the round, and ChangedMeanwhileError
    when with `seen`, the number of files that were known, there is another by now.
    """
    with store.writing(REGISTRY.read(), ROUNDS) as connection:
        placed_round = place_round(connection, round_code)
        preview, sheet = _checked(connection, placed_round, new), _sheet(connection, placed_round)
        if sheet.kept and sheet.kept[0].digest == new.digest:
            return preview
        if seen not in (None, sheet.number):
            raise ChangedMeanwhileError(f"another design was given for round {round_code} meanwhile")
        kept = KeptDesign(sheet.number + 1, new.name[:200], new.digest, new.content, today, by)
        save_design(connection, placed_round.id, kept)
        declared: Facts = {"design": kept.number, "strata": len(preview.frame.strata), "digest": new.digest}
        about = Kind.ROUND.named(round_code)
        save_audit(connection, staff=by, act=Act.DESIGN_GIVEN, about=about, after=declared)
    return preview


def compute_by_design(store: Store, round_code: str, *, by: Collection[str]) -> RoundResults:
    """Return the results of all responses stored so far, with the errors the round's design gives them.

    Rows of too few responses are left out. Raises DesignError where nobody was drawn, where no design was given, or
    where it contradicts the responses.
    """
    (made,) = _computed(store, round_code, by)
    return _told(made, withheld_in_working(made.rows, by=made.by))


def figures_by_design(store: Store, round_code: str) -> tuple[RoundResults, RoundResults]:
    """Return the results of everybody, part by part, and of agencies, as one table; raises as `compute_by_design`."""
    total, agencies = _computed(store, round_code, ("dimension",), ("agency",))
    overall = [row for row in total.rows if row.part == OVERALL]
    hidden = withheld_in_working(agencies.rows, overall, by=agencies.by)
    return _told(total, hidden | withheld_in_working(total.rows, by=total.by)), _told(agencies, hidden)


def _computed(store: Store, round_code: str, *axes: Collection[str]) -> list[RoundResults]:
    with store.reading() as connection:
        counted_round = count_round(connection, round_code)
        frame = frame_of(connection, counted_round)
        respondents = read_respondents(connection, counted_round)
    if frame is None:
        raise DesignError(
            phrase(
                "đợt chưa có thiết kế mẫu (tổng thể của từng tầng), nên chưa có khoảng tin cậy", round_code=round_code
            )
        )
    return [by_design(index_of(counted_round, by=by), respondents, frame) for by in axes]


def _told(results: RoundResults, hidden: Collection[IndexRow]) -> RoundResults:
    """Return results without the rows that are not told; one nobody answered has nothing to tell."""
    rows = tuple(row for row in results.rows if row not in hidden)
    withheld = sum(row.responses > 0 for row in results.rows if row in hidden)
    sampling = results.sampling and replace(results.sampling, withheld=withheld)
    return replace(results, rows=rows, sampling=sampling)


def frame_of(connection: Connection, placed_round: PlacedRound) -> Frame | None:
    """Return the frame that counts in a round, None where none was given; raises DesignError where nobody was drawn."""
    sheet = _sheet(connection, placed_round)
    _require_drawn(sheet.survey_round)
    if not sheet.kept:
        return None
    kept = sheet.kept[0]
    # A code may have left the registry since; whether the strata are those of the responses is seen below.
    return read_frame(kept.content, name=kept.name, known=None)


def _sheet(connection: Connection, found: PlacedRound) -> DesignSheet:
    known = {axis: {getattr(one, code): getattr(one, axis) for one in found.points} for axis, code in CODE_OF.items()}
    return DesignSheet(found.survey_round, list_designs(connection, found.id), known)


def _checked(connection: Connection, placed_round: PlacedRound, new: GivenFile) -> DesignPreview:
    _require_drawn(placed_round.survey_round)
    sheet = _sheet(connection, placed_round)
    frame = read_frame(new.content, name=new.name, known=sheet.known)
    drawn = count_drawn(read_respondents(connection, placed_round), frame.axis)
    line = {stratum.code: stratum.line for stratum in frame.strata}
    faults = [fault(line.get(code, 1), reason) for code, reason in frame_faults(frame, drawn)]
    if faults:
        raise refusal(new.name, faults)
    return DesignPreview(frame, drawn)


def _require_drawn(survey_round: SurveyRound) -> None:
    if survey_round.basis is not SamplingBasis.PROBABILITY:
        reason = phrase(
            "trong đợt này người dân tự nguyện trả lời, không ai được chọn ngẫu nhiên, nên không có thiết kế mẫu và "
            "không có sai số chọn mẫu",
            round_code=survey_round.code,
        )
        raise DesignError(reason)
