"""The design files of probability rounds, in the database: added to, never changed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select

from survey.store.tables import round_design


@dataclass(frozen=True, slots=True)
class KeptDesign:
    """A design file as it was given: the how manieth of its round, its bytes and their SHA-256, when and by whom."""

    number: int
    name: str
    digest: str
    content: bytes
    given_on: date
    staff: str


def list_designs(connection: Connection, round_id: int) -> tuple[KeptDesign, ...]:
    """Return the design files of a round, the one that counts first."""
    own = select(round_design).where(round_design.c.round_id == round_id).order_by(round_design.c.number.desc())
    return tuple(
        KeptDesign(row.number, row.name, row.digest, row.content, row.given_on, row.staff)
        for row in connection.execute(own)
    )


def save_design(connection: Connection, round_id: int, new: KeptDesign) -> None:
    """Add a design file to a round."""
    values = {name: getattr(new, name) for name in ("number", "name", "digest", "content", "given_on", "staff")}
    connection.execute(insert(round_design).values(round_id=round_id, **values))
