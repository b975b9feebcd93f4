"""Posters of service points."""

from datetime import date
from urllib.parse import urlsplit

from qr.posters import Poster, PosterSize, make_posters
from survey.errors import UnknownCodeError
from survey.fieldwork import Agency
from survey.settings import Settings
from survey.store.engine import Store
from survey.store.fieldwork import PlacedPoint, list_agencies, list_service_points

__all__ = ["PosterSize", "code_address", "list_posters", "make_posters"]


def list_posters(
    store: Store, settings: Settings, *, today: date, agency_code: str | None = None, point_code: str | None = None
) -> list[Poster]:
    """Return what the posters say; raises UnknownCodeError when nothing matches."""
    with store.reading() as connection:
        agencies = list_agencies(connection)
        points = list_service_points(connection)
    posters = [
        _poster(placed, agencies[placed.agency_id], settings, today)
        for placed in points
        if placed.point.is_valid_on(today)
        and agency_code in (None, placed.point.agency_code)
        and point_code in (None, placed.point.code)
    ]
    if not posters:
        kind = "service point in use" if point_code else "agency with a service point in use"
        raise UnknownCodeError(kind, point_code or agency_code or "(any)")
    return posters


def _poster(placed: PlacedPoint, agency: Agency, settings: Settings, today: date) -> Poster:
    code, host = placed.point.code, urlsplit(settings.public_url).netloc
    return Poster(
        agency=agency.name,
        service_point=placed.point.name,
        address=code_address(settings, code),
        readable_address=f"{host.lower()}/k/{code}",
        code=code,
        serial=f"{code}-{today:%y%m%d}",
        printed_on=today,
        contact=settings.contact,
        trial=settings.is_trial,
    )


def code_address(settings: Settings, code: str) -> str:
    """Return the address in the QR code: upper case keeps the code in its compact mode."""
    return f"{settings.public_url}/K/{code}".upper()
