"""The forms of a round: what they offer, what stands in them at first, and what they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from wtforms import SelectChoice

from survey.fieldwork import Agency, RoundState, SamplingBasis, SurveyRound, asked_questions
from survey.formatting import format_date, vietnamese_key
from survey.forms.rounds import ALL, SOME, ClosedRoundForm, NewRoundForm, OpenRoundForm, RoundForm
from survey.forms.staff import StaffForm
from survey.instrument import Instrument, Question, instrument_codes, load_instrument
from survey.instrument.answering_time import AnsweringTime, answering_time
from survey.operations.clock import today_in_vietnam
from survey.operations.rounds.codes import suggested_code
from survey.operations.rounds.lists import RoundSheet
from survey.operations.rounds.rounds import NewRound, wrong_with_new
from survey.services import services
from survey.store.registry.agencies import list_agencies, list_rounds
from survey.wording import Phrase, mark

LATEST_INSTRUMENT = "sipas-2023"
DAYS = timedelta(days=90)
NO_BLOCK = mark("Không thuộc khối nào")
FORMS: Mapping[RoundState, type[ClosedRoundForm]] = {
    RoundState.UPCOMING: RoundForm,
    RoundState.OPEN: OpenRoundForm,
    RoundState.CLOSED: ClosedRoundForm,
}


@dataclass(frozen=True, slots=True)
class InstrumentChoice:
    """A questionnaire to choose: its criteria, and the minutes it takes without and with all else it can ask."""

    instrument: Instrument
    items: int
    minutes: AnsweringTime
    minutes_at_most: AnsweringTime


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """A block with its agencies, in alphabetical order; `chosen` says which of these are ticked."""

    name: str
    agencies: tuple[Agency, ...]
    is_ticked: bool
    chosen: frozenset[str]

    @property
    def title(self) -> str:
        """What the page calls it."""
        return self.name or NO_BLOCK


def instrument_choices() -> tuple[InstrumentChoice, ...]:
    """Return the questionnaires, the latest first."""
    found = [load_instrument(code) for code in reversed(instrument_codes())]
    return tuple(
        InstrumentChoice(one, len(one.items), *(answering_time(one, asked, "vi") for asked in _least_and_most(one)))
        for one in found
    )


def _least_and_most(instrument: Instrument) -> tuple[Sequence[Question], Sequence[Question]]:
    """Return the criteria, and these with all else a questionnaire can ask."""
    return instrument.questions[: len(instrument.items)], instrument.questions


def offer(form: ClosedRoundForm, own: SurveyRound | None) -> tuple[BlockChoice, ...]:
    """Fill in what a form offers, and return the blocks of agencies it offers to choose from."""
    with services().store.reading() as connection:
        rounds, agencies = list_rounds(connection).values(), list_agencies(connection).values()
    earlier = [
        survey_round
        for survey_round in rounds
        if own is None or (survey_round.code != own.code and survey_round.opens < own.opens)
    ]
    if own and own.state_on(today_in_vietnam()) is RoundState.UPCOMING:
        earlier = [survey_round for survey_round in rounds if survey_round.code != own.code]
    form.previous.choices = [
        SelectChoice("", mark("Không so sánh")),
        *(SelectChoice(survey_round.code, _named(survey_round)) for survey_round in earlier),
    ]
    if isinstance(form, RoundForm):
        form.instrument.choices = [SelectChoice(code) for code in instrument_codes()]
    if not isinstance(form, OpenRoundForm):
        return ()
    since = own.opens if own else today_in_vietnam()
    offered = [agency for agency in agencies if agency.valid_to is None or agency.valid_to >= since]
    return _blocks(form, offered)


def _named(one: SurveyRound) -> str:
    return f"{one.title} ({format_date(one.opens)} – {format_date(one.closes)})"


def _blocks(form: OpenRoundForm, agencies: Sequence[Agency]) -> tuple[BlockChoice, ...]:
    names = sorted({agency.block for agency in agencies}, key=vietnamese_key)
    ticked, chosen = set(form.blocks.data or ()), frozenset(form.agencies.data or ())
    in_order = sorted(agencies, key=lambda agency: vietnamese_key(agency.name))
    return tuple(
        BlockChoice(name, tuple(agency for agency in in_order if agency.block == name), name in ticked, chosen)
        for name in names
    )


def suggest(form: NewRoundForm, rounds: Sequence[SurveyRound]) -> None:
    """Put into a new form what is most likely: after the last round, compared with it, on the latest questionnaire."""
    today = today_in_vietnam()
    last = max(rounds, key=lambda survey_round: survey_round.closes, default=None)
    form.opens.data = max(today, last.closes + timedelta(days=1)) if last else today
    form.code.data = suggested_code(rounds, form.opens.data)
    form.closes.data = form.opens.data + DAYS
    form.instrument.data = last.instrument if last else LATEST_INSTRUMENT
    form.previous.data = last.code if last else ""


def fill(form: ClosedRoundForm, sheet: RoundSheet) -> None:
    """Put a round into its form."""
    own = sheet.held.survey_round
    form.version.data, form.title.data, form.previous.data = sheet.held.version, own.title, own.previous_code or ""
    if isinstance(form, OpenRoundForm):
        form.closes.data = own.closes
        form.everybody.data = ALL if sheet.everybody else SOME
        form.agencies.data = [] if sheet.everybody else sorted(sheet.codes)
    if isinstance(form, RoundForm):
        form.instrument.data, form.opens.data, form.basis.data = own.instrument, own.opens, own.basis.value
        facts = [question for question in load_instrument(own.instrument).facts if question.code in own.asks]
        form.questions.data = sorted({question.kind for question in facts if not question.sensitive})
        form.ethnicity.data = form.ethnicity_sure.data = any(question.sensitive for question in facts)


def wanted_by(form: ClosedRoundForm, own: SurveyRound | None, blocks: Sequence[BlockChoice]) -> NewRound:
    """Return the round a valid form describes; what it does not ask for stays as in `own`."""
    values: dict[str, Any] = {"title": form.title.data, "previous_code": form.previous.data or None}
    if isinstance(form, OpenRoundForm):
        values |= {"closes": form.closes.data, "agencies": _chosen(form, blocks)}
    if isinstance(form, RoundForm):
        instrument, basis = load_instrument(form.instrument.data), SamplingBasis(form.basis.data)
        values |= {"instrument": instrument.code, "opens": form.opens.data, "basis": basis}
        values["asks"] = form.asks(instrument)
    if own is None:
        return NewRound(code=form.code.data, **values)
    as_it_is = NewRound(own.code, own.title, own.instrument, own.opens, own.closes, basis=own.basis, asks=own.asks)
    return replace(as_it_is, simulated=own.simulated, **values)


def _chosen(form: OpenRoundForm, blocks: Sequence[BlockChoice]) -> frozenset[str] | None:
    if form.everybody.data == ALL:
        return None
    of_blocks = {one.code for block in blocks if block.is_ticked for one in block.agencies}
    return frozenset(of_blocks | set(form.agencies.data or ()))


def also_wrong(form: NewRoundForm, blocks: Sequence[BlockChoice]) -> Iterator[tuple[str, Phrase]]:
    """Yield what a round would be refused for besides what is wrong in its form, so that all is told at once.

    What is wrong in the form is left out of the round, and of what is said.
    """
    wrong = {name for name, errors in form.errors.items() if errors}
    days = {"opens", "closes"} & wrong
    today = today_in_vietnam()
    opens = today if days else form.opens.given
    agencies = None if {"everybody", "blocks", "agencies"} & wrong else _chosen(form, blocks)
    code, previous = form.code.data or "", form.previous.data or None
    closes = opens if days else form.closes.given
    new = NewRound(code, "", LATEST_INSTRUMENT, opens, closes, previous_code=previous, agencies=agencies)
    unsure = wrong | ({"opens", "closes", "previous"} if days else set())
    yield from (reason for reason in wrong_with_new(services().store, new, today=today) if reason[0] not in unsure)


def put_faults(form: StaffForm, faults: Mapping[str, str]) -> None:
    """Show what was refused beside its field, or above the form where the form has no such field."""
    for name, text in faults.items():
        if name in form:
            form[name].errors = [*form[name].errors, text]
        else:
            form.form_errors.append(text)


def facts_of(own: SurveyRound) -> Mapping[str, object]:
    """Return what the pages tell of a round's questionnaire."""
    instrument = load_instrument(own.instrument)
    questions = asked_questions(own, instrument)
    extra = [question for question in instrument.facts if question.code in own.asks]
    minutes = answering_time(instrument, questions, "vi")
    with services().store.reading() as connection:
        titles = {held.code: held.title for held in list_rounds(connection).values()}
    previous = titles.get(own.previous_code or "", "")
    facts = {"instrument": instrument, "questions": len(questions), "minutes": minutes, "extra": extra}
    return {**facts, "previous": previous}
