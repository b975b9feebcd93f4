"""Open, change and close survey rounds: what may still change depends on how far a round is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection

from survey.errors import RefusedRoundError, RoundError
from survey.fieldwork import SEAL_AFTER, Agency, RoundState, SamplingBasis, SurveyRound, default_asks
from survey.instrument import load_instrument
from survey.operations.rounds.codes import Wrong, wrong_code
from survey.operations.rounds.noting import note_round
from survey.store.changing import require_unchanged
from survey.store.engine import Store
from survey.store.refusals import tried_again
from survey.store.registry.agencies import list_agencies, list_rounds, save_round
from survey.store.rounds.rounds import HeldRound, find_held, save_participation, touch_round, update_round
from survey.store.staff.acts import Act
from survey.store.staff.audit import changes, given
from survey.store.subjects import REGISTRY, ROUNDS
from survey.wording import phrase

# Answers are recorded against the questionnaire and its questions, so these are fixed with the first of them.
CHANGEABLE: Mapping[RoundState, frozenset[str]] = MappingProxyType(
    {
        RoundState.UPCOMING: frozenset(
            {"title", "instrument", "opens", "closes", "basis", "asks", "previous_code", "agencies"}
        ),
        RoundState.OPEN: frozenset({"title", "closes", "previous_code", "agencies"}),
        RoundState.CLOSED: frozenset({"title", "previous_code"}),
        RoundState.SEALED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class NewRound:
    """What a round shall be. Without `asks` it asks what its instrument does by itself, and `profile` and `overall`.

    `agencies` are the codes of those that take part; without it all do.
    """

    code: str
    title: str
    instrument: str
    opens: date
    closes: date
    profile: bool = False
    overall: bool = False
    simulated: bool = False
    previous_code: str | None = None
    basis: SamplingBasis = SamplingBasis.SELF_SELECTED
    asks: tuple[str, ...] | None = None
    agencies: frozenset[str] | None = None


@tried_again
def open_round(store: Store, new: NewRound, *, today: date | None = None, by: str = "") -> SurveyRound:
    """Add a survey round; raises RefusedRoundError when its dates overlap another's or anything else makes no sense.

    With `today` it may not open earlier; `by` is written into the audit trail.
    """
    added = _made(new)
    with store.writing(REGISTRY.read(), ROUNDS) as connection:
        agencies = list_agencies(connection)
        _refuse((*_wrong_with_new(connection, new, added, today),))
        save_round(connection, added)
        held = find_held(connection, added.code)
        save_participation(connection, held.id, _participation(new.agencies, held, agencies))
        if by:
            note_round(connection, Act.ROUND_ADDED, added.code, by=by, after=given(added))
    return added


def wrong_with_new(store: Store, new: NewRound, *, today: date) -> tuple[Wrong, ...]:
    """Return all that `open_round` would refuse a round for, before anybody asks for it."""
    with store.reading() as connection:
        return tuple(_wrong_with_new(connection, new, _made(new), today))


def _wrong_with_new(connection: Connection, new: NewRound, added: SurveyRound, today: date | None) -> Iterator[Wrong]:
    rounds = list_rounds(connection).values()
    yield from wrong_code(added.code, rounds)
    yield from _wrong(added, rounds)
    yield from _too_early(added, today)
    yield from _unknown(new, list_agencies(connection))


@tried_again
def change_round(store: Store, wanted: NewRound, *, version: int, today: date, by: str) -> SurveyRound:
    """Change the round with this code, as far as it may still change; what may not stays as it is.

    Raises ChangedMeanwhileError when `version` is not the one held, RefusedRoundError when something is wrong, and
    UnknownCodeError.
    """
    with store.writing(REGISTRY.read(), ROUNDS) as connection:
        held = find_held(connection, wanted.code)
        require_unchanged(f"round {wanted.code}", held.version, version)
        state = held.survey_round.state_on(today)
        if not CHANGEABLE[state]:
            raise RoundError(f"round {wanted.code} is sealed; nothing of it changes any more")
        changed = _changed(held.survey_round, wanted, CHANGEABLE[state])
        agencies = list_agencies(connection)
        goals = held.goals
        if "agencies" in CHANGEABLE[state]:
            goals = _participation(wanted.agencies, held, agencies)
        rounds = list_rounds(connection).values()
        early = _too_early(changed, today) if state is RoundState.UPCOMING else ()
        ended = _ended(changed, today) if state is RoundState.OPEN else ()
        left_out = _left_out(held, goals, agencies) if state is RoundState.OPEN else ()
        _refuse((*_wrong(changed, rounds), *early, *ended, *_unknown(wanted, agencies), *left_out))
        update_round(connection, held, changed)
        save_participation(connection, held.id, goals)
        note_round(connection, Act.ROUND_CHANGED, changed.code, by=by, **changes(held.survey_round, changed))
    return changed


@tried_again
def close_round(store: Store, code: str, *, today: date, version: int | None = None, by: str = "") -> SurveyRound:
    """Make today the last day of an open round; raises RoundError when it is not open.

    With `version`, the one that was looked at, raises ChangedMeanwhileError when it is another by now.
    """
    with store.writing(ROUNDS) as connection:
        held = find_held(connection, code)
        state = held.survey_round.state_on(today)
        if state is not RoundState.OPEN:
            raise RoundError(f"round {code} is {state}, not open")
        if version is not None:
            require_unchanged(f"round {code}", held.version, version)
        closed = replace(held.survey_round, closes=today, seals=today + SEAL_AFTER)
        update_round(connection, held, closed)
        if by:
            note_round(connection, Act.ROUND_CLOSED, closed.code, by=by, **changes(held.survey_round, closed))
    return closed


@tried_again
def set_goals(store: Store, code: str, goals: Mapping[str, int | None], *, version: int, today: date, by: str) -> int:
    """Set the sample-size goals of some agencies, None for the official one; return how many changed.

    Raises as `change_round` does. Where all agencies take part, they are written down one by one from now on.
    """
    with store.writing(REGISTRY.read(), ROUNDS) as connection:
        held = find_held(connection, code)
        require_unchanged(f"round {code}", held.version, version)
        if held.survey_round.state_on(today) is RoundState.SEALED:
            raise RoundError(f"round {code} is sealed; nothing of it changes any more")
        taking = taking_part(list_agencies(connection), held)
        wanted = {number: goals[agency.code] for number, agency in taking.items() if agency.code in goals}
        changed = {number: goal for number, goal in wanted.items() if held.goals.get(number) != goal}
        if changed:
            touch_round(connection, held)
            save_participation(connection, held.id, _with_goals(held.goals, changed, taking))
            note_round(connection, Act.ROUND_CHANGED, code, by=by, after={"goals": len(changed)})
    return len(changed)


def taking_part(agencies: Mapping[int, Agency], held: HeldRound) -> dict[int, Agency]:
    """Return the agencies that take part in a round: those named and whoever took over their work, else all.

    Only those are among them whose own time meets the round's.
    """
    numbers = {agency.code: number for number, agency in agencies.items()}
    taking, new = set[int](), set(held.goals or agencies)
    while new:
        taking |= new
        new = {numbers[code] for number in new if (code := agencies[number].successor_code)} - taking
    own = held.survey_round
    return {number: agency for number, agency in agencies.items() if number in taking and works_within(agency, own)}


def works_within(agency: Agency, survey_round: SurveyRound) -> bool:
    """Tell whether an agency exists on some day of a round."""
    begins, ends = agency.valid_from or survey_round.opens, agency.valid_to or survey_round.closes
    return begins <= survey_round.closes and ends >= survey_round.opens


def _made(new: NewRound) -> SurveyRound:
    instrument = load_instrument(new.instrument)
    return SurveyRound(
        code=new.code,
        title=new.title,
        instrument=instrument.code,
        instrument_digest=instrument.digest,
        opens=new.opens,
        closes=new.closes,
        seals=new.closes + SEAL_AFTER,
        basis=new.basis,
        asks=default_asks(instrument, profile=new.profile, overall=new.overall) if new.asks is None else new.asks,
        simulated=new.simulated,
        previous_code=new.previous_code,
    )


def _changed(old: SurveyRound, wanted: NewRound, fields: frozenset[str]) -> SurveyRound:
    new = _made(wanted)
    values = {name: getattr(new, name) for name in fields - {"agencies"}}
    if "instrument" in fields:
        values["instrument_digest"] = new.instrument_digest
    if "closes" in fields:
        values["seals"] = new.seals
    return replace(old, **values)


def _refuse(wrong: Sequence[Wrong]) -> None:
    if wrong:
        raise RefusedRoundError(*wrong)


def _wrong(survey_round: SurveyRound, rounds: Collection[SurveyRound]) -> Iterator[Wrong]:
    if survey_round.closes < survey_round.opens:
        reason = phrase("Ngày kết thúc không được trước ngày mở.", closes=survey_round.closes, opens=survey_round.opens)
        yield "closes", reason
    for other in rounds:
        if (
            other.code != survey_round.code
            and survey_round.opens <= other.closes
            and other.opens <= survey_round.closes
        ):
            reason = phrase(
                "Trùng thời gian với đợt “{title}” ({opens} – {closes}). Mỗi ngày chỉ có một đợt nhận phiếu.",
                title=other.title,
                code=other.code,
                opens=other.opens,
                closes=other.closes,
            )
            yield "opens" if other.opens <= survey_round.opens else "closes", reason
    yield from _wrong_previous(survey_round, {held.code: held for held in rounds})


def _wrong_previous(survey_round: SurveyRound, rounds: Mapping[str, SurveyRound]) -> Iterator[Wrong]:
    if survey_round.previous_code is None:
        return
    previous = rounds.get(survey_round.previous_code)
    if previous is None or previous.code == survey_round.code:
        yield "previous", phrase("Không có đợt so sánh này. Hãy chọn lại.", code=survey_round.previous_code)
    elif previous.opens >= survey_round.opens:
        reason = phrase("Đợt so sánh phải mở trước đợt này.", code=previous.code, opens=previous.opens)
        yield "previous", reason


def _too_early(survey_round: SurveyRound, today: date | None) -> Iterator[Wrong]:
    if today and survey_round.opens < today:
        yield "opens", phrase("Ngày mở không được trước hôm nay.")


def _ended(survey_round: SurveyRound, today: date) -> Iterator[Wrong]:
    if survey_round.closes < today:
        yield "closes", phrase("Đợt đang mở: ngày kết thúc sớm nhất là hôm nay.")


def _unknown(new: NewRound, agencies: Mapping[int, Agency]) -> Iterator[Wrong]:
    if new.agencies is not None and not new.agencies:
        yield "agencies", phrase("Hãy chọn ít nhất một cơ quan, hoặc chọn “Tất cả cơ quan”.")
    if unknown := sorted((new.agencies or frozenset()) - {agency.code for agency in agencies.values()}):
        reason = phrase(
            "Danh mục cơ quan vừa thay đổi: có cơ quan không còn trong danh mục. Hãy chọn lại.", codes=unknown
        )
        yield "agencies", reason


def _left_out(held: HeldRound, goals: Mapping[int, int | None], agencies: Mapping[int, Agency]) -> Iterator[Wrong]:
    """Refuse to leave out, once a round is open, an agency whose answers may be there already."""
    before, after = taking_part(agencies, held), taking_part(agencies, replace(held, goals=goals))
    gone = sorted(agency.name for number, agency in before.items() if number not in after)
    if not gone:
        return
    named = phrase("{name} và {count} cơ quan khác", name=gone[0], count=len(gone) - 1) if len(gone) > 1 else gone[0]
    reason = phrase("Đợt đã mở nên không bỏ được cơ quan: {agencies}. Chỉ thêm được cơ quan.", agencies=named)
    yield "agencies", reason


def _participation(
    wanted: frozenset[str] | None, held: HeldRound, agencies: Mapping[int, Agency]
) -> dict[int, int | None]:
    """Return who is to be written down with which goal: nobody where all take part and no goal is set."""
    set_before = {number: goal for number, goal in held.goals.items() if goal}
    if wanted is None:
        everybody = taking_part(agencies, replace(held, goals={}))
        return _with_goals({}, set_before, everybody) if set_before else {}
    return {number: set_before.get(number) for number, one in agencies.items() if one.code in wanted}


def _with_goals(
    goals: Mapping[int, int | None], changed: Mapping[int, int | None], everybody: Iterable[int]
) -> dict[int, int | None]:
    """Return goals with some changed; where all take part, all must be written down to hold them."""
    return {**(goals or dict.fromkeys(everybody)), **changed}
