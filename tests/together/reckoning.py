"""What must hold after the load, read from the tables."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import Table, func, select

from survey.analysis.disclosure.decide import THRESHOLD
from survey.instrument import load_instrument
from survey.operations.keeping.deeds import detail_in_words
from survey.operations.registry.rules import codes_in_a_circle
from survey.operations.results.runs import read_sums
from survey.responses import AnswerRecord
from survey.store.engine import Store
from survey.store.registry.agencies import list_agencies, list_rounds
from survey.store.registry.points import list_points
from survey.store.results.runs import list_runs
from survey.store.rounds.visits import list_visits
from survey.store.tables import agency, comment, comment_inbox, response, service_point
from tests.together.crowd import Sending
from tests.trail import deeds_of

INSTRUMENT = load_instrument("sipas-2023")


def rows_of_phones(store: Store, round_id: int) -> dict[bytes, tuple[str, str]]:
    """Return counter and answers of every row that came from a poster, by key; a key stands for one row of a round."""
    columns = (response.c.key, service_point.c.code, response.c.answers)
    wanted = (response.c.round_id == round_id) & (response.c.mode == "qr")
    with store.reading() as connection:
        found = connection.execute(select(*columns).join(service_point).where(wanted))
        return {bytes(row.key): (row.code, row.answers) for row in found}


def sent_rows(sent: Sequence[Sending]) -> dict[bytes, tuple[str, str]]:
    """Return what the rows of some sendings must be."""
    return {one.key.row: (one.point, record_of(one)) for one in sent}


def record_of(sending: Sending) -> str:
    """Return the packed answers of a sending."""
    return AnswerRecord.pack(INSTRUMENT, {code: sending.fields.get(code, "") for code in ("A1", "B1", "E3")})


def comments(store: Store) -> Counter[tuple[bytes, int, str, str]]:
    """Return key, round, agency and text of every comment, those that have not moved among them."""
    with store.reading() as connection:
        return Counter(
            (bytes(row.key), row.round_id, row.code, row.text)
            for table in (comment, comment_inbox)
            for row in connection.execute(_comments_of(table))
        )


def _comments_of(table: Table):
    return select(table.c.key, table.c.round_id, table.c.text, agency.c.code).join(agency)


def sent_comments(store: Store, sent: Sequence[Sending], round_id: int) -> Counter[tuple[bytes, int, str, str]]:
    """Return what the comments of some sendings must be, each once."""
    with store.reading() as connection:
        agencies = {one.point.code: one.point.agency_code for one in list_points(connection)}
    said = (one for one in sent if one.comment)
    return Counter((one.key.comment, round_id, agencies[one.point], one.comment) for one in said)


def count_rows(store: Store, round_id: int, *, phones: bool) -> int:
    """Count the rows of a round that came from phones, or those that did not."""
    from_phones = response.c.mode == "qr"
    wanted = (response.c.round_id == round_id) & (from_phones if phones else ~from_phones)
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(response).where(wanted)) or 0


def trail(store: Store, *, act: str | None = None, staff: str | None = None) -> list[str]:
    """Return the details of lines of the trail, the first one first."""
    asked = (one for one in deeds_of(store) if act in (None, one.act) and staff in (None, one.staff))
    return [detail_in_words(one) for one in asked]


def wrong_with_publications(store: Store) -> Iterator[str]:
    """Yield what is wrong with numbers, lines of the trail, and publications that stand too near each other."""
    with store.reading() as connection:
        runs = sorted(list_runs(connection), key=lambda one: one.number)
    if [one.number for one in runs] != list(range(1, len(runs) + 1)):
        yield f"publications are numbered {[one.number for one in runs]}"
    told = sorted(trail(store, act="publication"))
    wanted = sorted(f"đợt {one.round_code}; lần công bố: {one.number}; mã kết quả: {one.id}" for one in runs)
    if told != wanted:
        yield f"the trail tells {told}, published were {wanted}"
    for code in {one.round_code for one in runs}:
        counts = [_responses(one.sums) for one in runs if one.round_code == code]
        for before, after in pairwise(counts):
            near = {name: more for name in after if 0 < (more := after[name] - before.get(name, 0)) < THRESHOLD}
            less = {name for name in before if after.get(name, 0) < before[name]}
            if near or less:
                yield f"two publications of {code} stand these answers apart: {near}, or go back: {less}"


def _responses(sums: str) -> Mapping[str, int]:
    found = read_sums(sums)
    return {
        domain.agency_code: int(number) for domain, number in zip(found.domains, found.tally.responses, strict=True)
    }


def wrong_with_rounds_and_visits(store: Store) -> Iterator[str]:
    """Yield rounds, and visits of one unit, that share days."""
    with store.reading() as connection:
        rounds = sorted(list_rounds(connection).values(), key=lambda one: one.opens)
        visits = sorted(list_visits(connection), key=lambda one: (one.unit, one.from_day))
    yield from (
        f"{one.code} and {other.code} share days" for one, other in pairwise(rounds) if one.closes >= other.opens
    )
    yield from (f"{one} and {other} share days" for one, other in pairwise(visits) if one.overlaps(other))


def wrong_with_registry(store: Store) -> Iterator[str]:
    """Yield circles, counters without an end at agencies that end, and counters that stand there twice."""
    with store.reading() as connection:
        agencies = {one.code: one for one in list_agencies(connection).values()}
        points = [one.point for one in list_points(connection)]
    for link in ("parent_code", "successor_code"):
        circle = codes_in_a_circle({code: getattr(one, link) or "" for code, one in agencies.items()})
        if circle:
            yield f"{link} leads back from {circle}"
    for one in points:
        last = agencies[one.agency_code].valid_to
        if last and (one.valid_to is None or one.valid_to > last):
            yield f"{one.code} goes on though {one.agency_code} ends on {last}"
    names = Counter((one.agency_code, one.name) for one in points if one.valid_to is None)
    yield from (f"{number} counters are {name}" for name, number in names.items() if number > 1)


def forgotten(store: Store) -> list[tuple[str, int, int]]:
    """Return round, responses and comments of every line of the trail that tells what was forgotten."""
    found = deeds_of(store, "responses_forgotten")
    return sorted((one.subject, one.before["responses"], one.before["comments"]) for one in found)
