"""Posters of service points: whose are wanted, and what they say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from qr.posters import Poster, PosterSize, make_posters
from survey.errors import UnknownCodeError
from survey.operations.staff.rights import Scope
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.posters.posters import list_printable
from survey.store.registry.points import PlacedPoint

__all__ = ["PosterSize", "code_address", "list_posters", "make_posters"]

EVERYTHING = Scope(None)


@dataclass(frozen=True, slots=True)
class PosterChoice:
    """Whose posters are wanted: what is named is wanted, and with nothing named all that are in scope."""

    agency: str = ""
    block: str = ""
    codes: tuple[str, ...] = ()


def list_posters(
    store: Store,
    settings: Settings,
    *,
    today: date,
    agency_code: str | None = None,
    point_code: str | None = None,
    scope: Scope = EVERYTHING,
    with_results: bool = False,
) -> list[Poster]:
    """Return what the posters say; raises UnknownCodeError when nothing in scope matches."""
    choice = PosterChoice(agency=agency_code or "", codes=(point_code,) if point_code else ())
    points = choose_points(store, choice, scope=scope, today=today)
    return posters_of(points, settings, printed_on=today, with_results=with_results)


def choose_points(store: Store, choice: PosterChoice, *, scope: Scope, today: date) -> tuple[PlacedPoint, ...]:
    """Return the service points of a choice; those that come into use later are among them, so as to be ready.

    Raises UnknownCodeError when nothing in scope matches, or a code that is named does not.
    """
    wanted = set(choice.codes)
    with store.reading() as connection:
        points = list_printable(
            connection,
            today,
            agencies=scope.agencies,
            agency_code=choice.agency,
            block=choice.block,
            codes=wanted,
        )
    missing = sorted(wanted - {point.code for point in points})
    if missing or not points:
        kind = "service point in use" if missing else "agency with a service point in use"
        raise UnknownCodeError(kind, missing[0] if missing else choice.agency or choice.block or "(any)")
    return points


def posters_of(
    points: Iterable[PlacedPoint], settings: Settings, *, printed_on: date, with_results: bool = False
) -> list[Poster]:
    """Return what the posters of service points say, `with_results` also where their agency's results can be read."""
    return [_poster(point, settings, printed_on, with_results=with_results) for point in points]


def results_address(settings: Settings, agency_code: str) -> str:
    """Return the address of an agency's page as people read and type it."""
    return f"{urlsplit(settings.public_url).netloc.lower()}/a/{agency_code}"


def _poster(point: PlacedPoint, settings: Settings, printed_on: date, *, with_results: bool) -> Poster:
    host = urlsplit(settings.public_url).netloc
    return Poster(
        agency=point.agency_name,
        service_point=point.name,
        address=code_address(settings, point.code),
        readable_address=f"{host.lower()}/k/{point.code}",
        code=point.code,
        serial=serial_of(point.code, printed_on),
        printed_on=printed_on,
        contact=settings.contact,
        results_address=results_address(settings, point.agency_code) if with_results else "",
        runner=settings.owner,
        trial=settings.is_trial,
    )


def serial_of(code: str, printed_on: date) -> str:
    """Return the serial on a poster.

    >>> serial_of("K7M2Q4D", date(2026, 10, 3))
    'K7M2Q4D-261003'
    """
    return f"{code}-{printed_on:%y%m%d}"


def code_address(settings: Settings, code: str) -> str:
    """Return the address in the QR code: upper case keeps the code in its compact mode."""
    return f"{settings.public_url}/K/{code}".upper()
